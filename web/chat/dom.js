// @ts-check

/**
 * Get an element that the page must have.
 *
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function getById(id, type) {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`The page has no ${type.name} #${id}.`);
  return element;
}

/**
 * Create an element. Strings become text, never markup.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function createElement(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * Create an icon.
 *
 * @param {string} name The id of a symbol in the page, without `icon-`.
 */
export function createIcon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.classList.add("icon");
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

/**
 * Replace the children of an element without moving those that stay: a screen reader would read a moved element again,
 * and it would lose the focus.
 *
 * @param {HTMLElement} parent
 * @param {HTMLElement[]} children
 */
export function updateChildren(parent, children) {
  const remaining = new Set(children);
  for (const child of [...parent.children]) if (!remaining.has(/** @type {HTMLElement} */ (child))) child.remove();
  let next = parent.firstElementChild;
  for (const child of children) {
    if (child === next) next = next.nextElementSibling;
    else parent.insertBefore(child, next);
  }
}

/**
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Enclose a text of a user or bot for use within a sentence of the page, so that its direction does not change the order
 * of the other words (Unicode FIRST STRONG ISOLATE). Where a text has an element of its own, `dir="auto"` does this.
 *
 * @param {string} text
 */
export const isolate = (text) => `\u2068${text}\u2069`;
