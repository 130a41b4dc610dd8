/**
 * An app that uses the AI SDK's own chat with our transport, controlled by a test: it reads commands and writes events,
 * one line of JSON each.
 */

import { createInterface } from "node:readline";
import { ConversationsChatTransport, toUIMessages } from "../../web/client/dist/ai-sdk.js";
import { ConversationsClient, MemoryStorage } from "../../web/client/dist/index.js";
import { AbstractChat } from "../../web/client/node_modules/ai/dist/index.js";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { token, conversation: id, ...options } = JSON.parse((await lines.next()).value);
const storage = new MemoryStorage();

/** The state that `useChat` keeps. */
class State {
  status = "ready";
  error = undefined;

  constructor(messages) {
    this.messages = messages;
  }

  pushMessage = (message) => void (this.messages = [...this.messages, structuredClone(message)]);
  popMessage = () => void (this.messages = this.messages.slice(0, -1));
  replaceMessage = (index, message) => void (this.messages = this.messages.with(index, structuredClone(message)));
  snapshot = (thing) => structuredClone(thing);
}

class Chat extends AbstractChat {
  constructor({ messages, ...init }) {
    super({ ...init, state: new State(messages) });
  }
}

let client;
let chat;

const commands = {
  send: (text) => chat.sendMessage({ text }),
  stop: () => chat.stop(),
  show: () => report("shown", { loading: isLoading(), texts: chat.messages.map(({ role, parts }) => [role, join(parts)]) }),
  /** Do what a page does that is loaded again: show the history and continue the answer. */
  async reload() {
    client.close();
    await open();
    void chat.resumeStream();
  },
};

await open();
for await (const line of lines) {
  const [command, value] = JSON.parse(line);
  void commands[command](value);
}
client.close();
process.exit();

async function open() {
  client = new ConversationsClient({ ...options, storage, token: () => Promise.resolve(token) });
  client.connect();
  const conversation = client.conversation(id);
  await new Promise((resolve) => conversation.on("status", (status) => status === "live" && resolve()));
  const messages = toUIMessages(conversation.messages);
  const transport = new ConversationsChatTransport(client);
  chat = new Chat({ id, messages, transport, onError: (error) => report("error", error.message) });
  report("opened", messages.length);
}

function isLoading() {
  return chat.status === "submitted" || chat.status === "streaming";
}

function join(parts) {
  return parts.flatMap((part) => (part.type === "text" ? part.text : [])).join("|");
}

function report(event, value) {
  console.log(JSON.stringify({ event, value }));
}
