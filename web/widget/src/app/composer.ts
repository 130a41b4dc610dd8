/**
 * The field for a message, and the buttons that send it, attach files and stop an answer.
 *
 * @module
 */

import { type TemplateResult, html, nothing } from "lit/html.js";
import type { Texts } from "../strings/texts.ts";
import { MAX_LENGTH } from "./chat-session.ts";
import { renderIcon } from "./icon.ts";
import type { Input } from "./inputs.ts";

export interface ComposerState {
  readonly texts: Texts;
  readonly isAnswering: boolean;
  readonly isStopping: boolean;
  /** The field for the answer that the bot asks for; `null` for a text. */
  readonly input: Input | null;
  readonly isAttaching: boolean;
  /** Whether there are files to send: then the text may be empty. */
  readonly hasFiles: boolean;
  /** @returns Whether it is sent now; otherwise it stays in the field. */
  send(text: string): boolean;
  stop(): void;
  /** The user has typed. */
  keep(text: string): void;
  attach(): void;
  /** The user wants to write a text instead of what the bot asks for. */
  writeText(): void;
}

/** Return the template of the composer. */
export function renderComposer(state: ComposerState): TemplateResult {
  const { input, texts } = state;
  const submit = (event: Event): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const field = form.elements.namedItem("message") as HTMLInputElement | HTMLTextAreaElement;
    const { value } = field;
    field.focus();
    if ((value.trim() === "" && !state.hasFiles) || !state.send(value)) return;
    field.value = "";
    if (input === null) state.keep("");
  };
  return html`<form class="composer" @submit=${submit}>
    ${input === null ? renderAttach(state) : renderWriteText(state)}
    ${input === null ? renderText(state) : renderInput(input, state)}
    ${state.isAnswering ? renderStop(state) : nothing}
    <button class="round send" type="submit" aria-label=${texts.send}>${renderIcon("send")}</button>
  </form>`;
}

function renderText({ hasFiles, texts, keep }: ComposerState): TemplateResult {
  const onKeyDown = (event: KeyboardEvent): void => {
    // Enter also ends the composition of a character.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    (event.currentTarget as HTMLTextAreaElement).form?.requestSubmit();
  };
  return html`<textarea
    name="message"
    rows="1"
    dir="auto"
    aria-label=${texts.message}
    placeholder=${texts.placeholder}
    maxlength=${MAX_LENGTH}
    autocomplete="off"
    enterkeyhint="send"
    ?required=${!hasFiles}
    @keydown=${onKeyDown}
    @input=${({ currentTarget }: Event) => keep((currentTarget as HTMLTextAreaElement).value)}
  ></textarea>`;
}

function renderInput({ autocomplete = "off", label, mode, type }: Input, { hasFiles, texts }: ComposerState): TemplateResult {
  return html`<input
    name="message"
    type=${type}
    step="any"
    dir=${type === "password" ? nothing : "auto"}
    aria-label=${texts[label]}
    placeholder=${texts[label]}
    inputmode=${mode ?? nothing}
    maxlength=${MAX_LENGTH}
    autocomplete=${autocomplete}
    enterkeyhint="send"
    ?required=${!hasFiles}
  />`;
}

function renderAttach({ isAttaching, texts, attach }: ComposerState): TemplateResult {
  return html`<button class="plain" type="button" aria-label=${texts.attach} aria-expanded=${isAttaching} @click=${attach}>
    ${renderIcon("attach")}
  </button>`;
}

function renderWriteText({ texts, writeText }: ComposerState): TemplateResult {
  return html`<button class="plain" type="button" title=${texts.writeText} aria-label=${texts.writeText} @click=${writeText}>
    ${renderIcon("text")}
  </button>`;
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
