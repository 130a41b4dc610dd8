/** Ratings, inputs, titles, archives and deletions, on this device and on others. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { type ConversationChange, type Conversation } from "../src/index.ts";
import { openAsUser, openAsVisitor } from "./client-helpers.ts";
import { FakeServer } from "./server.ts";

let server: FakeServer;

beforeEach(() => {
  server = new FakeServer();
});

const listRatings = ({ messages }: Conversation): unknown[] => messages.map(({ rating }) => rating);

for (const [kind, open] of [["user", openAsUser], ["visitor", openAsVisitor]] as const) {
  test(`a ${kind} rates a message, changes the rating and removes it`, async () => {
    const { conversation, key } = await open(server);
    const { id } = server.postMessage(key, "Hi");
    const ratings: unknown[] = [];
    for (const rating of ["up", "down", null] as const) {
      await conversation.rate(id, rating);
      await server.clock.advance(0);
      ratings.push(...listRatings(conversation), server.messages[0]?.rating);
    }
    assert.deepEqual(ratings, ["up", "up", "down", "down", undefined, undefined]);
  });
}

test("the input of the last message is over when the user answers, here or elsewhere, and there again after a reload", async () => {
  const { conversation, key, client, storage } = await openAsVisitor(server);
  server.postMessage(key, "When?", { input: { type: "date" } });
  assert.deepEqual([conversation.input, conversation.messages[0]?.input], [{ type: "date" }, { type: "date" }]);
  client.close();

  const after = (await openAsVisitor(server, storage)).conversation;
  assert.deepEqual(after.input, { type: "date" });
  after.send("Tomorrow");
  assert.equal(after.input, undefined);
  await server.clock.advance(0);
  assert.equal(after.input, undefined);
});

test("an input without a message is over after the next message", async () => {
  const { conversation, key } = await openAsUser(server);
  conversation.send("Ada");
  await server.clock.advance(0);

  server.broadcast({ type: "suggestion", session_id: `session-${key}`, suggestions: [], input: { type: "password" } });
  assert.deepEqual(conversation.input, { type: "password" });
  server.postMessage(key, "Welcome.");
  assert.equal(conversation.input, undefined);
});

const MORE = { suggestions: [{ text: "More", value: "more" }] };

for (const [kind, open] of [["user", openAsUser], ["visitor", openAsVisitor]] as const) {
  test(`quick replies of a message are shown to a ${kind} until the answer, and not again when it arrives again`, async () => {
    const { conversation, key } = await open(server);
    const shown: string[][] = [];
    conversation.on("suggestions", (suggestions) => shown.push(suggestions.map(({ text }) => text)));

    const message = server.postMessage(key, "It is free.", MORE);
    conversation.send("more");
    await server.clock.advance(0);
    server.rebroadcast(message);

    assert.deepEqual(shown, [["More"], []]);
    assert.deepEqual(conversation.suggestions, []);
  });
}

test("quick replies without a message are shown until the answer", async () => {
  const { conversation, key } = await openAsUser(server);
  const shown: string[][] = [];
  conversation.on("suggestions", (suggestions) => shown.push(suggestions.map(({ text }) => text)));
  server.postMessage(key, "It is free.");

  server.broadcast({ type: "suggestion", session_id: `session-${key}`, ...MORE });
  server.postMessage(key, "Really.", { sender: "user" });

  assert.deepEqual(shown, [["More"], []]);
});

test("quick replies are there again after a reload, and those of an earlier message are not", async () => {
  const before = await openAsVisitor(server);
  server.postMessage(before.key, "Red or blue?", { suggestions: [{ text: "Red", value: "red" }] });
  server.postMessage(before.key, "It is free.", MORE);
  before.client.close();

  const { conversation } = await openAsVisitor(server, before.storage);

  assert.deepEqual(conversation.suggestions, MORE.suggestions);
});

test("another device sees the rating at once, and one that opens the conversation later in its history", async () => {
  const { conversation, key } = await openAsUser(server);
  const { id } = server.postMessage(key, "Hi");
  const other = await openAsUser(server, key);
  await conversation.rate(id, "up");
  const later = await openAsUser(server, key);
  assert.deepEqual([other, later].map((opened) => listRatings(opened.conversation)), [["up"], ["up"]]);
});

test("a visitor's rating survives a reload", async () => {
  const before = await openAsVisitor(server);
  const { id } = server.postMessage(before.key, "Hi");
  await before.conversation.rate(id, "down");
  await server.clock.advance(0);
  before.client.close();
  const after = await openAsVisitor(server, before.storage);
  assert.deepEqual(listRatings(after.conversation), ["down"]);
});

test("a refused rating throws and changes nothing", async () => {
  const { conversation, key } = await openAsUser(server);
  const { id } = server.postMessage(key, "Hi");
  server.overrideResponse = () => Response.json({ error: "rate_limited", detail: "No." }, { status: 429 });
  await assert.rejects(conversation.rate(id, "up"), { error: "rate_limited" });
  assert.deepEqual(listRatings(conversation), [undefined]);
});

test("a visitor who is not connected cannot rate", async () => {
  const { client, conversation, key } = await openAsVisitor(server);
  const { id } = server.postMessage(key, "Hi");
  client.close();
  await assert.rejects(conversation.rate(id, "up"), /reached/);
});

test("all devices learn of a new title, and of its removal", async () => {
  const { client, conversation, key } = await openAsUser(server);
  const other = await openAsUser(server, key);
  const changes: ConversationChange[] = [];
  for (const each of [client, other.client]) each.on("conversationChange", (change) => changes.push(change));
  await conversation.rename("My order");
  await conversation.rename("");
  const conversationId = `conv-${key}`;
  const [named, unnamed] = ["My order", ""].map((title) => ({ conversationId, status: "renamed", title }));
  assert.deepEqual(changes, [named, named, unnamed, unnamed]);
});

test("a conversation is deleted by a request that outlives the page", async () => {
  const key = server.createConversation();
  const keepalives: unknown[] = [];
  const client = server.createUserClient({
    platform: {
      ...server.platform,
      fetch: (url, init) => {
        keepalives.push(init.keepalive);
        return server.platform.fetch(url, init);
      },
    },
  });
  await client.api.deleteConversation(`conv-${key}`);
  assert.deepEqual([server.deletedKeys.has(key), keepalives], [true, [true]]);
});
