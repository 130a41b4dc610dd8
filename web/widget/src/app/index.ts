/**
 * The part of the widget that is loaded when the chat is opened first.
 *
 * @module
 */

import type { Panel, PanelHost } from "../panel-host.ts";
import { loadLocale } from "../strings/load.ts";
import { WidgetView } from "./widget-view.ts";

/** Create the panel of a chat in a container. */
export async function createPanel(container: HTMLElement, host: PanelHost): Promise<Panel> {
  const panel = new WidgetView(host, await loadLocale(host.language, host.texts));
  await panel.load();
  container.replaceChildren(panel.element);
  return panel;
}
