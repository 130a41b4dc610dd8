/**
 * Text that is valid Unicode.
 *
 * @module
 */

/**
 * Return a copy of a JSON value in which U+FFFD replaces each half of a surrogate pair. Such a half remains when an app
 * cuts a text in the middle of an emoji; UTF-8 cannot represent it.
 */
export function toWellFormed<T>(value: T): T {
  const json = JSON.stringify(value, (_name, item: unknown) => (typeof item === "string" ? item.toWellFormed() : item));
  return JSON.parse(json) as T;
}
