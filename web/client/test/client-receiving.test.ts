import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { type ConversationChange, type ConversationsClient, MemoryStorage } from "../src/index.ts";
import { assertMatchesServer, listTexts, openAsUser, openAsVisitor } from "./client-helpers.ts";
import { FakeServer } from "./server.ts";

let server: FakeServer;

beforeEach(() => {
  server = new FakeServer();
});

test("messages missed while disconnected arrive after the reconnect, once and in order", async () => {
  const { conversation, key } = await openAsUser(server);
  server.postMessage(key, "One");
  await server.clock.advance(0);
  server.disconnect();
  server.postMessage(key, "Two");
  server.postMessage(key, "Three");
  server.countDeliveries = () => 2;

  await server.clock.advance(1_000);

  assert.deepEqual(listTexts(conversation), ["One", "Two", "Three"]);
  assertMatchesServer(server, conversation, key);
  assert.equal(conversation.status, "live");
});

test("every reconnect resumes the open conversations and no others", async () => {
  const first = await openAsUser(server);
  const second = first.client.conversation(server.createConversation());
  const closed = first.client.conversation(server.createConversation());
  closed.close();
  server.postMessage(first.key, "One");
  server.postMessage(second.id?.slice(5) ?? "", "Two");
  await server.clock.advance(0);
  server.receivedFrames.length = 0;

  server.disconnect(1001);
  await server.clock.advance(1_000);

  const resumed = server.receivedFrames.flatMap((frame) => (frame.type === "resume" ? [frame.session_id] : []));
  assert.deepEqual(resumed, [first.conversation, second].map(({ id }) => id?.replace("conv", "session")));
});

test("a lost message is requested when the next one shows the gap", async () => {
  const { conversation, key } = await openAsUser(server);
  server.postMessage(key, "One");
  server.countDeliveries = () => 0;
  server.postMessage(key, "Two");
  server.countDeliveries = () => 1;
  server.postMessage(key, "Three");
  assert.deepEqual(listTexts(conversation), ["One", "Three"]);

  await server.clock.advance(1_000);

  assertMatchesServer(server, conversation, key);
  const [resume] = server.receivedFrames.filter((frame) => frame.type === "resume").slice(-1);
  assert.equal(resume?.after, server.listMessages(key)[0]?.id, "from the last message before the gap");
});

test("a message that is only late is not requested", async () => {
  const { conversation, key } = await openAsUser(server);
  server.postMessage(key, "One");
  const two = { type: "message", session_id: `session-${key}`, sender: "bot", content: "Two", timestamp: "", id: "msg-2", seq: 2 };
  const before = server.receivedFrames.length;
  server.socket.deliver({ ...two, id: "msg-3", seq: 3, content: "Three" });
  await server.clock.advance(500);

  server.socket.deliver(two);
  await server.clock.advance(60_000);

  assert.deepEqual(listTexts(conversation), ["One", "Two", "Three"]);
  assert.equal(server.receivedFrames.length, before);
});

for (const supportsResume of [true, false]) {
  const kind = supportsResume ? "with resume" : "without resume";
  test(`a server ${kind} delivers any number of missed messages`, async () => {
    server.supportsResume = supportsResume;
    const { conversation, key } = await openAsUser(server);
    server.postMessage(key, "Before");
    await server.clock.advance(0);
    server.disconnect();
    for (let number = 1; number <= 345; number += 1) server.postMessage(key, `Message ${number}`);

    await server.clock.advance(10_000);

    assert.equal(conversation.messages.length, 346);
    assertMatchesServer(server, conversation, key);
    assert.equal(conversation.status, "live");
  });
}

test("a user can list the bots and start a conversation with one of them", async () => {
  const { client } = await openAsUser(server);

  const [bot] = await client.api.listBots();

  assert.deepEqual(bot, server.bots[0]);
  assert.notEqual((await client.start({ botId: "default" })).id, null);
  assert.ok(server.requests.includes("POST /conversations/start"));
});

test("a conversation opens with its newest page, and earlier pages are loaded on demand", async () => {
  const key = server.createConversation();
  for (let number = 1; number <= 120; number += 1) server.postMessage(key, `Message ${number}`);

  const { conversation } = await openAsUser(server, key);
  assert.equal(conversation.messages.length, 50);
  assert.equal(conversation.hasEarlier, true);
  assert.equal(await conversation.loadEarlier(), true);
  assert.equal(await conversation.loadEarlier(), false);

  assertMatchesServer(server, conversation, key);
});

test("a conversation shows its history before the socket is open", async () => {
  const key = server.createConversation();
  server.postMessage(key, "Earlier");
  server.rejectsHandshake = () => true;

  const { conversation } = await openAsUser(server, key);

  assert.deepEqual(listTexts(conversation), ["Earlier"]);
  assert.equal(conversation.status, "syncing");
});

test("no message is lost between fetched history and live frames", async () => {
  const key = server.createConversation();
  server.postMessage(key, "Before");
  const { conversation } = await openAsUser(server, key, createBusyClient(key));
  await server.clock.advance(5_000);

  assertMatchesServer(server, conversation, key);
  assert.ok(server.listMessages(key).length > 2);
});

/** Create a user's client whose bot sends messages during every request. */
function createBusyClient(key: string): ConversationsClient {
  const { fetch } = server.platform;
  const platform = {
    ...server.platform,
    async fetch(url: string, init: RequestInit): Promise<Response> {
      server.postMessage(key, "Before the response");
      const answer = await fetch(url, init);
      server.postMessage(key, "After the response");
      return answer;
    },
  };
  return server.createUserClient({ platform });
}

test("history is requested again while the server is unreachable", async () => {
  const key = server.createConversation();
  server.postMessage(key, "Earlier");
  server.isUp = false;
  const { conversation, client } = await openAsUser(server, key);
  const problems: string[] = [];
  client.on("problem", ({ operation }) => problems.push(operation));
  await server.clock.advance(10_000);
  server.isUp = true;

  await server.clock.advance(60_000);

  assertMatchesServer(server, conversation, key);
  assert.ok(problems.length > 0);
});

test("a message that the bot failed to answer is marked, and the conversation continues", async () => {
  const { conversation, key } = await openAsUser(server);
  conversation.send("Difficult");
  await server.clock.advance(0);
  const [stored] = server.listMessages(key);
  const unanswered: string[] = [];
  conversation.on("unanswered", ({ content }) => unanswered.push(content));
  server.socket.deliver({ type: "typing", session_id: `session-${key}`, sender: "bot" });

  server.socket.deliver({
    type: "error",
    error: "internal",
    message: "No answer.",
    session_id: `session-${key}`,
    message_id: stored?.id,
    client_message_id: stored?.client_message_id,
  });
  conversation.send("Easy");
  await server.clock.advance(0);

  assert.deepEqual(unanswered, ["Difficult"]);
  assert.deepEqual(
    conversation.messages.map(({ delivery, unanswered: isUnanswered }) => [delivery, isUnanswered]),
    [
      ["delivered", true],
      ["delivered", undefined],
    ],
  );
  assert.equal(conversation.typing, false);
});

test("the typing indicator ends with the bot's message or after a timeout", async () => {
  const { conversation, key } = await openAsUser(server);
  const changes: boolean[] = [];
  conversation.on("typing", (typing) => changes.push(typing));
  const typing = { type: "typing", session_id: `session-${key}`, sender: "bot" };

  server.socket.deliver(typing);
  server.postMessage(key, "There");
  server.socket.deliver(typing);
  await server.clock.advance(60_000);

  assert.deepEqual(changes, [true, false, true, false]);
});

test("a conversation deleted on another device ends, and the client reconnects without it", async () => {
  const { client, conversation, key } = await openAsUser(server);
  const other = client.conversation(server.createConversation());
  client.conversation(`conv-${key}`);
  other.close();
  server.deletedKeys.add(key);
  server.disconnect();

  await server.clock.advance(30_000);

  assert.equal(conversation.status, "ended");
  assert.equal(conversation.endReason, "gone");
  assert.equal(client.state, "open");
});

test("a message that the bot has redacted replaces the text that is shown and stored", async () => {
  const storage = new MemoryStorage();
  const stored = new Map<string, string>();
  storage.setItem = (name, value) => void stored.set(name, value);
  storage.removeItem = (name) => void stored.delete(name);
  const { conversation, key } = await openAsVisitor(server, storage);
  server.postMessage(key, "Your password?");
  conversation.send("correct horse", { shown: "My password" });
  await server.clock.advance(0);

  server.redactLastMessage(key);

  assert.deepEqual(
    conversation.messages.map(({ content, shown }) => shown ?? content),
    ["Your password?", "********"],
  );
  assert.doesNotMatch(JSON.stringify([...stored.values()]), /horse|My password/);
});

test("a message that was redacted while disconnected is redacted after the reconnect", async () => {
  const { conversation, key } = await openAsUser(server);
  server.postMessage(key, "Your password?");
  conversation.send("correct horse");
  await server.clock.advance(0);
  server.disconnect();
  server.redactLastMessage(key);
  server.postMessage(key, "Thank you");

  await server.clock.advance(1_000);

  assert.deepEqual(listTexts(conversation), ["Your password?", "********", "Thank you"]);
});

test("archiving, reopening and deleting on another device are reported", async () => {
  const { client, conversation, key } = await openAsUser(server);
  const changes: ConversationChange[] = [];
  client.on("conversationChange", (change) => changes.push(change));
  const session_id = `session-${key}`;

  server.socket.deliver({ type: "status", status: "archived", session_id });
  server.socket.deliver({ type: "status", status: "reopened", session_id });
  assert.equal(conversation.status, "live");
  server.socket.deliver({ type: "status", status: "deleted", session_id });

  const conversationId = `conv-${key}`;
  assert.deepEqual(changes, [
    { conversationId, status: "archived" },
    { conversationId, status: "active" },
    { conversationId, status: "deleted" },
  ]);
  assert.equal(conversation.endReason, "gone");
});

test("messages to a conversation that was deleted are not sent, whether it is open or not", async () => {
  const { client, conversation, key } = await openAsUser(server);
  server.isUp = false;
  server.disconnect();
  conversation.send("Too late");
  conversation.close();
  server.isUp = true;
  client.conversation(`conv-${server.createConversation()}`);
  server.overrideAnswer = ({ type }) =>
    type === "message" ? { type: "error", error: "rate_limited", message: "No.", retry_after: 30 } : null;
  await server.clock.advance(1_000);
  server.receivedFrames.length = 0;

  server.socket.deliver({ type: "status", status: "deleted", session_id: `session-${key}` });
  await server.clock.advance(60_000);

  assert.deepEqual(server.listReceivedMessages(), []);
});
