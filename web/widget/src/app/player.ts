/**
 * The dialog that shows a file: a picture that can be enlarged, a player, a PDF in the browser's own viewer, or a text. It is
 * loaded when a file is opened first.
 *
 * PDF and text are loaded by a request and not by a frame with the address of the file: then a frame shows a PDF and never
 * a page of another site, a text is never HTML, and it does not matter that the links of the API are always downloaded.
 *
 * @module
 */

import type { TemplateResult } from "lit/html.js";
import { type PlayerTexts, getPlayerTexts } from "../strings/player.ts";
import { GoneError, decodeText, isPdf, loadContent } from "./file-content.ts";
import type { Kit } from "./kit.ts";
import styles from "./player.css";

/** How a file is shown; `other` cannot be. */
export type FileKind = "image" | "audio" | "video" | "pdf" | "text" | "other";

/** A file that has an address. */
export interface ShownFile {
  readonly name: string;
  readonly href: string;
  readonly kind: FileKind;
  /** Its kind and size in words. */
  readonly details: string;
}

export interface PlayerOptions {
  readonly kit: Kit;
  /** The link of the file that is shown first: it gets the focus back. */
  readonly opener: HTMLAnchorElement;
  /** All files of the conversation. */
  list(): readonly ShownFile[];
}

/** Bytes of a PDF that are loaded: twice the largest file of a bot. */
const MAX_PDF_BYTES = 20 * 1024 * 1024;
/** Bytes of a text that are loaded. */
const MAX_TEXT_BYTES = 256 * 1024;

const ZOOMS = [1, 1.5, 2, 3, 4, 6];

/** Paths of lines on a square of 24 units. */
const ICONS = {
  close: "m6 6 12 12M18 6 6 18",
  download: "M12 4v11M7 10.5l5 5 5-5M5 20h14",
  next: "m9.5 6 6 6-6 6",
  previous: "m14.5 6-6 6 6 6",
  zoomIn: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M16 16l4.5 4.5M8 11h6M11 8v6",
  zoomOut: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M16 16l4.5 4.5M8 11h6",
};

type Content =
  | { readonly state: "loading" | "media" | "fileGone" | "noPreview" }
  | { readonly state: "pdf"; readonly url: string }
  | { readonly state: "text"; readonly text: string; readonly isComplete: boolean };

/** The roots that have the style sheet. */
const styled = new WeakSet<ShadowRoot>();

/** Show the file of a link, and by the arrow keys the others of the conversation. */
export function openPlayer(options: PlayerOptions): void {
  new Player(options).open();
}

class Player {
  readonly #options: PlayerOptions;
  readonly #root: ShadowRoot;
  readonly #container = document.createElement("div");
  readonly #texts: PlayerTexts;
  #file: ShownFile;
  #content: Content = { state: "loading" };
  #zoom = 0;
  /** The width of the picture without enlargement. */
  #width = 0;
  #loading = new AbortController();
  readonly #onViolation = ({ effectiveDirective }: SecurityPolicyViolationEvent): void => {
    if (effectiveDirective === "frame-src") this.#fail("noPreview");
  };

  constructor(options: PlayerOptions) {
    this.#options = options;
    this.#root = options.opener.getRootNode() as ShadowRoot;
    this.#texts = getPlayerTexts(options.kit.language, options.kit.texts);
    this.#file = this.#files.find(({ href }) => href === options.opener.href) ?? (this.#files[0] as ShownFile);
  }

  open(): void {
    if (!styled.has(this.#root)) {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(styles);
      this.#root.adoptedStyleSheets.push(sheet);
      styled.add(this.#root);
    }
    for (const player of this.#root.querySelectorAll<HTMLMediaElement>("audio, video")) player.pause();
    document.addEventListener("securitypolicyviolation", this.#onViolation);
    this.#root.append(this.#container);
    this.#show(this.#file);
    this.#dialog?.showModal();
  }

  get #files(): readonly ShownFile[] {
    return this.#options.list();
  }

  get #dialog(): HTMLDialogElement | null {
    return this.#container.querySelector("dialog");
  }

  #close(): void {
    this.#release();
    document.removeEventListener("securitypolicyviolation", this.#onViolation);
    this.#container.remove();
    this.#options.opener.focus();
  }

  #release(): void {
    this.#loading.abort();
    if (this.#content.state === "pdf") URL.revokeObjectURL(this.#content.url);
  }

  #show(file: ShownFile): void {
    this.#release();
    this.#loading = new AbortController();
    this.#file = file;
    this.#zoom = 0;
    const isLoaded = file.kind === "pdf" || file.kind === "text";
    this.#content = { state: isLoaded ? "loading" : file.kind === "other" ? "noPreview" : "media" };
    if (isLoaded) void this.#load(file, this.#loading.signal);
    this.#draw();
  }

  async #load(file: ShownFile, signal: AbortSignal): Promise<void> {
    const content = await readContent(file, signal);
    if (signal.aborted) {
      if (content.state === "pdf") URL.revokeObjectURL(content.url);
    } else if (content.state === "pdf" || content.state === "text") {
      this.#content = content;
      this.#draw();
    } else this.#fail(content.state === "fileGone" ? "fileGone" : "noPreview");
  }

  #fail(state: "fileGone" | "noPreview"): void {
    this.#release();
    this.#content = { state };
    this.#announce(this.#texts[state]);
    this.#draw();
  }

  /** Go forwards or backwards. */
  #move(step: number): void {
    const files = this.#files;
    const index = files.findIndex(({ href }) => href === this.#file.href) + step;
    const next = files[index];
    if (next === undefined) return;
    this.#announce(`${next.name}, ${this.#formatPosition(index, files.length)}`);
    this.#show(next);
  }

  #setZoom(zoom: number): void {
    const picture = this.#container.querySelector("img");
    const factor = ZOOMS[zoom];
    if (picture === null || factor === undefined) return;
    if (this.#zoom === 0) this.#width = picture.clientWidth;
    this.#zoom = zoom;
    this.#draw();
    picture.style.width = factor === 1 ? "" : `${this.#width * factor}px`;
    this.#announce(`${factor * 100} %`);
  }

  #formatPosition(index: number, count: number): string {
    return this.#texts.position.replace("{0}", String(index + 1)).replace("{1}", String(count));
  }

  /** The rest of the page, with its live region, is inert while the dialog is open. */
  #announce(text: string): void {
    this.#container.querySelector(".file-status")?.replaceChildren(text);
  }

  #draw(): void {
    this.#options.kit.render(this.#render(), this.#container);
  }

  #render(): TemplateResult {
    const { html } = this.#options.kit;
    const { name, href, details } = this.#file;
    const texts = this.#texts;
    const files = this.#files;
    const index = files.findIndex((file) => file.href === href);
    const position = files.length > 1 ? [this.#formatPosition(index, files.length)] : [];
    const isPicture = this.#file.kind === "image" && this.#content.state === "media";
    return html`<dialog
      class="file-dialog"
      aria-labelledby="file-title"
      @keydown=${(event: KeyboardEvent) => this.#onKeyDown(event)}
      @click=${({ currentTarget, target }: Event) => currentTarget === target && this.#dialog?.close()}
      @close=${() => this.#close()}
    >
      <div class="file-box">
        <div class="file-bar">
          <div class="file-heading">
            <h2 id="file-title"><bdi>${name}</bdi></h2>
            <p>${[...position, details].filter(Boolean).join(" · ")}</p>
          </div>
          ${isPicture
            ? [
                this.#renderButton("zoomOut", () => this.#setZoom(this.#zoom - 1), this.#zoom === 0),
                this.#renderButton("zoomIn", () => this.#setZoom(this.#zoom + 1), this.#zoom === ZOOMS.length - 1),
              ]
            : ""}
          <a
            class="file-button"
            href=${href}
            download=${name}
            target="_blank"
            rel="noopener noreferrer nofollow"
            title=${texts.download}
            aria-label=${texts.download}
            >${this.#renderIcon("download")}</a
          >
          ${this.#renderButton("close", () => this.#dialog?.close())}
        </div>
        <div class="file-stage ${this.#zoom > 0 ? "zoomed" : ""}">${this.#renderContent()}</div>
        ${files.length > 1
          ? html`<div class="file-moves">
              ${this.#renderButton("previous", () => this.#move(-1), index === 0)}
              ${this.#renderButton("next", () => this.#move(1), index === files.length - 1)}
            </div>`
          : ""}
        <p class="visually-hidden file-status" role="status"></p>
      </div>
    </dialog>`;
  }

  #renderContent(): TemplateResult {
    const { html } = this.#options.kit;
    const content = this.#content;
    const { href, kind, name } = this.#file;
    const fail = (): void => this.#fail("fileGone");
    if (content.state === "text") {
      return html`<pre class="file-text" dir="auto" tabindex="0" role="region" aria-label=${name}>${content.text}</pre>
        ${content.isComplete ? "" : html`<p class="file-note">${this.#texts.cut}</p>`}`;
    }
    if (content.state === "pdf") return html`<iframe src=${content.url} title=${name}></iframe>`;
    if (content.state === "loading") return html`<p class="file-message">${this.#texts.loadingFile}</p>`;
    if (content.state !== "media") return html`<p class="file-message">${this.#texts[content.state]}</p>`;
    if (kind === "audio") return html`<audio src=${href} aria-label=${name} controls preload="metadata" @error=${fail}></audio>`;
    if (kind === "video") {
      return html`<video src=${href} aria-label=${name} controls playsinline preload="metadata" @error=${fail}></video>`;
    }
    const toggle = (): void => this.#setZoom(this.#zoom === 0 ? 2 : 0);
    return html`<div class="file-picture" tabindex="0" role="region" aria-label=${name}>
      <img src=${href} alt=${name} referrerpolicy="no-referrer" @dblclick=${toggle} @error=${fail} />
    </div>`;
  }

  #renderButton(icon: keyof typeof ICONS, onClick: () => void, isDisabled = false): TemplateResult {
    const { html } = this.#options.kit;
    const names = { close: "closeFile", next: "nextFile", previous: "previousFile" } as const;
    const label = this.#texts[icon in names ? names[icon as keyof typeof names] : (icon as "zoomIn" | "zoomOut")];
    // Not `disabled`: the button would lose the focus, and the keys would move nothing any more.
    return html`<button
      class="file-button ${icon}"
      type="button"
      title=${label}
      aria-label=${label}
      aria-disabled=${isDisabled}
      ?autofocus=${icon === "close"}
      @click=${() => isDisabled || onClick()}
    >
      ${this.#renderIcon(icon)}
    </button>`;
  }

  #renderIcon(icon: keyof typeof ICONS): TemplateResult {
    return this.#options.kit.html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${ICONS[icon]} /></svg>`;
  }

  #onKeyDown(event: KeyboardEvent): void {
    // Escape closes the dialog, and not the chat.
    event.stopPropagation();
    const { key } = event;
    const isOfPlayer = (event.target as Element).matches("audio, video");
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (key === "Tab") this.#keepFocus(event);
    else if (["ArrowLeft", "ArrowRight"].includes(key) && !isOfPlayer && this.#zoom === 0) {
      const isMirrored = getComputedStyle(this.#container).direction === "rtl";
      this.#move((key === "ArrowRight") === isMirrored ? -1 : 1);
    } else if (key === "+" || key === "=") this.#setZoom(this.#zoom + 1);
    else if (key === "-") this.#setZoom(this.#zoom - 1);
    else if (key === "0") this.#setZoom(0);
    else return;
    if (key !== "Tab") event.preventDefault();
  }

  /** The last element is followed by the first one. */
  #keepFocus(event: KeyboardEvent): void {
    const elements = [...this.#container.querySelectorAll<HTMLElement>("a, button, [tabindex], audio, video, iframe")];
    const [from, to] = event.shiftKey ? [elements.at(0), elements.at(-1)] : [elements.at(-1), elements.at(0)];
    if (event.target !== from) return;
    event.preventDefault();
    to?.focus();
  }
}

/** Load a PDF or a text. */
async function readContent({ href, kind }: ShownFile, signal: AbortSignal): Promise<Content> {
  // It is `undefined` in browsers that do not know it.
  if (kind === "pdf" && navigator.pdfViewerEnabled === false) return { state: "noPreview" };
  try {
    const content = await loadContent(href, kind === "pdf" ? MAX_PDF_BYTES : MAX_TEXT_BYTES, signal);
    const { bytes, isComplete } = content;
    if (kind === "text") return { state: "text", text: decodeText(content), isComplete };
    if (!isComplete || !isPdf(bytes)) return { state: "noPreview" };
    return { state: "pdf", url: URL.createObjectURL(new Blob([bytes], { type: "application/pdf" })) };
  } catch (error) {
    return { state: error instanceof GoneError ? "fileGone" : "noPreview" };
  }
}
