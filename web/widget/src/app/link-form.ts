/**
 * The form that sends a link to a file.
 *
 * @module
 */

import type { TemplateResult } from "lit/html.js";
import type { Attachment } from "../../../client/src/protocol.ts";
import type { AttachTexts } from "../strings/attach.ts";
import type { Kit } from "./kit.ts";

/** Media types by the ends of addresses; a kind without one has its most usual type. */
const TYPES: Readonly<Record<string, string>> = {
  png: "image/png",
  gif: "image/gif",
  webp: "image/webp",
  svg: "image/svg+xml",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  mp3: "audio/mpeg",
  ogg: "audio/ogg",
  wav: "audio/wav",
  m4a: "audio/mp4",
  mp4: "video/mp4",
  webm: "video/webm",
  pdf: "application/pdf",
  csv: "text/csv",
  txt: "text/plain",
};

const KINDS = { image: "image/jpeg", audio: "audio/mpeg", video: "video/mp4", file: "application/octet-stream" } as const;

type Kind = keyof typeof KINDS;

/** Longest name of a file that the server accepts. */
const MAX_NAME = 255;
/** Longest URL that the server accepts. */
const MAX_URL = 2_048;

export interface LinkFormState {
  /** The kind of file that the bot asks for; empty if it asks for none. */
  readonly asked: string;
  send(file: Attachment): void;
  close(): void;
}

/** Describe the file at an address. */
export function describeFile(address: string, name: string, kind: Kind): Attachment {
  const url = new URL(address);
  const last = decode(url.pathname.split("/").at(-1) ?? "");
  const type = TYPES[last.split(".").at(-1)?.toLowerCase() ?? ""];
  const isOfKind = type !== undefined && (kind === "file" || type.startsWith(`${kind}/`));
  return {
    name: (name.trim() || last || url.host).slice(0, MAX_NAME),
    content_type: isOfKind ? type : KINDS[kind],
    url: url.href,
  };
}

/** Return the kind of the file at an address, as far as its end shows. */
export function guessKind(address: string): Kind {
  const type = TYPES[address.split(/[?#]/)[0]?.split(".").at(-1)?.toLowerCase() ?? ""] ?? "";
  return (["image", "audio", "video"] as const).find((kind) => type.startsWith(kind)) ?? "file";
}

/** Return the template of the form. */
export function renderLinkForm({ html, texts: common }: Kit, texts: AttachTexts, state: LinkFormState): TemplateResult {
  const kinds = Object.keys(KINDS) as Kind[];
  const asked = kinds.find((kind) => kind === state.asked);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    event.stopPropagation();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const [address, name, kind] = ["address", "name", "kind"].map((field) => String(data.get(field) ?? ""));
    state.send(describeFile(address?.trim() ?? "", name ?? "", kind as Kind));
  };
  const onAddress = ({ currentTarget }: Event): void => {
    const field = currentTarget as HTMLInputElement;
    const select = field.form?.elements.namedItem("kind") as HTMLSelectElement | null;
    if (select !== null && asked === undefined) select.value = guessKind(field.value);
  };
  return html`<form class="link-form" @submit=${submit}>
    <p class="link-hint">${texts.attachHint}</p>
    <label class="field"
      ><span>${texts.address}</span
      ><input
        name="address"
        type="url"
        pattern="[Hh][Tt][Tt][Pp][Ss]://[^\\/\\\\].*"
        maxlength=${MAX_URL}
        dir="ltr"
        placeholder="https://"
        autocomplete="off"
        required
        @input=${onAddress}
    /></label>
    <div class="link-row">
      <label class="field"
        ><span>${texts.fileName}</span><input name="name" maxlength=${MAX_NAME} dir="auto" autocomplete="off"
      /></label>
      <label class="field"
        ><span>${texts.kind}</span
        ><select name="kind">
          ${kinds.map((kind) => html`<option value=${kind} ?selected=${kind === (asked ?? "file")}>${common[kind]}</option>`)}
        </select></label
      >
    </div>
    <div class="link-buttons">
      <button type="button" class="secondary" @click=${() => state.close()}>${texts.cancel}</button>
      <button type="submit" class="primary">${texts.add}</button>
    </div>
  </form>`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
