/**
 * Uploads of files for messages. It is loaded with the first upload, and imports nothing at run time: bundlers make it a file
 * of its own, and what it shared with the rest would be another one for everyone.
 *
 * @module
 */

import type { ConversationContext } from "./conversation-types.ts";
import type { ApiError } from "./errors.ts";
import type { Platform } from "./platform.ts";
import type { Attachment, ErrorCode, ErrorFrame, StartedUpload, UploadReadyFrame, UploadRequest } from "./protocol.ts";

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

/** The server's answer to an `upload` frame. */
export type UploadAnswer = UploadReadyFrame | ErrorFrame;

/** What an upload needs of its conversation. */
export interface UploadTools {
  readonly context: ConversationContext;
  readonly conversationId: string;
  readonly sessionId: string;
  /** @param message - By default, that the server cannot be reached. */
  createError(status: number, error: ErrorCode, message?: string, retryAfter?: number | null): ApiError;
}

/** Upload a file; see `Conversation.upload`. */
export async function uploadFile(tools: UploadTools, file: UploadSource, options: UploadOptions): Promise<UploadedFile> {
  const { signal, onProgress } = options;
  const { createError, context } = tools;
  const { postForm = postFormByBrowser } = context.platform;
  const request = { name: file.name, content_type: getMediaType(file.type), size: file.size };
  const started = await retry(tools, signal, () => start(tools, request));
  await retry(tools, signal, async () => {
    const form = new FormData();
    for (const [name, value] of Object.entries(started.upload.fields)) form.append(name, value);
    form.append("file", file);
    const status = await postForm(started.upload.url, form, signal, (sent) => {
      onProgress?.(Math.min(sent, file.size), file.size);
    });
    if (status >= 500) throw createError(status, "unavailable");
    if (status >= 400) throw createError(status, "invalid_request", "The file was refused.");
  });
  onProgress?.(file.size, file.size);
  return { fileId: started.file_id, attachment: started.attachment };
}

/** Ask the server for a form. Visitors have no access to REST, and ask over the socket. */
function start({ context, conversationId, createError, sessionId }: UploadTools, request: UploadRequest): Promise<StartedUpload> {
  const { api, platform, sendFrame, timing, uploadAnswers } = context;
  if (api !== null) return api.createUpload(conversationId, request);
  const id = platform.uuid();
  return new Promise((resolve, reject) => {
    const stopListening = uploadAnswers.on("answer", (frame) => {
      if (frame.client_upload_id !== id) return;
      end();
      if (frame.type === "upload") return resolve(frame);
      const { error, message, retry_after: seconds } = frame;
      reject(createError(0, error, message, seconds === undefined ? null : seconds * 1000));
    });
    const cancel = platform.schedule(timing.ackTimeout, () => fail());
    const end = (): void => {
      stopListening();
      cancel();
    };
    const fail = (): void => {
      end();
      reject(createError(0, "unavailable"));
    };
    if (!sendFrame({ type: "upload", session_id: sessionId, client_upload_id: id, ...request })) fail();
  });
}

/** Run an action again while the network or the server fails, but not after a refusal. */
async function retry<T>(
  { context, createError }: UploadTools,
  signal: AbortSignal | undefined,
  action: () => Promise<T>,
): Promise<T> {
  const { platform, timing } = context;
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      return await action();
    } catch (error) {
      signal?.throwIfAborted();
      const failure = error instanceof TypeError ? createError(0, "unavailable") : (error as Partial<ApiError>);
      if (failure.error !== "unavailable" || attempt === MAX_ATTEMPTS) throw failure;
      // As `Backoff`.
      const ceiling = Math.min(timing.maxBackoff, timing.initialBackoff * 2 ** (attempt - 1));
      const delay = Math.max(failure.retryAfter ?? 0, platform.random() * ceiling);
      await new Promise<void>((resolve) => void platform.schedule(delay, resolve));
    }
  }
}

/** Return the media type of a file without its parameters, as `audio/webm` of `audio/webm;codecs=opus`. */
function getMediaType(type: string): string {
  const [name = ""] = type.split(";");
  return MEDIA_TYPE.test(name.trim()) ? name.trim() : UNKNOWN_TYPE;
}

/** Send a form by what the runtime has. */
const postFormByBrowser: NonNullable<Platform["postForm"]> = (url, form, signal, onProgress) =>
  typeof XMLHttpRequest === "undefined" ? fetchForm(url, form, signal) : sendForm(url, form, signal, onProgress);

/** Send a form with the API of browsers that reports the progress, which `fetch` does not. */
function sendForm(
  url: string,
  form: FormData,
  signal: AbortSignal | undefined,
  onProgress: (sent: number) => void,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = (): void => request.abort();
    signal?.addEventListener("abort", abort);
    request.upload.onprogress = ({ loaded }) => onProgress(loaded);
    request.onloadend = () => {
      signal?.removeEventListener("abort", abort);
      if (request.status > 0) resolve(request.status);
      else reject(new TypeError("The request failed."));
    };
    request.open("POST", url);
    request.send(form);
  });
}

async function fetchForm(url: string, form: FormData, signal: AbortSignal | undefined): Promise<number> {
  const response = await fetch(url, {
    method: "POST",
    body: form,
    credentials: "omit",
    ...(signal !== undefined && { signal }),
  });
  return response.status;
}
