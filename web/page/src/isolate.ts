/**
 * Texts of users and bots within sentences of the page.
 *
 * @module
 */

/**
 * Enclose a text, so that its direction does not change the order of the other words (Unicode FIRST STRONG ISOLATE).
 * Where a text has an element of its own, `dir="auto"` does this.
 */
export const isolate = (text: string): string => `\u2068${text}\u2069`;
