/**
 * An app that uses the client, controlled by a test: it reads commands and writes events, one line of JSON each.
 */

import { createInterface } from "node:readline";
import { ConversationsClient, MemoryStorage } from "../../web/client/dist/index.js";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { token, conversation: id, ...options } = JSON.parse((await lines.next()).value);
const storage = new MemoryStorage();
let client = createClient();
let conversation = client.conversation(id);

const commands = {
  send: (content) => conversation.send(content),
  show: () => report("shown", { id: conversation.id, messages: conversation.messages }),
  /** Do what a page reload does: create another client on the same storage. */
  reload() {
    client.close();
    client = createClient();
    conversation = client.conversation(id);
    addListeners();
    client.connect();
  },
};

addListeners();
client.connect();
for await (const line of lines) {
  const [command, value] = JSON.parse(line);
  commands[command](value);
}
client.close();
process.exit();

function createClient() {
  return new ConversationsClient({ ...options, storage, ...(token && { token: () => Promise.resolve(token) }) });
}

function addListeners() {
  client.on("state", (state) => report("state", state));
  client.on("problem", (problem) => report("problem", problem));
  conversation.on("status", (status) => report("status", status));
  conversation.on("delivered", ({ content }) => report("delivered", content));
  conversation.on("failed", ({ content, reason }) => report("failed", [content, reason]));
}

function report(event, value) {
  console.log(JSON.stringify({ event, value }));
}
