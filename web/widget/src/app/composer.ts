/**
 * The field for a message, and the buttons that send it and that stop an answer.
 *
 * @module
 */

import { type TemplateResult, html, nothing } from "lit/html.js";
import { strings } from "../strings.ts";
import { MAX_LENGTH } from "./chat-session.ts";
import { renderIcon } from "./icon.ts";

export interface ComposerActions {
  send(text: string): void;
  stop(): void;
}

/** Return the template of the composer. */
export function renderComposer(isAnswering: boolean, isStopping: boolean, actions: ComposerActions): TemplateResult {
  const submit = (event: Event): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const field = form.elements.namedItem("message") as HTMLTextAreaElement;
    if (field.value.trim() !== "") actions.send(field.value);
    field.value = "";
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
      aria-label=${strings.message}
      placeholder=${strings.placeholder}
      maxlength=${MAX_LENGTH}
      autocomplete="off"
      enterkeyhint="send"
      required
      @keydown=${onKeyDown}
    ></textarea>
    ${isAnswering ? renderStop(isStopping, actions) : nothing}
    <button class="round send" type="submit" aria-label=${strings.send}>${renderIcon("send")}</button>
  </form>`;
}

function renderStop(isStopping: boolean, actions: ComposerActions): TemplateResult {
  const label = isStopping ? strings.stopping : strings.stop;
  const stop = (event: Event): void => {
    actions.stop();
    const { form } = event.currentTarget as HTMLButtonElement;
    (form?.elements.namedItem("message") as HTMLElement | null)?.focus();
  };
  return html`<button class="round stop" type="button" aria-label=${label} ?disabled=${isStopping} @click=${stop}>
    ${renderIcon("stop")}
  </button>`;
}
