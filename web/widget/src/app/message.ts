/**
 * A message in the log.
 *
 * @module
 */

import { type TemplateResult, html, nothing } from "lit/html.js";
import type { Entry } from "../../../client/src/entry.ts";
import type { IncompleteReason } from "../../../client/src/protocol.ts";
import type { Locale } from "../strings/load.ts";
import type { Texts } from "../strings/texts.ts";
import type { Line } from "./lines.ts";

/** What the lines of a log have in common. */
export interface LogContext {
  readonly locale: Locale;
  readonly botName: string;
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

/** Return the content of the element of a line. The bubble of a bot is empty: its Markdown becomes elements later. */
export function renderLine(line: Line, context: LogContext): TemplateResult {
  if (line.kind !== "message") return html`${line.text}`;
  const { entry, endsGroup } = line;
  const isBot = entry.sender === "bot";
  return html`<span class="visually-hidden">${isBot ? context.botName : context.locale.texts.you}:</span>
    ${isBot
      ? html`<div class="bubble" dir="auto"></div>`
      : html`<p class="bubble" dir="auto">${entry.shown ?? entry.content}</p>`}
    ${renderMeta(entry, endsGroup, context)}`;
}

function renderMeta(entry: Entry, endsGroup: boolean, context: LogContext): TemplateResult | typeof nothing {
  const { clientMessageId, delivery, finishReason, streaming, timestamp } = entry;
  const { tag, texts } = context.locale;
  if (delivery === "failed" && clientMessageId !== undefined) return renderFailure(entry, clientMessageId, context);
  if (delivery === "sending") return html`<p class="meta">${texts.sending}</p>`;
  if (entry.unanswered) return html`<p class="meta error">${texts.unanswered}</p>`;
  if (streaming || (!endsGroup && finishReason === undefined)) return nothing;
  const mark = finishReason === undefined ? nothing : html`<span class="mark">${texts[INCOMPLETE[finishReason]]}</span>`;
  const time = new Date(timestamp).toLocaleTimeString(tag, { hour: "2-digit", minute: "2-digit" });
  return html`<p class="meta">${mark}<time datetime=${timestamp}>${time}</time></p>`;
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
