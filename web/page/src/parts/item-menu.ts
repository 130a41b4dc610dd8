/**
 * The menu of a conversation in the list. There is one, for the conversation whose button was pressed last.
 *
 * @module
 */

import { type TemplateResult, html } from "lit/html.js";
import type { Item } from "../list/conversation-list.ts";
import type { Texts } from "../texts/index.ts";

export interface ItemMenuActions {
  rename(item: Item): void;
  toggleArchived(item: Item): void;
  delete(item: Item): void;
}

/** Return the template of the menu. */
export function renderItemMenu(item: Item | null, texts: Texts, actions: ItemMenuActions): TemplateResult {
  const choose = (event: Event, action: (item: Item) => void): void => {
    (event.currentTarget as Element).closest<HTMLElement>("[popover]")?.hidePopover();
    if (item !== null) action(item);
  };
  const entries: readonly (readonly [string, (item: Item) => void])[] = [
    [texts.rename, actions.rename],
    [item?.status === "archived" ? texts.reopen : texts.archive, actions.toggleArchived],
    [texts.delete, actions.delete],
  ];
  return html`<div class="menu" id="item-menu" popover>
    <ul>
      ${entries.map(
        ([label, action]) => html`<li>
          <button type="button" class="menu-item" @click=${(event: Event) => choose(event, action)}>${label}</button>
        </li>`,
      )}
    </ul>
  </div>`;
}
