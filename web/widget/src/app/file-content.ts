/**
 * The content of a file, for what the browser does not load by itself: PDF and text.
 *
 * @module
 */

/** The file does not exist any more. */
export class GoneError extends Error {}

export interface FileContent {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether it is the whole file. */
  readonly isComplete: boolean;
}

/**
 * Load a file without the credentials and the address of the page.
 *
 * @param maxBytes - Nothing is loaded beyond.
 * @throws {@link GoneError} if the server refuses it; TypeError if the browser does, or cannot reach the server.
 */
export async function loadContent(href: string, maxBytes: number, signal: AbortSignal): Promise<FileContent> {
  const response = await fetch(href, { credentials: "omit", referrerPolicy: "no-referrer", signal });
  if (!response.ok || response.body === null) throw new GoneError();
  const bytes = new Uint8Array(maxBytes);
  let size = 0;
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return { bytes: bytes.slice(0, size), isComplete: true };
    if (size + value.length > maxBytes) {
      bytes.set(value.subarray(0, maxBytes - size), size);
      await reader.cancel();
      return { bytes, isComplete: false };
    }
    bytes.set(value, size);
    size += value.length;
  }
}

/** Decode a text: by its byte order mark, else UTF-8, else the encoding of most older files. */
export function decodeText({ bytes, isComplete }: FileContent): string {
  const mark = `${bytes[0]} ${bytes[1]}`;
  const encoding = mark === "255 254" ? "utf-16le" : mark === "254 255" ? "utf-16be" : "utf-8";
  try {
    // The last character of a part may be cut off.
    return new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: !isComplete });
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/** Whether a file begins as a PDF does: then the browser shows nothing else in the frame. */
export const isPdf = (bytes: Uint8Array): boolean => String.fromCharCode(...bytes.subarray(0, 5)) === "%PDF-";
