/** A bot that writes its answer in pieces, as the server does. */

import type { IncompleteReason } from "../src/index.ts";
import type { FakeServer, FakeSocket } from "./server.ts";

interface WrittenMessage {
  readonly id: string;
  readonly text: string;
  readonly sent: number;
}

export class FakeAnswer {
  readonly #server: FakeServer;
  readonly #key: string;
  readonly #ids: string[] = [];
  #messages: WrittenMessage[] = [];
  #attempt = 1;
  #isStopRequested = false;
  #upToDate: readonly FakeSocket[] = [];

  /** Begin an answer in a conversation. */
  constructor(server: FakeServer, key: string) {
    this.#server = server;
    this.#key = key;
    server.answers.set(key, this);
  }

  get id(): string {
    return this.#ids.at(-1) ?? "";
  }

  get texts(): readonly string[] {
    return this.#messages.map(({ text }) => text);
  }

  get isStopRequested(): boolean {
    return this.#isStopRequested;
  }

  /** Write more text, without sending it. */
  append(text: string): this {
    if (this.#messages.length === 0) return this.begin(text);
    const last = this.#messages.pop() as WrittenMessage;
    this.#messages.push({ ...last, text: last.text + text });
    return this;
  }

  /** Begin a message: the first one, or the next one of a long answer. */
  begin(text: string): this {
    this.#ids[this.#messages.length] ??= `msg-${this.#server.createId()}`;
    this.#messages.push({ id: this.#ids[this.#messages.length] ?? "", text, sent: 0 });
    return this;
  }

  /** Write more text and send each device what it lacks. */
  write(text: string): this {
    return this.append(text).flush();
  }

  /** Send each device what it lacks. */
  flush(): this {
    const sockets = this.#server.sockets.filter(({ isOpen, url }) => isOpen && url.searchParams.get("stream") === "1");
    for (const socket of sockets) {
      for (const { id, text, sent } of this.#messages) {
        const offset = this.#upToDate.includes(socket) ? sent : 0;
        const content = text.slice(offset);
        const session_id = `session-${this.#key}`;
        const frame = { type: "delta", session_id, id, offset, content, attempt: this.#attempt };
        if (content !== "") this.#server.send(socket, frame);
      }
    }
    this.#upToDate = sockets;
    this.#messages = this.#messages.map((message) => ({ ...message, sent: message.text.length }));
    return this;
  }

  /** Begin again, because the worker has died. */
  restart(): this {
    this.#attempt += 1;
    this.#messages = [];
    this.#upToDate = [];
    return this;
  }

  /** Store the messages and send them; if the conversation has got messages meanwhile, they get later ids. */
  finish(finish_reason?: IncompleteReason): void {
    this.#server.answers.delete(this.#key);
    const lastId = this.#server.listMessages(this.#key).at(-1)?.id ?? "";
    for (const { id, text } of this.#messages) {
      const storedId = lastId > (this.#messages[0]?.id ?? "") ? `msg-${this.#server.createId()}` : id;
      const more = finish_reason === undefined ? {} : { finish_reason };
      this.#server.postMessage(this.#key, text, { id: storedId, ...more });
    }
  }

  /** End without a message. */
  fail(messageId: string): void {
    this.#server.answers.delete(this.#key);
    const session_id = `session-${this.#key}`;
    this.#server.broadcast({ type: "error", error: "internal", message: "No.", session_id, message_id: messageId });
  }

  /**
   * Request a stop.
   *
   * @returns Whether the request names this answer.
   */
  stop(id: string | undefined): boolean {
    const isThis = id === undefined || this.#ids.includes(id);
    this.#isStopRequested ||= isThis;
    return isThis;
  }

  /** Obey a request to stop. */
  finishStopped(): void {
    if (this.#messages.length > 0) this.finish("stopped");
    this.#server.answers.delete(this.#key);
    this.#server.broadcast({ type: "status", status: "stopped", session_id: `session-${this.#key}`, id: this.id });
  }
}
