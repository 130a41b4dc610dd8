import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import fc from "fast-check";
import {
  type Conversation,
  type ConversationsClient,
  MemoryStorage,
  type Problem,
  SignedOutError,
} from "../src/index.ts";
import { FakeServer } from "./server.ts";

let server: FakeServer;

beforeEach(() => {
  server = new FakeServer();
});

interface OpenedClient {
  readonly client: ConversationsClient;
  readonly conversation: Conversation;
  readonly key: string;
}

/** Open a conversation as a signed-in user. */
async function openAsUser(key = server.createConversation(), client = server.createUserClient()): Promise<OpenedClient> {
  const conversation = client.conversation(`conv-${key}`);
  client.connect();
  await server.clock.advance(0);
  return { client, conversation, key };
}

/** Open a conversation as an anonymous visitor. */
async function openAsVisitor(storage = new MemoryStorage()): Promise<OpenedClient & { readonly storage: MemoryStorage }> {
  const client = server.createVisitorClient({ storage });
  const conversation = client.conversation();
  client.connect();
  await server.clock.advance(0);
  return { client, conversation, key: conversation.id?.slice("conv-".length) ?? "", storage };
}

const listTexts = ({ messages }: Conversation): string[] => messages.map(({ content }) => content);

/** Assert that the conversation shows exactly the messages on the server. */
function assertMatchesServer({ messages }: Conversation, key: string): void {
  assert.deepEqual(
    messages.map(({ id, seq, content }) => ({ id, seq, content })),
    server.listMessages(key).map(({ id, seq, content }) => ({ id, seq, content })),
  );
}

// -- sending ----------------------------------------------------------------------------------------------------------

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
  const { conversation, key } = await openAsUser();
  server.countDeliveries = (frame) => (frame["status"] === "delivered" ? 0 : 1);
  conversation.send("Once");
  await server.clock.advance(0);
  server.countDeliveries = () => 1;

  server.disconnect();
  await server.clock.advance(1_000);

  assert.equal(server.listMessages(key).length, 1);
  assertMatchesServer(conversation, key);
});

test("a message is delivered when a replay shows that it is stored", async () => {
  const { conversation } = await openAsUser();
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
  const { conversation, key } = await openAsUser();
  server.dropsFrame = ({ type }) => type === "message";
  conversation.send("Cut short");
  await server.clock.advance(0);
  server.dropsFrame = () => false;

  server.disconnect();
  await server.clock.advance(1_000);

  assertMatchesServer(conversation, key);
});

test("a message that closes the socket for its size fails and is not sent again", async () => {
  const { conversation, client } = await openAsUser();
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
  const { conversation, key } = await openAsUser();
  server.dropsFrame = ({ type }) => type === "message";
  conversation.send("Again");
  await server.clock.advance(0);
  server.dropsFrame = () => false;

  await server.clock.advance(16_000);

  assertMatchesServer(conversation, key);
  assert.equal(server.sockets.length, 2);
});

test("a rejected message fails with its reason, and the next message is delivered", async () => {
  const { conversation, client } = await openAsUser();
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
  const { conversation, key } = await openAsUser();
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
  assertMatchesServer(conversation, key);
  assert.equal(server.listReceivedMessages().filter(({ client_message_id }) => client_message_id === retriedId).length, 2);
});

test("a message that is too large for a frame is sent over REST for a user and fails for a visitor", async () => {
  const attachments = Array.from({ length: 10 }, (_, index) => ({
    name: "file.txt",
    content_type: "text/plain",
    url: `https://example.test/${index}/${"x".repeat(2_000)}`,
  }));
  const large = "é".repeat(8_000);
  const user = await openAsUser();
  const visitor = await openAsVisitor();

  user.conversation.send(large, { attachments });
  visitor.conversation.send(large, { attachments });
  await server.clock.advance(0);

  assert.deepEqual(server.listReceivedMessages(), []);
  assertMatchesServer(user.conversation, user.key);
  assert.equal(visitor.conversation.messages[0]?.reason, "payload_too_large");
});

test("a reloaded page sends the unsent messages", async () => {
  const storage = new MemoryStorage();
  const key = server.createConversation();
  server.isUp = false;
  const before = await openAsUser(key, server.createUserClient({ storage }));
  before.conversation.send("First");
  before.conversation.send("Second");
  before.client.close();
  server.isUp = true;

  const after = await openAsUser(key, server.createUserClient({ storage }));

  assert.deepEqual(listTexts(after.conversation), ["First", "Second"]);
  assertMatchesServer(after.conversation, key);
});

test("messages of one user are never sent as another", async () => {
  const storage = new MemoryStorage();
  server.isUp = false;
  const one = await openAsUser(server.createConversation(), server.createUserClient({ storage, account: "one" }));
  one.conversation.send("Mine");
  one.client.close();
  server.isUp = true;

  await openAsUser(server.createConversation(), server.createUserClient({ storage, account: "two" }));

  assert.deepEqual(server.listReceivedMessages(), []);
});

test("forget removes everything from the storage", async () => {
  const storage = new MemoryStorage();
  const removed = new Set<string>();
  const written = new Set<string>();
  storage.setItem = (name) => void written.add(name);
  storage.removeItem = (name) => void removed.add(name);
  const { client, conversation } = await openAsVisitor(storage);
  server.isUp = false;
  server.disconnect();
  conversation.send("Not sent");

  client.forget();

  assert.ok(written.size >= 2);
  assert.deepEqual([...written].filter((name) => !removed.has(name)), []);
});

// -- receiving --------------------------------------------------------------------------------------------------------

test("messages missed while disconnected arrive after the reconnect, once and in order", async () => {
  const { conversation, key } = await openAsUser();
  server.postMessage(key, "One");
  await server.clock.advance(0);
  server.disconnect();
  server.postMessage(key, "Two");
  server.postMessage(key, "Three");
  server.countDeliveries = () => 2;

  await server.clock.advance(1_000);

  assert.deepEqual(listTexts(conversation), ["One", "Two", "Three"]);
  assertMatchesServer(conversation, key);
  assert.equal(conversation.status, "live");
});

test("every reconnect resumes the open conversations and no others", async () => {
  const first = await openAsUser();
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
  const { conversation, key } = await openAsUser();
  server.postMessage(key, "One");
  server.countDeliveries = () => 0;
  server.postMessage(key, "Two");
  server.countDeliveries = () => 1;
  server.postMessage(key, "Three");
  assert.deepEqual(listTexts(conversation), ["One", "Three"]);

  await server.clock.advance(1_000);

  assertMatchesServer(conversation, key);
  const [resume] = server.receivedFrames.filter((frame) => frame.type === "resume").slice(-1);
  assert.equal(resume?.after, server.listMessages(key)[0]?.id, "from the last message before the gap");
});

test("a message that is only late is not requested", async () => {
  const { conversation, key } = await openAsUser();
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
    const { conversation, key } = await openAsUser();
    server.postMessage(key, "Before");
    await server.clock.advance(0);
    server.disconnect();
    for (let number = 1; number <= 345; number += 1) server.postMessage(key, `Message ${number}`);

    await server.clock.advance(10_000);

    assert.equal(conversation.messages.length, 346);
    assertMatchesServer(conversation, key);
    assert.equal(conversation.status, "live");
  });
}

test("a user can list the bots and start a conversation with one of them", async () => {
  const { client } = await openAsUser();

  const [bot] = await client.api.listBots();

  assert.deepEqual(bot, server.bots[0]);
  assert.notEqual((await client.start({ botId: "default" })).id, null);
  assert.ok(server.requests.includes("POST /conversations/start"));
});

test("a conversation opens with its newest page, and earlier pages are loaded on demand", async () => {
  const key = server.createConversation();
  for (let number = 1; number <= 120; number += 1) server.postMessage(key, `Message ${number}`);

  const { conversation } = await openAsUser(key);
  assert.equal(conversation.messages.length, 50);
  assert.equal(conversation.hasEarlier, true);
  assert.equal(await conversation.loadEarlier(), true);
  assert.equal(await conversation.loadEarlier(), false);

  assertMatchesServer(conversation, key);
});

test("a conversation shows its history before the socket is open", async () => {
  const key = server.createConversation();
  server.postMessage(key, "Earlier");
  server.rejectsHandshake = () => true;

  const { conversation } = await openAsUser(key);

  assert.deepEqual(listTexts(conversation), ["Earlier"]);
  assert.equal(conversation.status, "syncing");
});

test("no message is lost between fetched history and live frames", async () => {
  const key = server.createConversation();
  server.postMessage(key, "Before");
  const { conversation } = await openAsUser(key, createBusyClient(key));
  await server.clock.advance(5_000);

  assertMatchesServer(conversation, key);
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
  const { conversation, client } = await openAsUser(key);
  const problems: string[] = [];
  client.on("problem", ({ operation }) => problems.push(operation));
  await server.clock.advance(10_000);
  server.isUp = true;

  await server.clock.advance(60_000);

  assertMatchesServer(conversation, key);
  assert.ok(problems.length > 0);
});

test("a message that the bot failed to answer is marked, and the conversation continues", async () => {
  const { conversation, key } = await openAsUser();
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
  const { conversation, key } = await openAsUser();
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
  const { client, conversation, key } = await openAsUser();
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

// -- credentials ------------------------------------------------------------------------------------------------------

test("every connection uses a new ticket", async () => {
  await openAsUser();
  for (let disconnects = 0; disconnects < 3; disconnects += 1) {
    server.disconnect(1001);
    await server.clock.advance(60_000);
  }

  const tickets = server.sockets.map(({ url }) => url.searchParams.get("ticket"));
  assert.equal(new Set(tickets).size, 4);
  assert.equal(server.sockets.filter(({ isOpen }) => isOpen).length, 1);
});

test("an expired token is replaced by a fresh one, for tickets and while the socket is open", async () => {
  const freshFlags: boolean[] = [];
  let newest = "token";
  let cached = "old";
  const client = server.createUserClient({
    token: ({ fresh }) => {
      freshFlags.push(fresh);
      if (fresh) cached = newest;
      return Promise.resolve(cached);
    },
  });
  client.connect();
  await server.clock.advance(0);
  assert.equal(client.state, "open");
  assert.deepEqual(freshFlags, [false, true]);

  const conversation = client.conversation();
  conversation.send("With an old token");
  server.validTokens = new Set(["newer"]);
  server.socket.deliver({ type: "error", error: "unauthorized", message: "The token has expired." });
  newest = "newer";
  await server.clock.advance(1_000);

  assert.deepEqual(freshFlags.slice(0, 2), [false, true]);
  assert.deepEqual(freshFlags.slice(2).filter((fresh) => fresh), [true], "a fresh token is requested at once");
  assert.equal(server.requests.filter((path) => path === "POST /tickets").length, 3);
  assert.equal(client.state, "open");
});

test("the client closes and emits signedOut when a fresh token is rejected", async () => {
  for (const token of [
    (): Promise<string> => Promise.resolve("rejected"),
    (): Promise<string> => Promise.reject(new SignedOutError()),
  ]) {
    const client = server.createUserClient({ token });
    let signedOutEvents = 0;
    client.on("signedOut", () => (signedOutEvents += 1));

    client.connect();
    await server.clock.advance(60_000);

    assert.equal(signedOutEvents, 1);
    assert.equal(client.state, "closed");
    assert.deepEqual(server.sockets, []);
  }
});

// -- visitors ---------------------------------------------------------------------------------------------------------

test("a visitor who reloads the page returns to the same conversation", async () => {
  const before = await openAsVisitor();
  server.postMessage(before.key, "Welcome");
  before.conversation.send("Hello");
  await server.clock.advance(0);
  server.postMessage(before.key, "Hi");
  before.client.close();
  server.postMessage(before.key, "Still there?");

  const after = await openAsVisitor(before.storage);

  assert.equal(after.key, before.key);
  assert.deepEqual(listTexts(after.conversation), ["Welcome", "Hello", "Hi", "Still there?"]);
});

test("a visitor who returns after the session expired gets a new conversation, with the unsent messages", async () => {
  const before = await openAsVisitor();
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
  const { client, conversation, key } = await openAsVisitor();

  server.socket.deliver({ type: "status", status: "expired", session_id: `session-${key}` });

  assert.equal(conversation.endReason, "expired");
  assert.equal(client.state, "closed");
  assert.throws(() => conversation.send("Too late"));
  client.connect();
  await server.clock.advance(0);
  assert.notEqual(client.conversation().id, conversation.id);
});

test("a message sent to an expired session is delivered in the next one", async () => {
  const { client, conversation, key } = await openAsVisitor();
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
  const { client, conversation } = await openAsVisitor();
  server.visitorTokens.clear();
  server.disconnect();

  await server.clock.advance(30_000);

  assert.equal(client.state, "open");
  assert.equal(conversation.endReason, "expired");
});

test("a token is not dropped while there are too many visitors", async () => {
  const { client, conversation, key } = await openAsVisitor();
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
  const visitor = await openAsVisitor();
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
  assertMatchesServer(conversation, visitor.key);
  assert.deepEqual(
    server.listReceivedMessages().map(({ content }) => content),
    ["Hello", "Stored, but not acknowledged", "Not even sent"],
  );
  assert.equal(await client.claim(), null);
});

test("claim returns null when the server rejects the session token", async () => {
  const { client: visitor, storage } = await openAsVisitor();
  visitor.close();
  server.supportsClaim = false;

  const client = server.createUserClient({ storage });

  assert.equal(await client.claim(), null);
  assert.equal(server.createVisitorClient({ storage }).conversation().id, null);
});

test("claim can be repeated after a network error", async () => {
  const { client: visitor, storage, key } = await openAsVisitor();
  visitor.close();
  const client = server.createUserClient({ storage });
  server.isUp = false;
  await assert.rejects(client.claim());
  server.isUp = true;

  assert.equal((await client.claim())?.id, `conv-${key}`);
});

test("a visitor's conversation ends when it is claimed", async () => {
  const { client, conversation, key } = await openAsVisitor();

  server.socket.deliver({ type: "status", status: "claimed", session_id: `session-${key}` });

  assert.equal(conversation.endReason, "claimed");
  assert.equal(client.state, "closed");
});

// -- random faults -----------------------------------------------------------------------------------------------

type Step =
  | readonly ["send" | "answer" | "disconnect" | "down" | "up" | "lose client frames" | "lose messages" | "duplicate frames" | "recover" | "reload"]
  | readonly ["wait", number];

const STEPS = fc.array(
  fc.oneof(
    fc.tuple(
      fc.constantFrom(
        "send", "send", "answer", "answer", "disconnect", "down", "up",
        "lose client frames", "lose messages", "duplicate frames", "recover", "reload",
      ),
    ),
    fc.tuple(fc.constant("wait"), fc.integer({ min: 1, max: 20_000 })),
  ),
  { maxLength: 30 },
) as fc.Arbitrary<Step[]>;

for (const [kind, supportsResume] of [
  ["a user", true],
  ["a user of a server without resume", false],
  ["a visitor", true],
] as const) {
  test(`${kind} has exactly the messages of the server, in order, after any network faults`, async () => {
    await fc.assert(
      fc.asyncProperty(STEPS, async (steps) => {
        server = new FakeServer();
        server.supportsResume = supportsResume;
        const storage = new MemoryStorage();
        const open = kind === "a visitor" ? openAsVisitor : (): Promise<OpenedClient> => openAsUser(key, server.createUserClient({ storage }));
        const key = kind === "a visitor" ? (await openAsVisitor(storage)).key : server.createConversation();
        let { client, conversation } = await open(storage);
        const written: string[] = [];
        for (const [step, time = 0] of steps) {
          if (step === "send") conversation.send(written[written.push(`sent ${written.length}`) - 1] ?? "");
          else if (step === "answer") server.postMessage(key, "answer");
          else if (step === "disconnect") server.disconnect();
          else if (step === "down") [server.isUp] = [false, server.disconnect()];
          else if (step === "up") server.isUp = true;
          else if (step === "lose client frames") server.dropsFrame = () => true;
          else if (step === "lose messages") server.countDeliveries = (frame) => (frame["type"] === "message" ? 0 : 1);
          else if (step === "duplicate frames") server.countDeliveries = () => 2;
          else if (step === "recover") [server.dropsFrame, server.countDeliveries] = [() => false, () => 1];
          else if (step === "reload") [, { client, conversation }] = [client.close(), await open(storage)];
          await server.clock.advance(time);
        }
        [server.isUp, server.dropsFrame, server.countDeliveries] = [true, () => false, () => 1];
        await server.clock.advance(60_000);
        // A dead socket is detected by the next ping, a missing message by the next one.
        await server.clock.advance(10 * 60_000);
        server.postMessage(key, "The end");
        await server.clock.advance(60_000);
        server.disconnect(1001);
        await server.clock.advance(60_000);

        assertMatchesServer(conversation, key);
        const sent = server.listMessages(key).filter(({ sender }) => sender === "user");
        assert.deepEqual(sent.map(({ content }) => content), written);
        client.close();
      }),
      { numRuns: 200 },
    );
  });
}
