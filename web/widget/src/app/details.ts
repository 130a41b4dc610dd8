/**
 * The form before the chat: the name and the e-mail address of the visitor.
 *
 * @module
 */

import { type TemplateResult, html } from "lit/html.js";
import type { Question } from "../options.ts";
import { strings } from "../strings.ts";

export type Details = Readonly<Partial<Record<Question, string>>>;

/** The fields; an e-mail address has at most 254 characters (RFC 5321). */
const FIELDS = {
  name: { type: "text", autocomplete: "name", maxlength: 100 },
  email: { type: "email", autocomplete: "email", maxlength: 254 },
} as const;

/** Return the answers as a message for the bot. */
export function formatDetails({ name, email }: Details): string {
  return [name && strings.myName(name), email && strings.myEmail(email)].filter(Boolean).join(" ");
}

/** Return the template of the form. */
export function renderDetails(questions: readonly Question[], onSubmit: (details: Details) => void): TemplateResult {
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    const answers = questions.map((question) => [question, String(data.get(question) ?? "").trim()] as const);
    onSubmit(Object.fromEntries(answers));
  };
  return html`<form class="details" @submit=${submit}>
    <p class="details-title">${strings.detailsTitle}</p>
    ${questions.map((question) => renderField(question))}
    <button class="primary" type="submit">${strings.start}</button>
  </form>`;
}

function renderField(question: Question): TemplateResult {
  const { type, autocomplete, maxlength } = FIELDS[question];
  return html`<label class="field">
    <span>${strings[question]}</span>
    <input
      name=${question}
      type=${type}
      autocomplete=${autocomplete}
      maxlength=${maxlength}
      pattern=".*\\S.*"
      dir="auto"
      required
    />
  </label>`;
}
