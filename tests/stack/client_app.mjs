/**
 * An app on the client, for a test to drive: told what to do in lines of JSON, it says in lines of JSON what happens.
 */

import { createInterface } from "node:readline";
import { ConversationsClient, MemoryStorage } from "../../web/client/dist/index.js";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { token, conversation: id, ...options } = JSON.parse((await lines.next()).value);
const storage = new MemoryStorage();
let client = new ConversationsClient({ ...options, storage, ...(token && { token: () => Promise.resolve(token) }) });
let conversation = client.conversation(id);

const say = (event, value) => console.log(JSON.stringify({ event, value }));

function listen() {
  client.on("state", (state) => say("state", state));
  client.on("problem", (problem) => say("problem", problem));
  conversation.on("status", (status) => say("status", status));
  conversation.on("delivered", ({ content }) => say("delivered", content));
  conversation.on("failed", ({ content, reason }) => say("failed", [content, reason]));
}

const actions = {
  send: (content) => conversation.send(content),
  show: () => say("shown", { id: conversation.id, messages: conversation.messages }),
  /** What a reload does: another client on the same storage. */
  reload() {
    client.close();
    client = new ConversationsClient({ ...options, storage, ...(token && { token: () => Promise.resolve(token) }) });
    conversation = client.conversation(id);
    listen();
    client.connect();
  },
};

listen();
client.connect();
for await (const line of lines) {
  const [action, value] = JSON.parse(line);
  actions[action](value);
}
client.close();
process.exit();
