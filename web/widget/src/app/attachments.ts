/**
 * The files of a message: pictures, players, and links to all others. It is loaded with the first message that has some. What
 * can be shown opens in the page, in a dialog that is loaded then (`player.ts`).
 *
 * Pictures are loaded when they become visible, and without the address of the page; sounds and films
 * when they are played. What cannot be loaded, or what the policy of the page forbids, is a link.
 *
 * @module
 */

import type { TemplateResult } from "lit/html.js";
import type { Entry } from "../../../client/src/entry.ts";
import type { Attachment, Source } from "../../../client/src/protocol.ts";
import styles from "./attachments.css";
import type { Kit } from "./kit.ts";
import type { FileKind, ShownFile } from "./player.ts";

export { styles };

/** Some servers report the size. */
type File = Attachment & { readonly size?: number };

/**
 * Return the template of the files of a message.
 *
 * @param delivery - Until it is delivered, uploaded files cannot be loaded.
 */
export function renderAttachments(kit: Kit, files: readonly (File | Source)[], delivery: Entry["delivery"]): TemplateResult {
  return kit.html`<div class="attachments">${files.map((file) => renderFile(kit, toFile(file), delivery !== "delivered"))}</div>`;
}

/** A document that the bot has answered from is a link to a web page, or the name of a file without one. */
function toFile(file: File | Source): File {
  if ("content_type" in file) return file;
  const { name, heading, page, url = "" } = file;
  return { name: [name, heading ?? page].filter(Boolean).join(" · "), content_type: "", url };
}

function renderFile(kit: Kit, file: File, isPending: boolean): TemplateResult {
  const { html } = kit;
  const shown = isPending ? null : describeFile(kit, file);
  const label = html`<span class="file-name" dir="auto">${file.name}</span>
    <span class="file-kind">${formatDetails(kit, file)}</span>`;
  if (shown === null) return html`<span class="attachment"><span class="chip">${label}</span></span>`;
  const player = renderPlayer(kit, shown);
  return html`<span class="attachment ${player === null ? "broken" : ""}">
    ${player} ${renderLink(kit, shown, "chip", label)}
  </span>`;
}

function renderPlayer(kit: Kit, file: ShownFile): TemplateResult | null {
  const { html } = kit;
  const { href, kind, name } = file;
  const fail = ({ currentTarget }: Event): void =>
    (currentTarget as Element).closest(".attachment")?.classList.add("broken");
  switch (kind) {
    case "image": {
      const picture = html`<img src=${href} alt=${name} loading="lazy" decoding="async" referrerpolicy="no-referrer" @error=${fail} />`;
      return renderLink(kit, file, "player picture", picture);
    }
    case "audio":
      return html`<audio class="player" src=${href} aria-label=${name} controls preload="none" @error=${fail}></audio>`;
    case "video":
      return html`<video class="player" src=${href} aria-label=${name} controls playsinline preload="none" @error=${fail}></video>`;
    default:
      return null;
  }
}

/** A link that opens the file in the page, and as any link in another tab by a key or the middle button. */
function renderLink(kit: Kit, { href, kind }: ShownFile, classes: string, label: TemplateResult): TemplateResult {
  const open = (event: MouseEvent): void => {
    if (kind === "other" || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    void openFile(kit, event.currentTarget as HTMLAnchorElement);
  };
  return kit.html`<a
    class=${classes}
    href=${href}
    target="_blank"
    rel="noopener noreferrer nofollow"
    aria-haspopup=${kind === "other" ? "false" : "dialog"}
    @click=${open}
    >${label}</a
  >`;
}

async function openFile(kit: Kit, opener: HTMLAnchorElement): Promise<void> {
  try {
    const { openPlayer } = await import("./player.ts");
    const list = (): readonly ShownFile[] => kit.listFiles().flatMap((file) => describeFile(kit, file) ?? []);
    openPlayer({ kit, opener, list });
  } catch {
    window.open(opener.href, "_blank", "noopener,noreferrer");
  }
}

/** @returns `null` if the file has no address. */
function describeFile(kit: Kit, file: File): ShownFile | null {
  const href = kit.parseLink(file.url);
  return href === null ? null : { name: file.name, href, kind: getKind(file), details: formatDetails(kit, file) };
}

function getKind({ content_type: type }: File): FileKind {
  const [family = ""] = type.split("/");
  if (family === "image" || family === "audio" || family === "video" || family === "text") return family;
  if (type === "application/pdf") return "pdf";
  return /^application\/(json|xml|yaml)/.test(type) ? "text" : "other";
}

function formatDetails({ texts }: Kit, { content_type: type, size }: File): string {
  const [family = "", format = ""] = type.split("/");
  const kinds: Readonly<Record<string, string>> = { image: texts.image, audio: texts.audio, video: texts.video };
  const kind = kinds[family] ?? (format.length <= 5 ? format.toUpperCase() : texts.file);
  return size === undefined ? kind : `${kind} · ${formatSize(size)}`;
}

/** @param size - Bytes. */
function formatSize(size: number): string {
  const power = Math.min(3, Math.floor(Math.log2(Math.max(size, 1)) / 10));
  const unit = ["byte", "kilobyte", "megabyte", "gigabyte"][power];
  return new Intl.NumberFormat(undefined, { style: "unit", unit, maximumFractionDigits: 1 } as Intl.NumberFormatOptions).format(
    size / 1024 ** power,
  );
}
