/**
 * The files that a user has chosen and not sent: they are uploaded at once, and survive a reload when they are uploaded.
 *
 * @module
 */

import type { Conversation } from "../../../client/src/conversation.ts";
import type { ClientStorage } from "../../../client/src/storage.ts";
import type { UploadedFile } from "../../../client/src/upload.ts";

/** Files of one message (contract). */
export const MAX_FILES = 10;
/** Megabytes of one file (contract). */
export const MAX_MEGABYTES = 10;

/** Why a file is not uploaded. */
export type UploadFailure =
  | "tooLarge"
  | "emptyFile"
  | "wrongKind"
  | "tooManyFiles"
  | "refusedFile"
  | "noSpace"
  | "tooManyToday"
  | "notUploaded";

/** Failures after which the same file may be uploaded. */
export const CAN_RETRY: readonly UploadFailure[] = ["noSpace", "tooManyToday", "notUploaded"];

/** A file that is to be sent. */
export interface PendingFile {
  readonly name: string;
  /** Missing after a reload. */
  readonly file?: File;
  /** Between 0 and 1. */
  progress: number;
  failure?: UploadFailure;
  uploaded?: UploadedFile;
  readonly controller: AbortController;
}

export interface UploadHost {
  /** Where uploaded files are kept over a reload. */
  readonly storage: ClientStorage;
  readonly upload: Conversation["upload"];
  /** Something has changed; the file if its upload has ended. */
  onChange(ended: PendingFile | null): void;
}

/** The server's errors, in the words of this module. */
const FAILURES: Readonly<Record<string, UploadFailure>> = {
  invalid_request: "refusedFile",
  conflict: "noSpace",
  rate_limited: "tooManyToday",
};

/** The files for the next message of a conversation. */
export class Uploads {
  readonly #host: UploadHost;
  /** The name of the files in the storage. */
  readonly #name: string;
  #files: readonly PendingFile[];

  /** @param draft - The name of the draft of the conversation. */
  constructor(host: UploadHost, draft: string) {
    this.#host = host;
    this.#name = `files/${draft}`;
    this.#files = this.#restore();
  }

  get files(): readonly PendingFile[] {
    return this.#files;
  }

  get isUploading(): boolean {
    return this.#files.some(({ failure, uploaded }) => failure === undefined && uploaded === undefined);
  }

  /**
   * Upload files.
   *
   * @param kind - The kind that the bot asks for, as `image`; empty for any.
   */
  add(files: readonly File[], kind: string): void {
    for (const file of files) {
      const failure = this.#check(file, kind);
      const pending: PendingFile = { name: file.name, file, progress: 0, controller: new AbortController() };
      this.#files = [...this.#files, pending];
      if (failure === null) void this.#upload(pending, file);
      else this.#fail(pending, failure);
    }
    this.#host.onChange(null);
  }

  /** Upload a file again that has failed. */
  retry(pending: PendingFile): void {
    const { file } = pending;
    if (file === undefined) return;
    const again: PendingFile = { name: pending.name, file, progress: 0, controller: new AbortController() };
    this.#files = this.#files.map((other) => (other === pending ? again : other));
    void this.#upload(again, file);
    this.#host.onChange(null);
  }

  /** Remove a file, and stop its upload. */
  remove(pending: PendingFile): void {
    pending.controller.abort();
    this.#files = this.#files.filter((other) => other !== pending);
    this.#keep();
    this.#host.onChange(null);
  }

  /** Return the uploaded files, which are sent now, and forget them. */
  take(): readonly UploadedFile[] {
    const sent = this.#files.flatMap(({ uploaded }) => uploaded ?? []);
    this.#files = [];
    this.#keep();
    return sent;
  }

  #check(file: File, kind: string): UploadFailure | null {
    if (this.#files.filter(({ failure }) => failure === undefined).length >= MAX_FILES) return "tooManyFiles";
    if (file.size === 0) return "emptyFile";
    if (file.size > MAX_MEGABYTES * 1024 * 1024) return "tooLarge";
    return kind === "" || file.type.startsWith(`${kind}/`) ? null : "wrongKind";
  }

  async #upload(pending: PendingFile, file: File): Promise<void> {
    const { signal } = pending.controller;
    const onProgress = (sent: number, total: number): void => {
      pending.progress = sent / total;
      this.#host.onChange(null);
    };
    try {
      pending.uploaded = await this.#host.upload(file, { signal, onProgress });
      this.#keep();
      this.#host.onChange(pending);
    } catch (error) {
      if (signal.aborted) return;
      const code = (error as { readonly error?: string }).error ?? "";
      this.#fail(pending, FAILURES[code] ?? "notUploaded");
    }
  }

  #fail(pending: PendingFile, failure: UploadFailure): void {
    pending.failure = failure;
    this.#host.onChange(pending);
  }

  #keep(): void {
    const uploaded = this.#files.flatMap((file) => file.uploaded ?? []);
    if (uploaded.length === 0) this.#host.storage.removeItem(this.#name);
    else this.#host.storage.setItem(this.#name, JSON.stringify(uploaded));
  }

  #restore(): readonly PendingFile[] {
    const stored = JSON.parse(this.#host.storage.getItem(this.#name) ?? "[]") as readonly UploadedFile[];
    const controller = new AbortController();
    return stored.map((uploaded) => ({ name: uploaded.attachment.name, progress: 1, uploaded, controller }));
  }
}
