/**
 * Dialogs: a title for a conversation, and a question before everything is deleted.
 *
 * @module
 */

import { type TemplateResult, html } from "lit/html.js";
import type { Texts } from "../texts/index.ts";

/** Longest title, in characters. */
const MAX_TITLE_LENGTH = 100;

/** Return the template of the dialog in which a conversation gets a title. */
export function renderRenameDialog(title: string, botName: string, texts: Texts, onSave: (title: string) => void): TemplateResult {
  const submit = (event: SubmitEvent): void => {
    const form = event.currentTarget as HTMLFormElement;
    if (event.submitter?.getAttribute("value") !== "save") return;
    onSave((form.elements.namedItem("title") as HTMLInputElement).value.trim());
  };
  return html`<dialog id="rename-dialog" aria-labelledby="rename-title">
    <form method="dialog" @submit=${submit}>
      <h2 id="rename-title">${texts.rename}</h2>
      <label class="field">
        <span>${texts.title}</span>
        <input
          name="title"
          dir="auto"
          maxlength=${MAX_TITLE_LENGTH}
          autocomplete="off"
          placeholder=${botName}
          aria-describedby="rename-hint"
          .value=${title}
        />
      </label>
      <p class="hint" id="rename-hint">${texts.titleHint}</p>
      <div class="dialog-buttons">
        <button class="secondary-button" value="cancel" formnovalidate type="button" @click=${closeDialog}>${texts.cancel}</button>
        <button class="primary-button" value="save">${texts.save}</button>
      </div>
    </form>
  </dialog>`;
}

/** Return the template of the question before everything of the user is deleted. */
export function renderEraseDialog(texts: Texts, onErase: () => void): TemplateResult {
  const submit = ({ submitter }: SubmitEvent): void => {
    if (submitter?.getAttribute("value") === "erase") onErase();
  };
  return html`<dialog id="erase-dialog" role="alertdialog" aria-labelledby="erase-title" aria-describedby="erase-text">
    <form method="dialog" @submit=${submit}>
      <h2 id="erase-title">${texts.eraseTitle}</h2>
      <p id="erase-text">${texts.eraseText}</p>
      <div class="dialog-buttons">
        <button class="secondary-button" type="button" @click=${closeDialog}>${texts.cancel}</button>
        <button class="danger-button" value="erase">${texts.erase}</button>
      </div>
    </form>
  </dialog>`;
}

const closeDialog = (event: Event): void => (event.currentTarget as Element).closest("dialog")?.close();
