/**
 * The loader: defines the custom element `<gb-chat>`. The rest of the widget is loaded when the chat is opened first.
 *
 * @module
 */

import { ChatElement } from "./chat-element.ts";

// A page may contain the script twice.
if (customElements.get("gb-chat") === undefined) customElements.define("gb-chat", ChatElement);
