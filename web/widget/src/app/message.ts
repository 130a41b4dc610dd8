/**
 * A message in the log.
 *
 * @module
 */

import { type TemplateResult, html, nothing } from "lit/html.js";
import type { Entry } from "../../../client/src/entry.ts";
import type { Attachment, IncompleteReason, Rating, Source } from "../../../client/src/protocol.ts";
import type { Locale } from "../strings/load.ts";
import type { Texts } from "../strings/texts.ts";
import { renderIcon } from "./icon.ts";
import type { Line } from "./lines.ts";
import { renderTools } from "./tools.ts";

/** What the lines of a log have in common. */
export interface LogContext {
  readonly locale: Locale;
  readonly botName: string;
  /** Show a text of the bot in an element. */
  showText(element: HTMLElement, text: string, isComplete: boolean): void;
  renderAttachments(files: readonly (Attachment | Source)[], delivery: Entry["delivery"]): TemplateResult | typeof nothing;
  copy(text: string, button: HTMLElement): void;
  rate(messageId: string, rating: Rating | null): void;
  retry(clientMessageId: string): void;
  discard(clientMessageId: string): void;
}

const INCOMPLETE: Readonly<Record<IncompleteReason, keyof Texts>> = {
  stopped: "stopped",
  length: "length",
  content_filter: "contentFilter",
  interrupted: "interrupted",
};

/** Return the classes of the element of a line. */
export function getClasses(line: Line): string {
  if (line.kind !== "message") return line.kind;
  const { entry, endsGroup } = line;
  const states = [endsGroup && "ends-group", entry.streaming && "streaming", entry.delivery === "failed" && "failed"];
  return ["message", entry.sender, ...states].filter(Boolean).join(" ");
}

/** Return the content of the element of a line. The bubble of a bot is empty: its text is shown later. */
export function renderLine(line: Line, context: LogContext): TemplateResult {
  if (line.kind !== "message") return html`${line.text}`;
  const { entry, endsGroup } = line;
  const { texts } = context.locale;
  const files = [...(entry.attachments ?? []), ...(entry.sources ?? [])];
  return html`<span class="visually-hidden">${entry.sender === "bot" ? context.botName : texts.you}:</span>
    ${renderBubble(entry, texts)} ${files.length > 0 ? context.renderAttachments(files, entry.delivery) : nothing}
    ${renderMeta(entry, endsGroup, context)}`;
}

function renderBubble(entry: Entry, texts: Texts): TemplateResult | typeof nothing {
  const { attachments, content, isSecret, sender, shown } = entry;
  // A message that is only files has their names as content.
  if (attachments?.map(({ name }) => name).join(", ") === content) return nothing;
  if (sender === "bot") return html`<div class="bubble" dir="auto"></div>`;
  if (isSecret) return html`<p class="bubble" role="img" aria-label=${texts.hidden}>${content}</p>`;
  return html`<p class="bubble" dir="auto">${shown ?? content}</p>`;
}

function renderMeta(entry: Entry, endsGroup: boolean, context: LogContext): TemplateResult | typeof nothing {
  const { clientMessageId, delivery, finishReason, sender, streaming, timestamp } = entry;
  const { tag, texts } = context.locale;
  if (delivery === "failed" && clientMessageId !== undefined) return renderFailure(entry, clientMessageId, context);
  if (delivery === "sending") return html`<p class="meta">${texts.sending}</p>`;
  if (entry.unanswered) return html`<p class="meta error">${texts.unanswered}</p>`;
  if (streaming) return nothing;
  if (!endsGroup && finishReason === undefined) return renderTools(entry, context);
  const mark = finishReason === undefined ? nothing : html`<span class="mark">${texts[INCOMPLETE[finishReason]]}</span>`;
  const time = new Date(timestamp).toLocaleTimeString(tag, { hour: "2-digit", minute: "2-digit" });
  const tools = renderTools(entry, context);
  const clock = html`${mark}<time datetime=${timestamp}>${time}</time>`;
  if (sender === "bot") return html`<p class="meta">${clock} ${tools}</p>`;
  const sent = html`<span class="sent" role="img" aria-label=${texts.sent}>${renderIcon("done")}</span>`;
  return html`<p class="meta">${tools} ${clock} ${sent}</p>`;
}

function renderFailure({ reason }: Entry, id: string, { locale, retry, discard }: LogContext): TemplateResult {
  const { texts } = locale;
  const text = reason === "unconfirmed" || reason === "stale" ? texts.unconfirmed : texts.notSent;
  return html`<p class="meta error">
    ${text}
    <button type="button" @click=${() => retry(id)}>${texts.retry}</button>
    <button type="button" @click=${() => discard(id)}>${texts.discard}</button>
  </p>`;
}
