/**
 * The keys of the menus, as the menu button pattern of WAI-ARIA has them. A popover itself closes by Escape and gives the
 * focus back to its button.
 *
 * @module
 */

/** Handle a key that was pressed in a menu or on the button of one. */
export function handleMenuKey(event: KeyboardEvent): void {
  const { target } = event;
  if (target instanceof HTMLButtonElement && target.popoverTargetElement !== null) openMenu(event, target);
  else if (target instanceof HTMLElement && target.matches(".menu-item")) moveInMenu(event, target);
}

/** Enter and the arrow keys open the menu, and the focus moves to its first or last item. */
function openMenu(event: KeyboardEvent, button: HTMLButtonElement): void {
  if (!["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) return;
  const menu = button.popoverTargetElement;
  event.preventDefault();
  if (menu?.matches(":popover-open") === false) button.click();
  listItems(menu).at(event.key === "ArrowUp" ? -1 : 0)?.focus();
}

function moveInMenu(event: KeyboardEvent, item: HTMLElement): void {
  const items = listItems(item.closest(".menu"));
  const index = items.indexOf(item);
  const positions = new Map([
    ["ArrowDown", (index + 1) % items.length],
    ["ArrowUp", index - 1],
    ["Home", 0],
    ["End", -1],
  ]);
  const position = positions.get(event.key);
  if (position === undefined) return;
  event.preventDefault();
  items.at(position)?.focus();
}

const listItems = (menu: Element | null): readonly HTMLElement[] => [
  ...(menu?.querySelectorAll<HTMLElement>(".menu-item") ?? []),
];
