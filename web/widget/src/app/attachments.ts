/**
 * The files of a message: pictures, players, and links to all others. It is loaded with the first message that has some.
 *
 * Pictures are loaded when they become visible, and without the address of the page; sounds and films
 * when they are played. What cannot be loaded, or what the policy of the page forbids, is a link.
 *
 * @module
 */

import type { TemplateResult } from "lit/html.js";
import type { Attachment } from "../../../client/src/protocol.ts";
import styles from "./attachments.css";
import type { Kit } from "./kit.ts";

export { styles };

/** Some servers report the size. */
type File = Attachment & { readonly size?: number };

/** Return the template of the files of a message. */
export function renderAttachments(kit: Kit, files: readonly File[]): TemplateResult {
  return kit.html`<div class="attachments">${files.map((file) => renderFile(kit, file))}</div>`;
}

function renderFile(kit: Kit, file: File): TemplateResult {
  const { html } = kit;
  const href = kit.parseLink(file.url);
  const kind = file.content_type.split("/")[0] ?? "";
  const player = href === null ? null : renderPlayer(kit, kind, href, file.name);
  if (href === null) return html`<span class="attachment"><span class="chip">${renderName(kit, file, kind)}</span></span>`;
  return html`<span class="attachment ${player === null ? "broken" : ""}">
    ${player}
    <a class="chip" href=${href} target="_blank" rel="noopener noreferrer nofollow">${renderName(kit, file, kind)}</a>
  </span>`;
}

function renderPlayer({ html }: Kit, kind: string, href: string, name: string): TemplateResult | null {
  const fail = ({ currentTarget }: Event): void =>
    (currentTarget as Element).closest(".attachment")?.classList.add("broken");
  switch (kind) {
    case "image":
      return html`<a class="player" href=${href} target="_blank" rel="noopener noreferrer nofollow">
        <img src=${href} alt=${name} loading="lazy" decoding="async" referrerpolicy="no-referrer" @error=${fail} />
      </a>`;
    case "audio":
      return html`<audio class="player" src=${href} aria-label=${name} controls preload="none" @error=${fail}></audio>`;
    case "video":
      return html`<video class="player" src=${href} aria-label=${name} controls playsinline preload="none" @error=${fail}></video>`;
    default:
      return null;
  }
}

function renderName({ html, texts }: Kit, { content_type: type, name, size }: File, kind: string): TemplateResult {
  const kinds: Readonly<Record<string, string>> = { image: texts.image, audio: texts.audio, video: texts.video };
  const format = type.split("/")[1]?.toUpperCase() ?? "";
  const details = [kinds[kind] ?? (format.length <= 5 ? format : texts.file), size !== undefined && formatSize(size)];
  return html`<span class="file-name" dir="auto">${name}</span>
    <span class="file-kind">${details.filter(Boolean).join(" · ")}</span>`;
}

/** @param size - Bytes. */
function formatSize(size: number): string {
  const power = Math.min(3, Math.floor(Math.log2(Math.max(size, 1)) / 10));
  const unit = ["byte", "kilobyte", "megabyte", "gigabyte"][power];
  return new Intl.NumberFormat(undefined, { style: "unit", unit, maximumFractionDigits: 1 } as Intl.NumberFormatOptions).format(
    size / 1024 ** power,
  );
}
