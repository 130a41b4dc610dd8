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
