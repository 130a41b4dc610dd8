/**
 * The form that attaches files: they are chosen, dropped or pasted; and the form for a link. It is loaded when it is needed
 * first.
 *
 * @module
 */

import type { TemplateResult } from "lit/html.js";
import type { Conversation } from "../../../client/src/conversation.ts";
import { type AttachTexts, getAttachTexts } from "../strings/attach.ts";
import attachStyles from "./attach.css";
import type { FooterHost } from "./footer.ts";
import { renderLinkForm } from "./link-form.ts";
import linkStyles from "./link-form.css";
import { CAN_RETRY, MAX_FILES, MAX_MEGABYTES, type PendingFile, Uploads } from "./uploads.ts";

export const styles = attachStyles + linkStyles;

/** What the field for choosing a file accepts, by what the bot asks for, and its name. */
const CHOICES: Readonly<Record<string, readonly [accept: string, name: keyof AttachTexts]>> = {
  image: ["image/*", "chooseImage"],
  audio: ["audio/*", "chooseAudio"],
  video: ["video/*", "chooseVideo"],
};

/** The size of a small picture, in pixels. */
const PREVIEW_SIZE = 40;

/** Paths of lines on a square of 24 units. */
const ICONS = { remove: "m6 6 12 12M18 6 6 18", again: "M19 12a7 7 0 1 1-2-5l2 2M19 4v5h-5" };

/** @param close - Closes the form. */
export const createAttacher = (host: FooterHost, close: () => void): Attacher => new Attacher(host, close);

/** The files of all conversations that a view has shown, and the form. */
export class Attacher {
  readonly #host: FooterHost;
  readonly #close: () => void;
  readonly #texts: AttachTexts;
  readonly #uploads = new Map<string, Uploads>();
  readonly #previews = new WeakMap<PendingFile, HTMLCanvasElement>();
  #isOpen = false;
  #isLink = false;
  /** Whether the message is sent when all files are uploaded. */
  #isWaiting = false;

  constructor(host: FooterHost, close: () => void) {
    this.#host = host;
    this.#close = close;
    this.#texts = getAttachTexts(host.kit.language, host.kit.texts);
  }

  get hasFiles(): boolean {
    return this.#current.files.length > 0;
  }

  /** Upload files that were chosen, dropped or pasted. */
  add(files: Iterable<File>): void {
    if ([...files].length === 0) return;
    const asked = this.#asked;
    this.#current.add([...files], asked in CHOICES ? asked : "");
  }

  /**
   * Send a message with the files.
   *
   * @returns `false` if it has to wait: until all are uploaded, or because one has failed.
   */
  send(text: string): boolean {
    const uploads = this.#current;
    this.#isWaiting = uploads.isUploading;
    if (uploads.isUploading) this.#host.kit.announce(this.#texts.waitingForFiles);
    this.#host.update();
    const failed = uploads.files.find(({ failure }) => failure !== undefined);
    if (failed !== undefined) this.#host.kit.announce(`${failed.name}: ${this.#describe(failed)}`);
    if (uploads.isUploading || failed !== undefined) return false;
    const files = uploads.take();
    this.#host.send(text.trim() || files.map(({ attachment }) => attachment.name).join(", "), { files });
    this.#close();
    return true;
  }

  /** Return the template of the form and the files; empty if there is nothing to show. */
  render(isOpen: boolean): TemplateResult {
    const { kit } = this.#host;
    const { html } = kit;
    // The form was opened by the button, and not by a question of the bot.
    if (isOpen && !this.#isOpen && this.#root?.activeElement?.ariaExpanded === "true") this.#focus(".choose");
    this.#isOpen = isOpen;
    const { files } = this.#current;
    if (!isOpen && files.length === 0) return html``;
    return html`<div class="attach" role="group" aria-label=${kit.texts.attach} @keydown=${(event: KeyboardEvent) => this.#onKeyDown(event)}>
      ${files.length > 0
        ? html`<ul class="attach-files" aria-label=${this.#texts.filesToSend}>
            ${files.map((file) => this.#renderFile(file))}
          </ul>`
        : ""}
      ${this.#isWaiting ? html`<p class="attach-hint">${this.#texts.waitingForFiles}</p>` : ""}
      ${isOpen ? (this.#isLink ? this.#renderLink() : this.#renderChoice()) : ""}
    </div>`;
  }

  get #root(): ShadowRoot | undefined {
    return this.#host.field?.getRootNode() as ShadowRoot | undefined;
  }

  /** Move the focus when the view is drawn. */
  #focus(selector: string): void {
    setTimeout(() => this.#root?.querySelector<HTMLElement>(`.attach ${selector}`)?.focus());
  }

  /** The kind of file that the bot asks for; empty if it asks for none. */
  get #asked(): string {
    return this.#host.session.inputType ?? "";
  }

  /** The files of the shown conversation. */
  get #current(): Uploads {
    const { session, storage } = this.#host;
    const { draftName } = session;
    let uploads = this.#uploads.get(draftName);
    if (uploads === undefined) {
      const onChange = (ended: PendingFile | null): void => this.#onChange(ended);
      // A visitor's next conversation has the same draft.
      const upload: Conversation["upload"] = (file, options) => session.conversation.upload(file, options);
      uploads = new Uploads({ storage, upload, onChange }, draftName);
      this.#uploads.set(draftName, uploads);
    }
    return uploads;
  }

  #onChange(ended: PendingFile | null): void {
    this.#host.update();
    if (ended === null) return;
    this.#host.kit.announce(`${ended.name}: ${this.#describe(ended)}`);
    if (!this.#isWaiting || this.#current.isUploading) return;
    this.#isWaiting = false;
    if (this.#current.files.every(({ failure }) => failure === undefined)) this.#host.field?.form?.requestSubmit();
  }

  #describe({ failure, uploaded }: PendingFile): string {
    if (failure === undefined) return uploaded === undefined ? this.#texts.uploading : this.#texts.uploaded;
    return this.#texts[failure].replace("{0}", String(failure === "tooLarge" ? MAX_MEGABYTES : MAX_FILES));
  }

  #renderChoice(): TemplateResult {
    const { html } = this.#host.kit;
    const [accept, name] = CHOICES[this.#asked] ?? ["", "chooseFiles"];
    const choose = ({ currentTarget }: Event): void =>
      (currentTarget as Element).parentElement?.querySelector<HTMLInputElement>("input")?.click();
    const onChange = ({ currentTarget }: Event): void => {
      const input = currentTarget as HTMLInputElement;
      this.add(input.files ?? []);
      // The same file can be chosen again.
      input.value = "";
    };
    const hint = this.#texts.filesHint.replace("{0}", String(MAX_FILES)).replace("{1}", String(MAX_MEGABYTES));
    return html`<div class="attach-choice">
        <button type="button" class="primary choose" @click=${choose}>${this.#texts[name]}</button>
        <button type="button" class="secondary" @click=${() => this.#setLink(true)}>${this.#texts.sendLink}</button>
        <input type="file" accept=${accept} multiple hidden @change=${onChange} />
      </div>
      <p class="attach-hint">${hint}</p>`;
  }

  #renderLink(): TemplateResult {
    return renderLinkForm(this.#host.kit, this.#texts, {
      asked: this.#asked,
      send: (file) => {
        this.#isLink = false;
        this.#host.send(file.name, { attachments: [file] });
        this.#close();
      },
      close: () => this.#setLink(false),
    });
  }

  #setLink(isLink: boolean): void {
    this.#isLink = isLink;
    this.#host.update();
    this.#focus(isLink ? "input" : ".choose");
  }

  #renderFile(file: PendingFile): TemplateResult {
    const { html } = this.#host.kit;
    const { failure, name, progress, uploaded } = file;
    const isDone = failure !== undefined || uploaded !== undefined;
    return html`<li class="attach-file ${failure === undefined ? "" : "failed"}">
      ${this.#getPreview(file) ?? ""}
      <div class="attach-name">
        <p><bdi>${name}</bdi></p>
        ${isDone
          ? html`<p class="attach-state">${this.#describe(file)}</p>`
          : html`<progress max="1" .value=${progress} aria-label=${`${this.#texts.uploading}: ${name}`}></progress>`}
      </div>
      ${failure !== undefined && CAN_RETRY.includes(failure)
        ? this.#renderButton("again", this.#texts.uploadAgain, name, () => this.#current.retry(file))
        : ""}
      ${this.#renderButton("remove", this.#texts.removeFile, name, () => this.#remove(file))}
    </li>`;
  }

  #renderButton(icon: keyof typeof ICONS, text: string, name: string, onClick: () => void): TemplateResult {
    const label = text.replace("{0}", () => name);
    return this.#host.kit.html`<button class="plain" type="button" title=${label} aria-label=${label} @click=${onClick}>
      <svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${ICONS[icon]} /></svg>
    </button>`;
  }

  #remove(file: PendingFile): void {
    this.#current.remove(file);
    this.#isWaiting &&= this.#current.isUploading;
    this.#host.field?.focus();
  }

  /** A small picture is drawn and has no address, which the policy of a page would have to allow. */
  #getPreview(pending: PendingFile): HTMLCanvasElement | null {
    const { file } = pending;
    if (file?.type.startsWith("image/") !== true) return null;
    const known = this.#previews.get(pending);
    if (known !== undefined) return known;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = PREVIEW_SIZE * 2;
    canvas.className = "attach-preview";
    canvas.ariaHidden = "true";
    this.#previews.set(pending, canvas);
    void drawPreview(canvas, file);
    return canvas;
  }

  #onKeyDown(event: KeyboardEvent): void {
    if (event.key !== "Escape" || !this.#isOpen) return;
    // The chat stays open.
    event.stopPropagation();
    if (this.#isLink) this.#setLink(false);
    else this.#close();
  }
}

async function drawPreview(canvas: HTMLCanvasElement, file: File): Promise<void> {
  const picture = await createImageBitmap(file).catch(() => null);
  if (picture === null) return canvas.remove();
  const size = Math.min(picture.width, picture.height);
  const { width } = canvas;
  canvas
    .getContext("2d")
    ?.drawImage(picture, (picture.width - size) / 2, (picture.height - size) / 2, size, size, 0, 0, width, width);
  picture.close();
}
