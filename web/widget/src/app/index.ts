/**
 * The part of the widget that is loaded when the chat is opened first.
 *
 * @module
 */

import type { Panel, PanelHost } from "../panel-host.ts";
import { ChatSession } from "./chat-session.ts";
import { ChatPanel } from "./panel.ts";

/** Create the panel of a chat in a container. */
export function createPanel(container: HTMLElement, host: PanelHost): Panel {
  const session = new ChatSession(host);
  const panel = new ChatPanel(session, host);
  container.replaceChildren(panel.element);
  return {
    connect: () => session.connect(),
    disconnect: () => session.disconnect(),
    send: (text) => session.send(text),
    stop: () => session.stop(),
    activate: (movesFocus) => panel.activate(movesFocus),
  };
}
