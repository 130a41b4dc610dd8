/**
 * Uploads of files for messages.
 *
 * @module
 */

import type { Api } from "./api.ts";
import { Backoff } from "./backoff.ts";
import { ApiError, NO_ANSWER } from "./errors.ts";
import { toConversationId, toSessionId } from "./ids.ts";
import type { Platform } from "./platform.ts";
import type { Attachment, ClientFrame, ErrorFrame, StartedUpload, UploadReadyFrame, UploadRequest } from "./protocol.ts";
import type { Timing } from "./timing.ts";

/** A file that was uploaded and can be sent with a message, for a day. */
export interface UploadedFile {
  readonly fileId: string;
  /** The file as the message will show it; the link works from then on. */
  readonly attachment: Attachment;
}

export interface UploadOptions {
  /** Ends the upload with an `AbortError`. */
  readonly signal?: AbortSignal;
  /** Called with the bytes that were sent, as far as the runtime knows, and with all of them at the end. */
  readonly onProgress?: (sent: number, total: number) => void;
}

/** A file of a browser, or of Node since version 20. */
export type UploadSource = Blob & { readonly name: string };

const MAX_ATTEMPTS = 5;
const UNKNOWN_TYPE = "application/octet-stream";
const MEDIA_TYPE = /^[A-Za-z0-9_.+-]+\/[A-Za-z0-9_.+-]+$/;

/** Asks the server for forms and sends them, with retries. */
export class Uploader {
  readonly #api: Api | null;
  readonly #sendFrame: (frame: ClientFrame) => boolean;
  readonly #platform: Platform;
  readonly #timing: Timing;
  readonly #waiting = new Map<string, { resolve(upload: StartedUpload): void; reject(error: ApiError): void }>();

  /**
   * @param api - `null` for visitors, who ask over the socket.
   */
  constructor(
    api: Api | null,
    sendFrame: (frame: ClientFrame) => boolean,
    platform: Platform,
    timing: Timing,
  ) {
    this.#api = api;
    this.#sendFrame = sendFrame;
    this.#platform = platform;
    this.#timing = timing;
  }

  /**
   * Upload a file for a message of a conversation.
   *
   * @throws `ApiError` if the server refuses the file, or does not answer after several attempts.
   */
  async upload(key: string, file: UploadSource, { signal, onProgress }: UploadOptions): Promise<UploadedFile> {
    const request = { name: file.name, content_type: getMediaType(file.type), size: file.size };
    const started = await this.#retry(() => this.#start(key, request), signal);
    await this.#retry(async () => {
      const form = new FormData();
      for (const [name, value] of Object.entries(started.upload.fields)) form.append(name, value);
      form.append("file", file);
      const status = await this.#platform.postForm(started.upload.url, form, signal, (sent) => {
        onProgress?.(Math.min(sent, file.size), file.size);
      });
      if (status >= 500) throw new ApiError(status, "unavailable", NO_ANSWER, null);
      if (status >= 400) throw new ApiError(status, "invalid_request", "The file was refused.", null);
    }, signal);
    onProgress?.(file.size, file.size);
    return { fileId: started.file_id, attachment: started.attachment };
  }

  /** Handle the server's answer. */
  onReady(frame: UploadReadyFrame): void {
    this.#take(frame.client_upload_id)?.resolve(frame);
  }

  /** Handle the server's error. Return whether it was about an upload. */
  onError({ client_upload_id: id, error, message, retry_after: seconds }: ErrorFrame): boolean {
    if (id === undefined) return false;
    this.#take(id)?.reject(new ApiError(0, error, message, seconds === undefined ? null : seconds * 1000));
    return true;
  }

  #start(key: string, request: UploadRequest): Promise<StartedUpload> {
    if (this.#api !== null) return this.#api.createUpload(toConversationId(key), request);
    const id = this.#platform.uuid();
    return new Promise((resolve, reject) => {
      const fail = (): void => reject(new ApiError(0, "unavailable", NO_ANSWER, null));
      const frame = { type: "upload", session_id: toSessionId(key), client_upload_id: id, ...request } as const;
      if (!this.#sendFrame(frame)) return fail();
      const cancel = this.#platform.schedule(this.#timing.ackTimeout, () => {
        this.#waiting.delete(id);
        fail();
      });
      this.#waiting.set(id, {
        resolve: (upload) => (cancel(), resolve(upload)),
        reject: (error) => (cancel(), reject(error)),
      });
    });
  }

  #take(id: string | undefined): { resolve(upload: StartedUpload): void; reject(error: ApiError): void } | undefined {
    const waiting = this.#waiting.get(id ?? "");
    this.#waiting.delete(id ?? "");
    return waiting;
  }

  /** Run an action again while the network or the server fails, but not after a refusal. */
  async #retry<T>(action: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const { initialBackoff, maxBackoff } = this.#timing;
    const backoff = new Backoff(initialBackoff, maxBackoff, () => this.#platform.random());
    for (let attempt = 1; ; attempt += 1) {
      signal?.throwIfAborted();
      try {
        return await action();
      } catch (error) {
        signal?.throwIfAborted();
        const isTemporary = error instanceof ApiError ? error.error === "unavailable" : error instanceof TypeError;
        if (!isTemporary || attempt === MAX_ATTEMPTS) throw isTemporary ? toApiError(error) : error;
        const delay = Math.max(error instanceof ApiError ? (error.retryAfter ?? 0) : 0, backoff.nextDelay());
        await new Promise<void>((resolve) => void this.#platform.schedule(delay, resolve));
      }
    }
  }
}

/** Return the media type of a file without its parameters, as `audio/webm` of `audio/webm;codecs=opus`. */
function getMediaType(type: string): string {
  const [name = ""] = type.split(";");
  return MEDIA_TYPE.test(name.trim()) ? name.trim() : UNKNOWN_TYPE;
}

function toApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError(0, "unavailable", NO_ANSWER, null);
}
