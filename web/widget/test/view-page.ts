/**
 * A page with the conversation view of a user whose conversation has 10,000 messages. The server is a fake in the page.
 *
 * @module
 */

import { ConversationsClient } from "../../client/src/client.ts";
import type { Platform, SocketLike } from "../../client/src/platform.ts";
import type { StoredMessage } from "../../client/src/protocol.ts";
import { chooseLanguage, createView, loadLocale } from "../src/app/view.ts";

const COUNT = 10_000;
const ID = "01890a5d-ac96-774b-bcce-b302099a8057";
const START = Date.UTC(2026, 0, 1);
/** Between two messages, so that there are many days. */
const STEP_MS = 40 * 60_000;
const WORDS = "Green tea is brewed with water that is not boiling, for about two minutes. ";

function createMessage(seq: number): StoredMessage {
  return {
    id: `msg-01890a5d-ac96-774b-bcce-${String(seq).padStart(12, "0")}`,
    seq,
    sender: seq % 3 === 0 ? "user" : "bot",
    content: `Message ${seq}. ${WORDS.repeat(seq % 4)}`,
    timestamp: new Date(START + seq * STEP_MS).toISOString(),
  };
}

/** The pages of history that were asked for. */
let pages = 0;

async function answer(url: string): Promise<Response> {
  const { pathname, searchParams } = new URL(url);
  if (pathname.endsWith("/tickets")) return Response.json({ ticket: "ticket" });
  pages += 1;
  const before = searchParams.get("before");
  const end = before === null ? COUNT : Number(before.slice(-12)) - 1;
  const start = Math.max(0, end - Number(searchParams.get("limit")));
  const messages = Array.from({ length: end - start }, (_, index) => createMessage(start + index + 1));
  return Response.json({ messages, has_more: start > 0 });
}

class Socket implements SocketLike {
  readyState = 1;
  onopen: SocketLike["onopen"] = null;
  onmessage: SocketLike["onmessage"] = null;
  onerror: SocketLike["onerror"] = null;
  onclose: SocketLike["onclose"] = null;

  constructor() {
    setTimeout(() => {
      this.onopen?.({} as never);
      this.#emit({ status: "connected", bot_id: "tea", bot_name: "Tea Shop", anonymous: false });
    });
  }

  send(data: string): void {
    if (JSON.parse(data).type === "resume") this.#emit({ status: "resumed", last_seq: COUNT });
  }

  close(): void {
    this.onclose?.({ code: 1000 });
  }

  #emit(frame: object): void {
    this.onmessage?.({ data: JSON.stringify({ type: "status", session_id: `session-${ID}`, ...frame }) });
  }
}

const platform: Partial<Platform> = { openSocket: () => new Socket(), fetch: (url) => answer(url) };
const client = new ConversationsClient({
  apiUrl: `${location.origin}/api`,
  wsUrl: `wss://${location.host}/ws`,
  token: async () => "token",
  platform,
});
const locale = await loadLocale(chooseLanguage([document.documentElement.lang]));
const view = createView({ client, conversation: client.conversation(ID), storage: sessionStorage, locale });
document.body.append(view.element);
client.connect();
Object.assign(window, { view, client, countPages: () => pages });
