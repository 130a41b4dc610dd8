/**
 * Links in messages.
 *
 * @module
 */

const PROTOCOLS: ReadonlySet<string> = new Set(["http:", "https:", "mailto:"]);

/**
 * Return the target of a link as the browser understands it.
 *
 * @returns `null` if it is relative, invalid, or not http, https or mailto.
 */
export function parseLink(target: string): string | null {
  const url = URL.parse(target.trim());
  return url !== null && PROTOCOLS.has(url.protocol) ? url.href : null;
}

/** Make an element a link that opens in another tab, and that tells the other site nothing about the page. */
export function setLink(element: HTMLAnchorElement, href: string): void {
  element.href = href;
  element.target = "_blank";
  element.rel = "noopener noreferrer nofollow";
}
