/**
 * What the page asks for by the attributes of the element.
 *
 * @module
 */

/** A question of the form before the chat. */
export type Question = "name" | "email";

export interface Options {
  /** The id of the bot; the default one of the deployment if it is missing. */
  readonly bot: string | undefined;
  readonly apiUrl: string;
  readonly wsUrl: string;
  /** The name in the header; the name of the bot if it is missing. */
  readonly heading: string | undefined;
  /** The URL of an image for the header. */
  readonly logo: string | undefined;
  /** Whether the chat is a part of the page instead of a bubble. */
  readonly isInline: boolean;
  readonly questions: readonly Question[];
  /** Whether a sound announces messages while the chat is hidden. */
  readonly sound: boolean;
  /** Whether the title of the page has the number of messages that arrived while the tab was hidden. */
  readonly titleBadge: boolean;
}

const QUESTIONS: readonly Question[] = ["name", "email"];

/**
 * Read the attributes of an element.
 *
 * @param scriptUrl - The URL of the loader: the API is beside it, unless the attributes name another one.
 */
export function readOptions(element: Element, scriptUrl: string): Options {
  const get = (name: string): string | undefined => element.getAttribute(name)?.trim() || undefined;
  const asked = get("ask")?.split(/[\s,]+/) ?? [];
  return {
    bot: get("bot"),
    apiUrl: get("api-url") ?? new URL("api", scriptUrl).href,
    wsUrl: get("ws-url") ?? new URL("ws", scriptUrl).href.replace(/^http/, "ws"),
    heading: get("heading"),
    logo: get("logo"),
    isInline: element.hasAttribute("inline"),
    questions: QUESTIONS.filter((question) => asked.includes(question)),
    sound: element.hasAttribute("sound"),
    titleBadge: element.hasAttribute("title-badge"),
  };
}
