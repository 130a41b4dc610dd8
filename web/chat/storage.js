// @ts-check
/**
 * What this tab remembers over a reload. `sessionStorage` only: closing the tab forgets it, and no
 * other tab reads it. A browser that refuses storage gets a page that works until it is reloaded.
 */

/** @returns {Storage | undefined} The storage itself, where the browser gives one. */
export function tabStorage() {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}

/**
 * @template T
 * @param {string} name
 * @returns {T | null}
 */
export function recall(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name) ?? "null");
  } catch {
    return null;
  }
}

/**
 * @param {string} name
 * @param {unknown} value `null` forgets it.
 */
export function remember(name, value) {
  try {
    if (value === null) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, JSON.stringify(value));
  } catch {
    // Storage is full or refused: the page goes on without it.
  }
}
