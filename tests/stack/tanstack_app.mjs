/**
 * An app that uses TanStack AI's own client over the WebSocket, controlled by a test: it reads commands and writes
 * events, one line of JSON each.
 */

import { createInterface } from "node:readline";
import { ChatClient, webSocket } from "../../web/client/node_modules/@tanstack/ai-client/dist/esm/index.js";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { wsUrl, token, botId, threadId, kept = [] } = JSON.parse((await lines.next()).value);
const stored = new Map(kept);
const storage = {
  getItem: (key) => stored.get(key) ?? null,
  setItem: (key, value) => void stored.set(key, value),
  removeItem: (key) => void stored.delete(key),
};
let session = "";
const bot = botId ? `&bot_id=${botId}` : "";
const client = new ChatClient({
  connection: webSocket(() => `${wsUrl}?format=ag-ui${bot}${session && `&session_token=${session}`}`, {
    ...(token && { protocols: ["bearer", token] }),
    reconnect: { maxAttempts: 200, delayMs: 100 },
  }),
  threadId,
  persistence: storage,
  onChunk: (chunk) => report("chunk", chunk.type),
  onError(error) {
    report("error", error.message);
    report("cause", String(error.cause?.message ?? error.cause));
  },
  onCustomEvent(name, value) {
    if (name === "session") session = value.session_token;
    report("custom", name);
  },
});
client.attach();

const commands = {
  send: (text) => client.sendMessage(text),
  stop: () => client.stop(),
  answer: (payload) => client.getInterrupts()[0].resolveInterrupt(payload),
  show: () => report("shown", show()),
  /** What a page still has after a reload. */
  keep: () => report("kept", [...stored]),
};

for await (const line of lines) {
  const [command, value] = JSON.parse(line);
  Promise.resolve(commands[command](value)).catch((error) => report("failed", String(error)));
}
process.exit();

function show() {
  return {
    texts: listTexts(),
    loading: client.getIsLoading(),
    status: client.getStatus(),
    interrupts: client.getInterrupts().map(({ id, message }) => ({ id, message })),
  };
}

function listTexts() {
  return client.getMessages().map(({ role, parts }) => [role, parts.map((part) => part.content ?? "").join("")]);
}

function report(event, value) {
  console.log(JSON.stringify({ event, value }));
}
