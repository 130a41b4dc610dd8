/**
 * The fields for the answers that a bot asks for. All others, and types that this version does not know, are texts.
 *
 * @module
 */

import type { Texts } from "../strings/texts.ts";

export interface Input {
  /** The `type` of the element. */
  readonly type: string;
  readonly label: keyof Texts;
  readonly mode?: string;
  readonly autocomplete?: string;
}

const NUMBER: Input = { type: "number", label: "inputNumber", mode: "decimal" };

const INPUTS: Readonly<Record<string, Input>> = {
  password: { type: "password", label: "inputPassword" },
  email: { type: "email", label: "inputEmail", autocomplete: "email" },
  date: { type: "date", label: "inputDate" },
  time: { type: "time", label: "inputTime" },
  number: NUMBER,
  integer: { ...NUMBER, mode: "numeric" },
  money: { ...NUMBER, type: "text" },
  phone: { type: "tel", label: "inputPhone", autocomplete: "tel" },
  url: { type: "url", label: "inputUrl", autocomplete: "url" },
};

/** Return the field for an answer; `null` for a text. */
export function getInput(type: string | undefined): Input | null {
  return type !== undefined && Object.hasOwn(INPUTS, type) ? (INPUTS[type] ?? null) : null;
}
