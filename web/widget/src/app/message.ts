/**
 * A message in the log.
 *
 * @module
 */

import { type TemplateResult, html, nothing } from "lit/html.js";
import type { Entry } from "../../../client/src/entry.ts";
import type { IncompleteReason } from "../../../client/src/protocol.ts";
import { strings } from "../strings.ts";
import type { Line } from "./lines.ts";
import { showMarkdown } from "./markdown-directive.ts";

/** What a visitor can do with a message that was not sent. */
export interface MessageActions {
  retry(clientMessageId: string): void;
  discard(clientMessageId: string): void;
}

const INCOMPLETE: Readonly<Record<IncompleteReason, string>> = {
  stopped: strings.stopped,
  length: strings.length,
  content_filter: strings.contentFilter,
  interrupted: strings.interrupted,
};

const timeFormat = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

/** Return the template of a line. */
export function renderLine(line: Line, botName: string, actions: MessageActions): TemplateResult {
  if (line.kind === "note") return html`<p class="note">${line.text}</p>`;
  const { entry, endsGroup } = line;
  const states = [endsGroup && "ends-group", entry.streaming && "streaming", entry.delivery === "failed" && "failed"];
  return html`<div class="message ${entry.sender} ${states.filter(Boolean).join(" ")}">
    <span class="visually-hidden">${entry.sender === "bot" ? botName || strings.bot : strings.you}:</span>
    ${entry.sender === "bot" ? renderBotText(entry) : html`<p class="bubble" dir="auto">${entry.shown ?? entry.content}</p>`}
    ${renderMeta(entry, endsGroup, actions)}
  </div>`;
}

function renderBotText({ content, streaming }: Entry): TemplateResult {
  return html`<div class="bubble" dir="auto" ${showMarkdown(content, streaming !== true)}></div>`;
}

function renderMeta(entry: Entry, endsGroup: boolean, actions: MessageActions): TemplateResult | typeof nothing {
  const { clientMessageId, delivery, finishReason, streaming, timestamp } = entry;
  if (delivery === "failed" && clientMessageId !== undefined) return renderFailure(entry, clientMessageId, actions);
  if (delivery === "sending") return html`<p class="meta">${strings.sending}</p>`;
  if (entry.unanswered) return html`<p class="meta error">${strings.unanswered}</p>`;
  if (streaming || (!endsGroup && finishReason === undefined)) return nothing;
  const mark = finishReason === undefined ? nothing : html`<span class="mark">${INCOMPLETE[finishReason]}</span>`;
  return html`<p class="meta">${mark}<time datetime=${timestamp}>${timeFormat.format(new Date(timestamp))}</time></p>`;
}

function renderFailure({ reason }: Entry, id: string, { retry, discard }: MessageActions): TemplateResult {
  const text = reason === "unconfirmed" || reason === "stale" ? strings.unconfirmed : strings.notSent;
  return html`<p class="meta error">
    ${text}
    <button type="button" @click=${() => retry(id)}>${strings.retry}</button>
    <button type="button" @click=${() => discard(id)}>${strings.discard}</button>
  </p>`;
}
