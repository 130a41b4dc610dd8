/**
 * The conversation view: the log, the notice and the composer, without a launcher. The widget puts it into its frame, and
 * the page at `/` shows it full-size.
 *
 * ```ts
 * const locale = await loadLocale(chooseLanguage([document.documentElement.lang, ...navigator.languages]));
 * const view = createView({ client, conversation: client.conversation(), storage: sessionStorage, locale });
 * document.querySelector("main")?.append(view.element);
 * client.connect();
 * view.show(client.conversation(id)); // another conversation of the same client
 * ```
 *
 * - `view.element` is a flex item (`flex: 1`) and fills its container; it brings its styles in a shadow root, and its
 *   colours come from the `--gb-chat-…` properties and the `color-scheme` of the page.
 * - The view connects, closes and signs out nothing: the client and the conversations belong to the code that created them.
 *   Only `send` calls `connect`, because a conversation may have ended, and an ended one of a visitor is continued by the
 *   next one without a call of `show` (a call with the same one is harmless).
 * - `header`, `cover`, `intro` and `footer` are hooks that return Lit templates. They are called for each drawing: after
 *   each change of the conversation, and after `view.update()`.
 *
 * A bundler needs the plugins of `web/widget/plugins.ts`.
 *
 * @module
 */

import { type View, type ViewOptions } from "./view-types.ts";
import theme from "../theme.css";
import { ChatPanel } from "./panel.ts";

export { chooseLanguage } from "../strings/language.ts";
export { type Locale, loadLocale } from "../strings/load.ts";
export type { Texts } from "../strings/texts.ts";
export type { ConnectionStatus, View, ViewOptions, ViewState } from "./view-types.ts";

/** Create a conversation view; the caller adds its `element` to the document. */
export function createView(options: ViewOptions): View {
  return new ChatPanel({ ...options, styles: theme + (options.styles ?? "") });
}
