/**
 * The texts of the conversation view, and how a value gets into one.
 *
 * @module
 */

import type { en } from "./en.ts";

/** The texts in one language: strings, so that a site can replace any of them. `{0}` stands for a value. */
export type Texts = Readonly<Record<keyof typeof en, string>>;

/** Put a value into a text. */
export const format = (text: string, value: string): string => text.replace("{0}", () => value);
