import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { type Conversation } from "../src/index.ts";
import { assertMatchesServer, listTexts, openAsVisitor } from "./client-helpers.ts";
import { FakeServer } from "./server.ts";

let server: FakeServer;

beforeEach(() => {
  server = new FakeServer();
});

test("a visitor who reloads the page returns to the same conversation", async () => {
  const before = await openAsVisitor(server);
  server.postMessage(before.key, "Welcome");
  before.conversation.send("Hello");
  await server.clock.advance(0);
  server.postMessage(before.key, "Hi");
  before.client.close();
  server.postMessage(before.key, "Still there?");

  const after = await openAsVisitor(server, before.storage);

  assert.equal(after.key, before.key);
  assert.deepEqual(listTexts(after.conversation), ["Welcome", "Hello", "Hi", "Still there?"]);
});

test("a visitor who returns after the session expired gets a new conversation, with the unsent messages", async () => {
  const before = await openAsVisitor(server);
  server.postMessage(before.key, "Welcome");
  before.client.close();
  await server.clock.advance(30 * 60_000);
  const client = server.createVisitorClient({ storage: before.storage });
  const old = client.conversation();
  const replaced: Conversation[] = [];
  client.on("conversation", (conversation) => replaced.push(conversation));
  old.send("Late");

  client.connect();
  await server.clock.advance(0);

  assert.equal(old.endReason, "expired");
  assert.deepEqual(listTexts(old), ["Welcome"]);
  assert.equal(replaced.length, 1);
  assert.equal(replaced[0], client.conversation());
  assert.deepEqual(listTexts(client.conversation()), ["Late"]);
  assert.equal(server.listMessages(before.key).length, 1);
  assert.equal(server.sockets.at(-1)?.url.searchParams.has("session_token"), false);
});

test("an expired session ends the conversation, and the next connection starts another", async () => {
  const { client, conversation, key } = await openAsVisitor(server);

  server.socket.deliver({ type: "status", status: "expired", session_id: `session-${key}` });

  assert.equal(conversation.endReason, "expired");
  assert.equal(client.state, "closed");
  assert.throws(() => conversation.send("Too late"));
  client.connect();
  await server.clock.advance(0);
  assert.notEqual(client.conversation().id, conversation.id);
});

test("a message sent to an expired session is delivered in the next one", async () => {
  const { client, conversation, key } = await openAsVisitor(server);
  server.overrideAnswer = (frame) =>
    frame.type === "message" && frame.session_id === `session-${key}`
      ? { type: "status", status: "expired", session_id: frame.session_id }
      : null;

  conversation.send("Still there?");
  await server.clock.advance(1_000);

  assert.deepEqual(client.conversation().messages.map(({ content, delivery }) => [content, delivery]), [
    ["Still there?", "delivered"],
  ]);
});

test("a token that the server no longer knows is dropped after two failed handshakes", async () => {
  const { client, conversation } = await openAsVisitor(server);
  server.visitorTokens.clear();
  server.disconnect();

  await server.clock.advance(30_000);

  assert.equal(client.state, "open");
  assert.equal(conversation.endReason, "expired");
});

test("a token is not dropped while there are too many visitors", async () => {
  const { client, conversation, key } = await openAsVisitor(server);
  server.rejectsHandshake = () => true;
  server.disconnect();
  await server.clock.advance(60_000);

  server.rejectsHandshake = (url) => !url.searchParams.has("session_token");
  await server.clock.advance(60_000);

  assert.equal(client.state, "open");
  assert.equal(conversation.status, "live");
  assert.equal(conversation.id, `conv-${key}`);
});

test("claim transfers the conversation with its unsent messages, each sent once", async () => {
  const visitor = await openAsVisitor(server);
  server.postMessage(visitor.key, "Welcome");
  visitor.conversation.send("Hello");
  await server.clock.advance(0);
  server.countDeliveries = (frame) => (frame["status"] === "delivered" ? 0 : 1);
  visitor.conversation.send("Stored, but not acknowledged");
  visitor.conversation.send("Not even sent");
  await server.clock.advance(0);
  visitor.client.close();
  server.countDeliveries = () => 1;

  const client = server.createUserClient({ storage: visitor.storage });
  client.connect();
  await server.clock.advance(0);
  const conversation = await client.claim();
  await server.clock.advance(1_000);

  assert.ok(conversation !== null);
  assert.equal(conversation.id, `conv-${visitor.key}`);
  assert.deepEqual(listTexts(conversation), ["Welcome", "Hello", "Stored, but not acknowledged", "Not even sent"]);
  assertMatchesServer(server, conversation, visitor.key);
  assert.deepEqual(
    server.listReceivedMessages().map(({ content }) => content),
    ["Hello", "Stored, but not acknowledged", "Not even sent"],
  );
  assert.equal(await client.claim(), null);
});

test("claim returns null when the server rejects the session token", async () => {
  const { client: visitor, storage } = await openAsVisitor(server);
  visitor.close();
  server.supportsClaim = false;

  const client = server.createUserClient({ storage });

  assert.equal(await client.claim(), null);
  assert.equal(server.createVisitorClient({ storage }).conversation().id, null);
});

test("claim can be repeated after a network error", async () => {
  const { client: visitor, storage, key } = await openAsVisitor(server);
  visitor.close();
  const client = server.createUserClient({ storage });
  server.isUp = false;
  await assert.rejects(client.claim());
  server.isUp = true;

  assert.equal((await client.claim())?.id, `conv-${key}`);
});

test("a visitor's conversation ends when it is claimed", async () => {
  const { client, conversation, key } = await openAsVisitor(server);

  server.socket.deliver({ type: "status", status: "claimed", session_id: `session-${key}` });

  assert.equal(conversation.endReason, "claimed");
  assert.equal(client.state, "closed");
});

test("a visitor asks for a bot by its id, and for the default one by none", async () => {
  for (const [options, expected] of [[{ botId: "shop" }, "shop"], [{}, null]] as const) {
    server.createVisitorClient(options).connect();
    await server.clock.advance(0);

    assert.equal(server.sockets.at(-1)?.url.searchParams.get("bot_id"), expected);
  }
});
