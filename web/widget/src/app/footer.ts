/**
 * The footer: the notice, the composer, and the form that attaches files.
 *
 * @module
 */

import { type TemplateResult, html, nothing } from "lit/html.js";
import type { SendOptions } from "../../../client/src/conversation-types.ts";
import type { ClientStorage } from "../../../client/src/storage.ts";
import type { ChatSession } from "./chat-session.ts";
import type { Attacher } from "./attach.ts";
import { renderComposer } from "./composer.ts";
import { Drafts } from "./drafts.ts";
import { type Input, getInput } from "./inputs.ts";
import type { Kit } from "./kit.ts";
import { Later } from "./later.ts";

/** What the footer needs of the panel. */
export interface FooterHost {
  readonly session: ChatSession;
  readonly kit: Kit;
  readonly storage: ClientStorage;
  /** The field for messages. */
  readonly field: HTMLInputElement | HTMLTextAreaElement | null;
  /** In place of the composer. */
  replacement(): TemplateResult | null;
  send(text: string, options?: SendOptions): void;
  update(): void;
  onLoaded(styles: string): void;
}

/** The kinds of files that a bot can ask for. */
const FILES: readonly (string | undefined)[] = ["file", "image", "audio", "video"];

/** The footer of a panel. */
export class Footer {
  readonly #host: FooterHost;
  readonly #drafts: Drafts;
  readonly #form: Later<typeof import("./attach.ts")>;
  #attacher: Attacher | null = null;
  /** The files that were dropped or pasted before the form was loaded. */
  #dropped: File[] = [];
  #isAttaching = false;
  /** The message whose question for a file has opened the form. */
  #askedBy: string | undefined;
  /** The message whose question is answered by a text, although it asks for something else. */
  #answeredByText: string | undefined;
  #drawnField: Element | null = null;
  #hadFocus = false;

  constructor(host: FooterHost) {
    this.#host = host;
    this.#drafts = new Drafts(host.storage, host.session);
    this.#form = new Later(() => import("./attach.ts"), (styles) => host.onLoaded(styles));
  }

  /** Show the draft of the conversation. */
  restoreDraft(): void {
    const { field } = this.#host;
    if (field !== null && this.#input === null) field.value = this.#drafts.get();
  }

  /** Call it before the template is rendered. */
  beforeRender(): void {
    const { field } = this.#host;
    this.#drawnField = field;
    this.#hadFocus = field !== null && (field.getRootNode() as ShadowRoot).activeElement === field;
  }

  render(): TemplateResult {
    const { notice } = this.#host.session;
    return html`<div class="footer">
      <p class="notice" ?hidden=${notice === ""}>${notice}</p>
      ${this.#host.replacement() ?? this.#renderComposer()}
    </div>`;
  }

  /** Call it after the template was rendered: another field takes over the focus. */
  afterRender(): void {
    const { field } = this.#host;
    if (field === this.#drawnField || field === null) return;
    this.restoreDraft();
    if (this.#hadFocus) field.focus();
  }

  get #input(): Input | null {
    const { session } = this.#host;
    return this.#answeredByText === session.question ? null : getInput(session.inputType);
  }

  #renderComposer(): TemplateResult | typeof nothing {
    const { kit, session } = this.#host;
    const { inputType, isAnswering, isOver, isStopping } = session;
    if (isOver) return nothing;
    const input = this.#input;
    if (FILES.includes(inputType) && this.#askedBy !== (this.#askedBy = session.question)) this.#isAttaching = true;
    const attacher = this.#getAttacher();
    // The answer to a question for a date or a password is sent alone.
    const hasFiles = input === null && attacher?.hasFiles === true;
    const composer = renderComposer({
      texts: kit.texts,
      isAnswering,
      isStopping,
      input,
      isAttaching: this.#isAttaching,
      hasFiles,
      send: (text) => {
        if (hasFiles) return attacher.send(text);
        this.#host.send(text, input?.type === "password" ? { isSecret: true } : {});
        return true;
      },
      stop: () => session.stop(),
      keep: (text) => this.#drafts.keep(text),
      attach: () => this.#setAttaching(!this.#isAttaching),
      writeText: () => this.#writeText(),
    });
    return html`${attacher?.render(this.#isAttaching)} ${composer}`;
  }

  /** Attach files that are dropped or pasted. */
  onTransfer(event: Event & { readonly clipboardData?: DataTransfer | null; readonly dataTransfer?: DataTransfer | null }): void {
    const transfer = event.clipboardData ?? event.dataTransfer;
    // A text from a word processor is a picture too.
    if (!transfer?.types.includes("Files") || transfer.types.includes("text/plain") || this.#host.replacement()) return;
    event.preventDefault();
    this.#dropped = [...transfer.files];
    // A browser lists no files before they are dropped.
    if (this.#dropped.length > 0) this.#setAttaching(true);
  }

  /** @returns `null` if the form is not needed, or not loaded yet. */
  #getAttacher(): Attacher | null {
    const { session, storage } = this.#host;
    if (this.#isAttaching || storage.getItem(`files/${session.draftName}`) !== null) {
      this.#attacher ??= this.#form.get()?.createAttacher(this.#host, () => this.#setAttaching(false)) ?? null;
    }
    this.#attacher?.add(this.#dropped.splice(0));
    return this.#attacher;
  }

  #setAttaching(isAttaching: boolean): void {
    this.#isAttaching = isAttaching;
    this.#host.update();
    if (!isAttaching) this.#host.field?.focus();
  }

  #writeText(): void {
    this.#answeredByText = this.#host.session.question;
    this.#host.field?.focus();
    this.#host.update();
  }
}
