// @ts-check
/**
 * State that survives a reload, in `sessionStorage`: closing the tab deletes it, and other tabs cannot read it. If the
 * browser denies access, the page works until it is reloaded.
 */

/** @returns {Storage | undefined} The storage, if the browser grants access. */
export function getTabStorage() {
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
export function readItem(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name) ?? "null");
  } catch {
    return null;
  }
}

/**
 * @param {string} name
 * @param {unknown} value `null` removes the item.
 */
export function writeItem(name, value) {
  try {
    if (value === null) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, JSON.stringify(value));
  } catch {
    // The storage is full or access is denied: the state is lost at the next reload.
  }
}
