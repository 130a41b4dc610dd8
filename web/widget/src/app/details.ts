/**
 * The form before the chat: the name and the e-mail address of the visitor. It is loaded only if they are asked for, and
 * gets `html` from its caller: if it imported Lit, Lit would be a file of its own for everyone.
 *
 * @module
 */

import type { TemplateResult, html as litHtml } from "lit/html.js";
import type { Question } from "../options.ts";
import { type DetailsTexts, getDetailsTexts } from "../strings/details.ts";
import type { Locale } from "../strings/load.ts";
import { format } from "../strings/texts.ts";
import styles from "./details.css";

export { styles };

export type Details = Readonly<Partial<Record<Question, string>>>;

/** The fields; an e-mail address has at most 254 characters (RFC 5321). */
const FIELDS = {
  name: { type: "text", autocomplete: "name", maxlength: 100 },
  email: { type: "email", autocomplete: "email", maxlength: 254 },
} as const;

/** Return the answers as a message for the bot. */
export function formatDetails({ name, email }: Details, { language, texts: own }: Locale): string {
  const texts = getDetailsTexts(language, own);
  return [name && format(texts.myName, name), email && format(texts.myEmail, email)].filter(Boolean).join(" ");
}

/** Return the template of the form. */
export function renderDetails(
  html: typeof litHtml,
  questions: readonly Question[],
  { language, texts: own }: Locale,
  onSubmit: (details: Details) => void,
): TemplateResult {
  const texts = getDetailsTexts(language, own);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    const answers = questions.map((question) => [question, String(data.get(question) ?? "").trim()] as const);
    onSubmit(Object.fromEntries(answers));
  };
  return html`<form class="details" @submit=${submit}>
    <p class="details-title">${texts.detailsTitle}</p>
    ${questions.map((question) => renderField(html, question, texts))}
    <button class="primary" type="submit">${texts.start}</button>
  </form>`;
}

function renderField(html: typeof litHtml, question: Question, texts: DetailsTexts): TemplateResult {
  const { type, autocomplete, maxlength } = FIELDS[question];
  return html`<label class="field">
    <span>${texts[question]}</span>
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
