/** Where messages that were not sent stand in the conversation, above all after the page is reloaded. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { MemoryStorage } from "../src/index.ts";
import { type OpenedClient, listTexts, openAsUser, openAsVisitor } from "./client-helpers.ts";
import { FakeServer } from "./server.ts";

let server: FakeServer;
let storage: MemoryStorage;

beforeEach(() => {
  server = new FakeServer();
  storage = new MemoryStorage();
});

const openUser = (key: string): Promise<OpenedClient> => openAsUser(server, key, server.createUserClient({ storage }));

/** Refuse every message, as the server does for an archived conversation. */
function refuseMessages(): void {
  server.overrideAnswer = (frame) =>
    frame.type === "message"
      ? { type: "error", error: "conflict", message: "Archived.", client_message_id: frame.client_message_id }
      : null;
}

test("a failed message keeps its position after a reload", async () => {
  const key = server.createConversation();
  server.postMessage(key, "Welcome");
  const before = await openUser(key);
  refuseMessages();
  before.conversation.send("Not sent");
  await server.clock.advance(0);
  server.postMessage(key, "Later");
  before.client.close();

  const after = await openUser(key);

  assert.deepEqual(listTexts(after.conversation), ["Welcome", "Not sent", "Later"]);
});

test("a failed message of a visitor keeps its position after a reload", async () => {
  const before = await openAsVisitor(server, storage);
  server.postMessage(before.key, "Welcome");
  refuseMessages();
  before.conversation.send("Not sent");
  await server.clock.advance(0);
  server.postMessage(before.key, "Later");
  before.client.close();

  const after = await openAsVisitor(server, storage);

  assert.deepEqual(listTexts(after.conversation), ["Welcome", "Not sent", "Later"]);
});

test("a failed message of a visitor keeps its position when a user claims the conversation", async () => {
  const visitor = await openAsVisitor(server, storage);
  server.postMessage(visitor.key, "Welcome");
  refuseMessages();
  visitor.conversation.send("Not sent");
  await server.clock.advance(0);
  server.postMessage(visitor.key, "Later");
  visitor.client.close();

  const client = server.createUserClient({ storage });
  const conversation = await client.claim();
  client.connect();
  await server.clock.advance(0);

  assert.ok(conversation !== null);
  assert.deepEqual(listTexts(conversation), ["Welcome", "Not sent", "Later"]);
});

test("a message that is still being sent stays at the end after a reload", async () => {
  const key = server.createConversation();
  server.postMessage(key, "Welcome");
  const before = await openUser(key);
  server.dropsFrame = ({ type }) => type === "message";
  before.conversation.send("Sending");
  await server.clock.advance(0);
  before.client.close();

  const after = await openUser(key);

  assert.deepEqual(listTexts(after.conversation), ["Welcome", "Sending"]);
});

test("messages written before the conversation was loaded are at the end, also after a reload", async () => {
  const key = server.createConversation();
  server.postMessage(key, "Welcome");
  server.isUp = false;
  const before = await openUser(key);
  before.conversation.send("First");
  server.isUp = true;
  refuseMessages();
  await server.clock.advance(60_000);
  before.conversation.send("Second");
  await server.clock.advance(0);
  server.postMessage(key, "Later");
  assert.deepEqual(listTexts(before.conversation), ["Welcome", "First", "Second", "Later"]);
  before.client.close();

  const after = await openUser(key);

  assert.deepEqual(listTexts(after.conversation), ["Welcome", "First", "Second", "Later"]);
});

test("a message that an earlier version has stored without a position is at the end", async () => {
  const key = server.createConversation();
  server.postMessage(key, "Welcome");
  const message = { clientMessageId: "old", conversation: key, content: "Old", timestamp: "", failure: "conflict" };
  storage.setItem("conversations/user//outbox", JSON.stringify([message]));

  const { conversation } = await openUser(key);

  assert.deepEqual(listTexts(conversation), ["Welcome", "Old"]);
});

test("an unsent message of an expired conversation has no position in the next one", async () => {
  const visitor = await openAsVisitor(server, storage);
  for (const text of ["One", "Two", "Three"]) server.postMessage(visitor.key, text);
  refuseMessages();
  visitor.conversation.send("Not sent");
  await server.clock.advance(0);

  server.socket.deliver({ type: "status", status: "expired", session_id: `session-${visitor.key}` });
  visitor.client.connect();
  await server.clock.advance(0);
  const next = visitor.client.conversation();
  server.postMessage(next.id?.slice("conv-".length) ?? "", "Hello again");

  assert.deepEqual(listTexts(next), ["Not sent", "Hello again"]);
});

test("a secret is sent, and is neither in the messages nor in the storage", async () => {
  const written: string[] = [];
  const setItem = storage.setItem.bind(storage);
  storage.setItem = (name, value) => {
    written.push(value);
    setItem(name, value);
  };
  const { client, conversation, key } = await openAsVisitor(server, storage);
  const activities: string[] = [];
  client.on("activity", ({ content }) => activities.push(content));

  const entry = conversation.send("open sesame", { isSecret: true });
  assert.equal(entry.content, "••••••••");
  await server.clock.advance(0);
  server.postMessage(key, "Thank you");
  await server.clock.advance(0);

  const sent = server.receivedFrames.filter(({ type }) => type === "message");
  assert.equal((sent[0] as { content?: string }).content, "open sesame");
  assert.deepEqual(listTexts(conversation), ["••••••••", "Thank you"]);
  assert.equal(conversation.messages[0]?.delivery, "delivered");
  assert.ok(written.some((value) => value.includes("Thank you")));
  for (const text of [...written, ...activities]) assert.doesNotMatch(text, /sesame/);
});
