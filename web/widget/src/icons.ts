/**
 * Icons: the paths of lines on a square of 24 units.
 *
 * @module
 */

export const ICONS = {
  chat: "M20 11.5a7.5 7.5 0 0 1-7.5 7.5H6l-2.5 2.5v-10A7.5 7.5 0 0 1 11 4h1.5a7.5 7.5 0 0 1 7.5 7.5ZM8.5 11.5h.01M12 11.5h.01M15.5 11.5h.01",
  down: "m6 9.5 6 6 6-6",
} as const;

export type IconName = keyof typeof ICONS;

const NAMESPACE = "http://www.w3.org/2000/svg";

/** Create the element of an icon. */
export function createIcon(name: IconName): SVGSVGElement {
  const icon = document.createElementNS(NAMESPACE, "svg");
  icon.setAttribute("viewBox", "0 0 24 24");
  icon.setAttribute("aria-hidden", "true");
  icon.setAttribute("class", `icon icon-${name}`);
  icon.append(document.createElementNS(NAMESPACE, "path"));
  icon.firstElementChild?.setAttribute("d", ICONS[name]);
  return icon;
}
