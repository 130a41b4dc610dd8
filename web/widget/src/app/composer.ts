/**
 * The field for a message, and the buttons that send it and that stop an answer.
 *
 * @module
 */

import { type TemplateResult, html, nothing } from "lit/html.js";
import type { Texts } from "../strings/texts.ts";
import { MAX_LENGTH } from "./chat-session.ts";
import { renderIcon } from "./icon.ts";

export interface ComposerState {
  readonly texts: Texts;
  readonly isAnswering: boolean;
  readonly isStopping: boolean;
  send(text: string): void;
  stop(): void;
  /** The user has typed. */
  keep(text: string): void;
}

/** Return the template of the composer. */
export function renderComposer(state: ComposerState): TemplateResult {
  const { texts } = state;
  const submit = (event: Event): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const field = form.elements.namedItem("message") as HTMLTextAreaElement;
    if (field.value.trim() !== "") state.send(field.value);
    field.value = "";
    state.keep("");
    field.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    // Enter also ends the composition of a character.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    (event.currentTarget as HTMLTextAreaElement).form?.requestSubmit();
  };
  return html`<form class="composer" @submit=${submit}>
    <textarea
      name="message"
      rows="1"
      dir="auto"
      aria-label=${texts.message}
      placeholder=${texts.placeholder}
      maxlength=${MAX_LENGTH}
      autocomplete="off"
      enterkeyhint="send"
      required
      @keydown=${onKeyDown}
      @input=${({ currentTarget }: Event) => state.keep((currentTarget as HTMLTextAreaElement).value)}
    ></textarea>
    ${state.isAnswering ? renderStop(state) : nothing}
    <button class="round send" type="submit" aria-label=${texts.send}>${renderIcon("send")}</button>
  </form>`;
}

function renderStop({ isStopping, texts, stop }: ComposerState): TemplateResult {
  const label = isStopping ? texts.stopping : texts.stop;
  const onClick = (event: Event): void => {
    stop();
    const { form } = event.currentTarget as HTMLButtonElement;
    (form?.elements.namedItem("message") as HTMLElement | null)?.focus();
  };
  return html`<button class="round stop" type="button" aria-label=${label} ?disabled=${isStopping} @click=${onClick}>
    ${renderIcon("stop")}
  </button>`;
}
