import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { MemoryStorage, type Problem } from "../src/index.ts";
import { assertMatchesServer, listTexts, openAsUser, openAsVisitor } from "./client-helpers.ts";
import { FakeServer } from "./server.ts";

let server: FakeServer;

beforeEach(() => {
  server = new FakeServer();
});

test("a sent message is shown at once and delivered after the client connects", async () => {
  const client = server.createVisitorClient();
  const conversation = client.conversation();
  const delivered: string[] = [];
  conversation.on("delivered", ({ content }) => delivered.push(content));

  conversation.send("Hello");
  assert.deepEqual(conversation.messages.map(({ delivery }) => delivery), ["sending"]);
  client.connect();
  await server.clock.advance(0);

  assert.deepEqual(conversation.messages.map(({ delivery }) => delivery), ["delivered"]);
  assert.deepEqual(delivered, ["Hello"]);
});

test("a message whose receipt is lost is stored once and shown once", async () => {
  const { conversation, key } = await openAsUser(server);
  server.countDeliveries = (frame) => (frame["status"] === "delivered" ? 0 : 1);
  conversation.send("Once");
  await server.clock.advance(0);
  server.countDeliveries = () => 1;

  server.disconnect();
  await server.clock.advance(1_000);

  assert.equal(server.listMessages(key).length, 1);
  assertMatchesServer(server, conversation, key);
});

test("a message is delivered when a replay shows that it is stored", async () => {
  const { conversation } = await openAsUser(server);
  const delivered: string[] = [];
  conversation.on("delivered", ({ content }) => delivered.push(content));
  server.countDeliveries = (frame) => (frame["status"] === "delivered" ? 0 : 1);
  conversation.send("Stored");
  await server.clock.advance(0);
  assert.deepEqual(delivered, []);

  server.disconnect();
  await server.clock.advance(1_000);

  assert.deepEqual(delivered, ["Stored"]);
  assert.deepEqual(conversation.messages.map(({ delivery }) => delivery), ["delivered"]);
});

test("a message in flight is sent again after a reconnect", async () => {
  const { conversation, key } = await openAsUser(server);
  server.dropsFrame = ({ type }) => type === "message";
  conversation.send("Cut short");
  await server.clock.advance(0);
  server.dropsFrame = () => false;

  server.disconnect();
  await server.clock.advance(1_000);

  assertMatchesServer(server, conversation, key);
});

test("a message that closes the socket for its size fails and is not sent again", async () => {
  const { conversation, client } = await openAsUser(server);
  server.dropsFrame = ({ type }) => type === "message";
  conversation.send("Larger than it looks");
  await server.clock.advance(0);

  server.disconnect(1009);
  await server.clock.advance(60_000);

  assert.equal(conversation.messages[0]?.reason, "payload_too_large");
  assert.equal(server.listReceivedMessages().length, 1);
  assert.equal(client.state, "open");
});

test("a message that is not acknowledged is sent again over another connection", async () => {
  const { conversation, key } = await openAsUser(server);
  server.dropsFrame = ({ type }) => type === "message";
  conversation.send("Again");
  await server.clock.advance(0);
  server.dropsFrame = () => false;

  await server.clock.advance(16_000);

  assertMatchesServer(server, conversation, key);
  assert.equal(server.sockets.length, 2);
});

test("a rejected message fails with its reason, and the next message is delivered", async () => {
  const { conversation, client } = await openAsUser(server);
  const problems: Problem[] = [];
  const failed: string[] = [];
  client.on("problem", (problem) => problems.push(problem));
  conversation.on("failed", ({ content }) => failed.push(content));
  server.overrideAnswer = (frame) =>
    frame.type === "message" && frame.content === "Bad"
      ? { type: "error", error: "invalid_message", message: "Too bad.", client_message_id: frame.client_message_id }
      : null;

  conversation.send("Bad");
  conversation.send("Good");
  await server.clock.advance(0);

  assert.deepEqual(
    conversation.messages.map(({ delivery, reason }) => reason ?? delivery),
    ["invalid_message", "delivered"],
  );
  assert.deepEqual(failed, ["Bad"]);
  assert.equal(problems[0]?.message, "Too bad.");
});

test("a failed message can be retried or discarded", async () => {
  const { conversation, key } = await openAsUser(server);
  server.overrideAnswer = (frame) =>
    frame.type === "message"
      ? { type: "error", error: "conflict", message: "Archived.", client_message_id: frame.client_message_id }
      : null;
  const retriedId = conversation.send("Retried").clientMessageId ?? "";
  const discardedId = conversation.send("Discarded").clientMessageId ?? "";
  await server.clock.advance(0);
  server.overrideAnswer = () => null;

  conversation.retry(retriedId);
  conversation.discard(discardedId);
  await server.clock.advance(0);

  assert.deepEqual(listTexts(conversation), ["Retried"]);
  assertMatchesServer(server, conversation, key);
  assert.equal(server.listReceivedMessages().filter(({ client_message_id }) => client_message_id === retriedId).length, 2);
});

test("a message that is too large for a frame is sent over REST for a user and fails for a visitor", async () => {
  const attachments = Array.from({ length: 10 }, (_, index) => ({
    name: "file.txt",
    content_type: "text/plain",
    url: `https://example.test/${index}/${"x".repeat(2_000)}`,
  }));
  const large = "é".repeat(8_000);
  const user = await openAsUser(server);
  const visitor = await openAsVisitor(server);

  user.conversation.send(large, { attachments });
  visitor.conversation.send(large, { attachments });
  await server.clock.advance(0);

  assert.deepEqual(server.listReceivedMessages(), []);
  assertMatchesServer(server, user.conversation, user.key);
  assert.equal(visitor.conversation.messages[0]?.reason, "payload_too_large");
});

test("a reloaded page sends the unsent messages", async () => {
  const storage = new MemoryStorage();
  const key = server.createConversation();
  server.isUp = false;
  const before = await openAsUser(server, key, server.createUserClient({ storage }));
  before.conversation.send("First");
  before.conversation.send("Second");
  before.client.close();
  server.isUp = true;

  const after = await openAsUser(server, key, server.createUserClient({ storage }));

  assert.deepEqual(listTexts(after.conversation), ["First", "Second"]);
  assertMatchesServer(server, after.conversation, key);
});

test("messages of one user are never sent as another", async () => {
  const storage = new MemoryStorage();
  server.isUp = false;
  const one = await openAsUser(server, server.createConversation(), server.createUserClient({ storage, account: "one" }));
  one.conversation.send("Mine");
  one.client.close();
  server.isUp = true;

  await openAsUser(server, server.createConversation(), server.createUserClient({ storage, account: "two" }));

  assert.deepEqual(server.listReceivedMessages(), []);
});

test("forget removes everything from the storage", async () => {
  const storage = new MemoryStorage();
  const removed = new Set<string>();
  const written = new Set<string>();
  storage.setItem = (name) => void written.add(name);
  storage.removeItem = (name) => void removed.add(name);
  const { client, conversation } = await openAsVisitor(server, storage);
  server.isUp = false;
  server.disconnect();
  conversation.send("Not sent");

  client.forget();

  assert.ok(written.size >= 2);
  assert.deepEqual([...written].filter((name) => !removed.has(name)), []);
});

test("half of a surrogate pair is sent and shown as U+FFFD, also in attachments", async () => {
  const { conversation, key } = await openAsUser(server);
  const attachment = { name: "half \ud83d.txt", content_type: "text/plain", url: "https://example.test/1" };

  conversation.send("cut off \ud83d", { attachments: [attachment] });
  conversation.send("behind it 😀");
  await server.clock.advance(0);

  assert.deepEqual(listTexts(conversation), ["cut off \ufffd", "behind it 😀"]);
  assertMatchesServer(server, conversation, key);
  assert.deepEqual(server.listReceivedMessages()[0]?.attachments, [{ ...attachment, name: "half \ufffd.txt" }]);
});

test("an error about an unreadable frame fails the only message in flight, and the next one is sent at once", async () => {
  const { conversation } = await openAsUser(server);
  server.overrideAnswer = (frame) =>
    frame.type === "message" && frame.content === "Bad"
      ? { type: "error", error: "invalid_request", message: "frame: invalid JSON" }
      : null;

  conversation.send("Bad");
  conversation.send("Good");
  await server.clock.advance(0);

  assert.deepEqual(
    conversation.messages.map(({ delivery, reason }) => reason ?? delivery),
    ["invalid_request", "delivered"],
  );
});

test("an error about an unreadable frame fails no message while several are in flight", async () => {
  const one = await openAsUser(server);
  const two = one.client.conversation(`conv-${server.createConversation()}`);
  await server.clock.advance(0);
  server.dropsFrame = ({ type }) => type === "message";
  one.conversation.send("One");
  two.send("Two");
  await server.clock.advance(0);

  server.socket.deliver({ type: "error", error: "invalid_request", message: "frame: invalid JSON" });

  assert.deepEqual([one.conversation, two].map(({ messages }) => messages[0]?.delivery), ["sending", "sending"]);
});

test("the sentence of an error is cut to a length that can be displayed", async () => {
  const { client } = await openAsUser(server);
  const problems: Problem[] = [];
  client.on("problem", (problem) => problems.push(problem));

  server.socket.deliver({ type: "error", error: "invalid_request", message: `${"x".repeat(299)}😀 and more` });

  assert.equal(problems[0]?.message, `${"x".repeat(299)}\ufffd…`);
});
