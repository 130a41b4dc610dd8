/**
 * The buttons of a message: copy it, and rate an answer.
 *
 * @module
 */

import { type TemplateResult, html, nothing } from "lit/html.js";
import type { Entry } from "../../../client/src/entry.ts";
import type { Rating } from "../../../client/src/protocol.ts";
import { type IconName, renderIcon } from "./icon.ts";
import type { LogContext } from "./message.ts";

/** How long a button shows that it has copied. */
const DONE_MS = 1_500;

/** Return the template of the buttons of a message that is stored. */
export function renderTools(entry: Entry, context: LogContext): TemplateResult | typeof nothing {
  const { id, content, isSecret, rating, sender, streaming } = entry;
  if (id === undefined || streaming || isSecret) return nothing;
  const { texts } = context.locale;
  const rate = (value: Rating, label: string): TemplateResult => {
    const isPressed = rating === value;
    const onClick = (): void => context.rate(id, isPressed ? null : value);
    return renderTool("thumb", label, `tool ${value}`, onClick, String(isPressed) as "true" | "false");
  };
  return html`<span class="tools">
    ${renderTool("copy", texts.copy, "tool", (button) => context.copy(content, button))}
    ${sender === "bot" ? html`${rate("up", texts.good)}${rate("down", texts.bad)}` : nothing}
  </span>`;
}

function renderTool(
  icon: IconName,
  label: string,
  classes: string,
  onClick: (button: HTMLElement) => void,
  pressed: "true" | "false" | typeof nothing = nothing,
): TemplateResult {
  return html`<button
    class=${classes}
    type="button"
    title=${label}
    aria-label=${label}
    aria-pressed=${pressed}
    @click=${({ currentTarget }: Event) => onClick(currentTarget as HTMLElement)}
  >
    ${renderIcon(icon)}
  </button>`;
}

/**
 * Copy a text, and show that in the button.
 *
 * @returns Whether the browser has allowed it.
 */
export async function copyText(text: string, button: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    return false;
  }
  button.classList.add("done");
  setTimeout(() => button.classList.remove("done"), DONE_MS);
  return true;
}
