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

interface Opened {
  readonly client: ConversationsClient;
  readonly conversation: Conversation;
  readonly key: string;
}

/** A signed-in user in a conversation. */
async function member(key = server.conversation(), client = server.user()): Promise<Opened> {
  const conversation = client.conversation(`conv-${key}`);
  client.connect();
  await server.clock.pass(0);
  return { client, conversation, key };
}

/** Somebody who has not signed in. */
async function guest(storage = new MemoryStorage()): Promise<Opened & { readonly storage: MemoryStorage }> {
  const client = server.visitor({ storage });
  const conversation = client.conversation();
  client.connect();
  await server.clock.pass(0);
  return { client, conversation, key: conversation.id?.slice("conv-".length) ?? "", storage };
}

const texts = ({ messages }: Conversation): string[] => messages.map(({ content }) => content);

/** Exactly what the server has. */
function isHistory({ messages }: Conversation, key: string): void {
  assert.deepEqual(
    messages.map(({ id, seq, content }) => ({ id, seq, content })),
    server.history(key).map(({ id, seq, content }) => ({ id, seq, content })),
  );
}

// -- sending ----------------------------------------------------------------------------------------------------------

test("what is written is there at once, goes out when it can, and is delivered", async () => {
  const client = server.visitor();
  const conversation = client.conversation();
  const delivered: string[] = [];
  conversation.on("delivered", ({ content }) => delivered.push(content));

  conversation.send("Hello");
  assert.deepEqual(conversation.messages.map(({ delivery }) => delivery), ["sending"]);
  client.connect();
  await server.clock.pass(0);

  assert.deepEqual(conversation.messages.map(({ delivery }) => delivery), ["delivered"]);
  assert.deepEqual(delivered, ["Hello"]);
});

test("a message whose receipt is lost with the connection is stored once and shown once", async () => {
  const { conversation, key } = await member();
  server.arrives = (frame) => (frame["status"] === "delivered" ? 0 : 1);
  conversation.send("Once");
  await server.clock.pass(0);
  server.arrives = () => 1;

  server.cut();
  await server.clock.pass(1_000);

  assert.equal(server.history(key).length, 1);
  isHistory(conversation, key);
});

test("a message that history or a replay shows to be stored is delivered", async () => {
  const { conversation } = await member();
  const said: string[] = [];
  conversation.on("delivered", ({ content }) => said.push(content));
  server.arrives = (frame) => (frame["status"] === "delivered" ? 0 : 1);
  conversation.send("Stored");
  await server.clock.pass(0);
  assert.deepEqual(said, []);

  server.cut();
  await server.clock.pass(1_000);

  assert.deepEqual(said, ["Stored"]);
  assert.deepEqual(conversation.messages.map(({ delivery }) => delivery), ["delivered"]);
});

test("what was under way when the connection was cut goes out again as soon as it is back", async () => {
  const { conversation, key } = await member();
  server.loses = ({ type }) => type === "message";
  conversation.send("Cut short");
  await server.clock.pass(0);
  server.loses = () => false;

  server.cut();
  await server.clock.pass(1_000);

  isHistory(conversation, key);
});

test("a message that ends the socket because it is too large has failed, and is not sent for ever", async () => {
  const { conversation, client } = await member();
  server.loses = ({ type }) => type === "message";
  conversation.send("Larger than it looks");
  await server.clock.pass(0);

  server.cut(1009);
  await server.clock.pass(60_000);

  assert.equal(conversation.messages[0]?.reason, "payload_too_large");
  assert.equal(server.said().length, 1);
  assert.equal(client.state, "open");
});

test("a message nobody acknowledges is sent again over another connection", async () => {
  const { conversation, key } = await member();
  server.loses = ({ type }) => type === "message";
  conversation.send("Again");
  await server.clock.pass(0);
  server.loses = () => false;

  await server.clock.pass(16_000);

  isHistory(conversation, key);
  assert.equal(server.sockets.length, 2);
});

test("what is refused has failed with its reason, and the next message passes", async () => {
  const { conversation, client } = await member();
  const problems: Problem[] = [];
  const failed: string[] = [];
  client.on("problem", (problem) => problems.push(problem));
  conversation.on("failed", ({ content }) => failed.push(content));
  server.answers = (frame) =>
    frame.type === "message" && frame.content === "Bad"
      ? { type: "error", error: "invalid_message", message: "Too bad.", client_message_id: frame.client_message_id }
      : null;

  conversation.send("Bad");
  conversation.send("Good");
  await server.clock.pass(0);

  assert.deepEqual(
    conversation.messages.map(({ delivery, reason }) => reason ?? delivery),
    ["invalid_message", "delivered"],
  );
  assert.deepEqual(failed, ["Bad"]);
  assert.equal(problems[0]?.message, "Too bad.");
});

test("a message that has failed can be tried again or given up", async () => {
  const { conversation, key } = await member();
  server.answers = (frame) =>
    frame.type === "message"
      ? { type: "error", error: "conflict", message: "Archived.", client_message_id: frame.client_message_id }
      : null;
  const kept = conversation.send("Kept").clientMessageId ?? "";
  const given = conversation.send("Given up").clientMessageId ?? "";
  await server.clock.pass(0);
  server.answers = () => null;

  conversation.retry(kept);
  conversation.discard(given);
  await server.clock.pass(0);

  assert.deepEqual(texts(conversation), ["Kept"]);
  isHistory(conversation, key);
  assert.equal(server.said().filter(({ client_message_id }) => client_message_id === kept).length, 2);
});

test("what is too large for a frame goes over REST for a user, and fails for a visitor", async () => {
  const attachments = Array.from({ length: 10 }, (_, index) => ({
    name: "file.txt",
    content_type: "text/plain",
    url: `https://example.test/${index}/${"x".repeat(2_000)}`,
  }));
  const large = "é".repeat(8_000);
  const user = await member();
  const visitor = await guest();

  user.conversation.send(large, { attachments });
  visitor.conversation.send(large, { attachments });
  await server.clock.pass(0);

  assert.deepEqual(server.said(), []);
  isHistory(user.conversation, user.key);
  assert.equal(visitor.conversation.messages[0]?.reason, "payload_too_large");
});

test("a page that is loaded again goes on with what it had not sent", async () => {
  const storage = new MemoryStorage();
  const key = server.conversation();
  server.up = false;
  const before = await member(key, server.user({ storage }));
  before.conversation.send("First");
  before.conversation.send("Second");
  before.client.close();
  server.up = true;

  const after = await member(key, server.user({ storage }));

  assert.deepEqual(texts(after.conversation), ["First", "Second"]);
  isHistory(after.conversation, key);
});

test("what one user has written is never sent as another", async () => {
  const storage = new MemoryStorage();
  server.up = false;
  const one = await member(server.conversation(), server.user({ storage, account: "one" }));
  one.conversation.send("Mine");
  one.client.close();
  server.up = true;

  await member(server.conversation(), server.user({ storage, account: "two" }));

  assert.deepEqual(server.said(), []);
});

test("signing out leaves nothing in the storage", async () => {
  const storage = new MemoryStorage();
  const removed = new Set<string>();
  const written = new Set<string>();
  storage.setItem = (name) => void written.add(name);
  storage.removeItem = (name) => void removed.add(name);
  const { client, conversation } = await guest(storage);
  server.up = false;
  server.cut();
  conversation.send("Not sent");

  client.forget();

  assert.ok(written.size >= 2);
  assert.deepEqual([...written].filter((name) => !removed.has(name)), []);
});

// -- receiving --------------------------------------------------------------------------------------------------------

test("what was said while the connection was away comes after it is back, once and in order", async () => {
  const { conversation, key } = await member();
  server.say(key, "One");
  await server.clock.pass(0);
  server.cut();
  server.say(key, "Two");
  server.say(key, "Three");
  server.arrives = () => 2;

  await server.clock.pass(1_000);

  assert.deepEqual(texts(conversation), ["One", "Two", "Three"]);
  isHistory(conversation, key);
  assert.equal(conversation.status, "live");
});

test("after every reconnect every open conversation is resumed, and no other", async () => {
  const first = await member();
  const second = first.client.conversation(server.conversation());
  const closed = first.client.conversation(server.conversation());
  closed.close();
  server.say(first.key, "One");
  server.say(second.id?.slice(5) ?? "", "Two");
  await server.clock.pass(0);
  server.heard.length = 0;

  server.cut(1001);
  await server.clock.pass(1_000);

  const resumed = server.heard.flatMap((frame) => (frame.type === "resume" ? [frame.session_id] : []));
  assert.deepEqual(resumed, [first.conversation, second].map(({ id }) => id?.replace("conv", "session")));
});

test("a message that never came is asked for when the next one shows the gap", async () => {
  const { conversation, key } = await member();
  server.say(key, "One");
  server.arrives = () => 0;
  server.say(key, "Two");
  server.arrives = () => 1;
  server.say(key, "Three");
  assert.deepEqual(texts(conversation), ["One", "Three"]);

  await server.clock.pass(1_000);

  isHistory(conversation, key);
  const [asked] = server.heard.filter((frame) => frame.type === "resume").slice(-1);
  assert.equal(asked?.after, server.history(key)[0]?.id, "from the last message before the gap");
});

test("a message that is only late is not asked for", async () => {
  const { conversation, key } = await member();
  server.say(key, "One");
  const two = { type: "message", session_id: `session-${key}`, sender: "bot", content: "Two", timestamp: "", id: "msg-2", seq: 2 };
  const before = server.heard.length;
  server.socket.tell({ ...two, id: "msg-3", seq: 3, content: "Three" });
  await server.clock.pass(500);

  server.socket.tell(two);
  await server.clock.pass(60_000);

  assert.deepEqual(texts(conversation), ["One", "Two", "Three"]);
  assert.equal(server.heard.length, before);
});

for (const knowsResume of [true, false]) {
  const server_ = knowsResume ? "a server" : "a server that does not know resume";
  test(`with ${server_}, however much was missed, it all comes`, async () => {
    server.knowsResume = knowsResume;
    const { conversation, key } = await member();
    server.say(key, "Before");
    await server.clock.pass(0);
    server.cut();
    for (let said = 1; said <= 345; said += 1) server.say(key, `Message ${said}`);

    await server.clock.pass(10_000);

    assert.equal(conversation.messages.length, 346);
    isHistory(conversation, key);
    assert.equal(conversation.status, "live");
  });
}

test("a user is told whom to talk with, and begins a conversation with one of them", async () => {
  const { client } = await member();

  const [bot] = await client.api.bots();

  assert.deepEqual(bot, server.bots[0]);
  assert.notEqual((await client.start({ botId: "default" })).id, null);
  assert.ok(server.asked.includes("POST /conversations/start"));
});

test("a conversation is opened at its end, and its beginning is loaded on demand", async () => {
  const key = server.conversation();
  for (let said = 1; said <= 120; said += 1) server.say(key, `Message ${said}`);

  const { conversation } = await member(key);
  assert.equal(conversation.messages.length, 50);
  assert.equal(conversation.hasEarlier, true);
  assert.equal(await conversation.history(), true);
  assert.equal(await conversation.history(), false);

  isHistory(conversation, key);
});

test("a conversation is shown before the socket is open", async () => {
  const key = server.conversation();
  server.say(key, "Earlier");
  server.refuses = () => true;

  const { conversation } = await member(key);

  assert.deepEqual(texts(conversation), ["Earlier"]);
  assert.equal(conversation.status, "behind");
});

test("nothing falls between what is fetched and what comes live", async () => {
  const key = server.conversation();
  server.say(key, "Before");
  const { conversation } = await member(key, talkative(key));
  await server.clock.pass(5_000);

  isHistory(conversation, key);
  assert.ok(server.history(key).length > 2);
});

/** A user's client; the bot speaks whenever it asks for something. */
function talkative(key: string): ConversationsClient {
  const { fetch } = server.platform;
  const platform = {
    ...server.platform,
    async fetch(url: string, init: RequestInit): Promise<Response> {
      server.say(key, "While it is asked");
      const answer = await fetch(url, init);
      server.say(key, "While it is answered");
      return answer;
    },
  };
  return server.user({ platform });
}

test("while the server cannot give history, it is asked again", async () => {
  const key = server.conversation();
  server.say(key, "Earlier");
  server.up = false;
  const { conversation, client } = await member(key);
  const problems: string[] = [];
  client.on("problem", ({ concerns }) => problems.push(concerns));
  await server.clock.pass(10_000);
  server.up = true;

  await server.clock.pass(60_000);

  isHistory(conversation, key);
  assert.ok(problems.length > 0);
});

test("a message the bot could not answer says so, and the conversation goes on", async () => {
  const { conversation, key } = await member();
  conversation.send("Difficult");
  await server.clock.pass(0);
  const [stored] = server.history(key);
  const unanswered: string[] = [];
  conversation.on("unanswered", ({ content }) => unanswered.push(content));
  server.socket.tell({ type: "typing", session_id: `session-${key}`, sender: "bot" });

  server.socket.tell({
    type: "error",
    error: "internal",
    message: "No answer.",
    session_id: `session-${key}`,
    message_id: stored?.id,
    client_message_id: stored?.client_message_id,
  });
  conversation.send("Easy");
  await server.clock.pass(0);

  assert.deepEqual(unanswered, ["Difficult"]);
  assert.deepEqual(
    conversation.messages.map(({ delivery, unanswered: without }) => [delivery, without]),
    [
      ["delivered", true],
      ["delivered", undefined],
    ],
  );
  assert.equal(conversation.typing, false);
});

test("typing is shown until the bot speaks, and never for ever", async () => {
  const { conversation, key } = await member();
  const said: boolean[] = [];
  conversation.on("typing", (typing) => said.push(typing));
  const typing = { type: "typing", session_id: `session-${key}`, sender: "bot" };

  server.socket.tell(typing);
  server.say(key, "There");
  server.socket.tell(typing);
  await server.clock.pass(60_000);

  assert.deepEqual(said, [true, false, true, false]);
});

test("a conversation that was deleted elsewhere is gone, and the client goes on without it", async () => {
  const { client, conversation, key } = await member();
  const other = client.conversation(server.conversation());
  client.conversation(`conv-${key}`);
  other.close();
  server.gone.add(key);
  server.cut();

  await server.clock.pass(30_000);

  assert.equal(conversation.status, "ended");
  assert.equal(conversation.ending, "gone");
  assert.equal(client.state, "open");
});

// -- credentials ------------------------------------------------------------------------------------------------------

test("every connection has a ticket of its own", async () => {
  await member();
  for (let cuts = 0; cuts < 3; cuts += 1) {
    server.cut(1001);
    await server.clock.pass(60_000);
  }

  const tickets = server.sockets.map(({ url }) => url.searchParams.get("ticket"));
  assert.equal(new Set(tickets).size, 4);
  assert.equal(server.sockets.filter(({ isOpen }) => isOpen).length, 1);
});

test("a token that has run out is replaced by a fresh one, for tickets and while the socket is open", async () => {
  const asked: boolean[] = [];
  let newest = "token";
  let kept = "old";
  const client = server.user({
    token: ({ fresh }) => {
      asked.push(fresh);
      if (fresh) kept = newest;
      return Promise.resolve(kept);
    },
  });
  client.connect();
  await server.clock.pass(0);
  assert.equal(client.state, "open");
  assert.deepEqual(asked, [false, true]);

  const conversation = client.conversation();
  conversation.send("With an old token");
  server.tokens = new Set(["newer"]);
  server.socket.tell({ type: "error", error: "unauthorized", message: "The token has run out." });
  newest = "newer";
  await server.clock.pass(1_000);

  assert.deepEqual(asked.slice(0, 2), [false, true]);
  assert.deepEqual(asked.slice(2).filter((fresh) => fresh), [true], "asked for a fresh one at once");
  assert.equal(server.asked.filter((path) => path === "POST /tickets").length, 3);
  assert.equal(client.state, "open");
});

test("when no token is taken any more the client stops and says so", async () => {
  for (const token of [
    (): Promise<string> => Promise.resolve("refused"),
    (): Promise<string> => Promise.reject(new SignedOutError()),
  ]) {
    const client = server.user({ token });
    let said = 0;
    client.on("signedOut", () => (said += 1));

    client.connect();
    await server.clock.pass(60_000);

    assert.equal(said, 1);
    assert.equal(client.state, "closed");
    assert.deepEqual(server.sockets, []);
  }
});

// -- visitors ---------------------------------------------------------------------------------------------------------

test("a visitor who loads the page again is in the same conversation and sees it", async () => {
  const before = await guest();
  server.say(before.key, "Welcome");
  before.conversation.send("Hello");
  await server.clock.pass(0);
  server.say(before.key, "Hi");
  before.client.close();
  server.say(before.key, "Still there?");

  const after = await guest(before.storage);

  assert.equal(after.key, before.key);
  assert.deepEqual(texts(after.conversation), ["Welcome", "Hello", "Hi", "Still there?"]);
});

test("a visitor who comes back too late begins anew, and nothing is said in the dead session", async () => {
  const before = await guest();
  server.say(before.key, "Welcome");
  before.client.close();
  await server.clock.pass(30 * 60_000);
  const client = server.visitor({ storage: before.storage });
  const old = client.conversation();
  const replaced: Conversation[] = [];
  client.on("conversation", (conversation) => replaced.push(conversation));
  old.send("Late");

  client.connect();
  await server.clock.pass(0);

  assert.equal(old.ending, "expired");
  assert.deepEqual(texts(old), ["Welcome"]);
  assert.equal(replaced.length, 1);
  assert.equal(replaced[0], client.conversation());
  assert.deepEqual(texts(client.conversation()), ["Late"]);
  assert.equal(server.history(before.key).length, 1);
  assert.equal(server.sockets.at(-1)?.url.searchParams.has("session_token"), false);
});

test("a session that ends while the visitor is silent ends, and the next connection begins another", async () => {
  const { client, conversation, key } = await guest();

  server.socket.tell({ type: "status", status: "expired", session_id: `session-${key}` });

  assert.equal(conversation.ending, "expired");
  assert.equal(client.state, "closed");
  assert.throws(() => conversation.send("Too late"));
  client.connect();
  await server.clock.pass(0);
  assert.notEqual(client.conversation().id, conversation.id);
});

test("a message that finds its session ended is delivered in the next one", async () => {
  const { client, conversation, key } = await guest();
  server.answers = (frame) =>
    frame.type === "message" && frame.session_id === `session-${key}`
      ? { type: "status", status: "expired", session_id: frame.session_id }
      : null;

  conversation.send("Still there?");
  await server.clock.pass(1_000);

  assert.deepEqual(client.conversation().messages.map(({ content, delivery }) => [content, delivery]), [
    ["Still there?", "delivered"],
  ]);
});

test("a token that is dead although it should live is given up after some refusals", async () => {
  const { client, conversation } = await guest();
  server.visitors.clear();
  server.cut();

  await server.clock.pass(30_000);

  assert.equal(client.state, "open");
  assert.equal(conversation.ending, "expired");
});

test("a token is not given up because there are too many visitors for a while", async () => {
  const { client, conversation, key } = await guest();
  server.refuses = () => true;
  server.cut();
  await server.clock.pass(60_000);

  server.refuses = (url) => !url.searchParams.has("session_token");
  await server.clock.pass(60_000);

  assert.equal(client.state, "open");
  assert.equal(conversation.status, "live");
  assert.equal(conversation.id, `conv-${key}`);
});

test("who signs in takes the conversation along, with what was not yet sent, once", async () => {
  const visitor = await guest();
  server.say(visitor.key, "Welcome");
  visitor.conversation.send("Hello");
  await server.clock.pass(0);
  server.arrives = (frame) => (frame["status"] === "delivered" ? 0 : 1);
  visitor.conversation.send("Stored, but not acknowledged");
  visitor.conversation.send("Not even sent");
  await server.clock.pass(0);
  visitor.client.close();
  server.arrives = () => 1;

  const client = server.user({ storage: visitor.storage });
  client.connect();
  await server.clock.pass(0);
  const conversation = await client.claim();
  await server.clock.pass(1_000);

  assert.ok(conversation !== null);
  assert.equal(conversation.id, `conv-${visitor.key}`);
  assert.deepEqual(texts(conversation), ["Welcome", "Hello", "Stored, but not acknowledged", "Not even sent"]);
  isHistory(conversation, visitor.key);
  assert.deepEqual(
    server.said().map(({ content }) => content),
    ["Hello", "Stored, but not acknowledged", "Not even sent"],
  );
  assert.equal(await client.claim(), null);
});

test("a conversation that has ended, or a server that hands nothing over, leaves nothing to claim", async () => {
  const { client: visitor, storage } = await guest();
  visitor.close();
  server.knowsClaim = false;

  const client = server.user({ storage });

  assert.equal(await client.claim(), null);
  assert.equal(server.visitor({ storage }).conversation().id, null);
});

test("a claim that could not be asked can be asked again", async () => {
  const { client: visitor, storage, key } = await guest();
  visitor.close();
  const client = server.user({ storage });
  server.up = false;
  await assert.rejects(client.claim());
  server.up = true;

  assert.equal((await client.claim())?.id, `conv-${key}`);
});

test("a visitor whose session somebody claims has no conversation there any more", async () => {
  const { client, conversation, key } = await guest();

  server.socket.tell({ type: "status", status: "claimed", session_id: `session-${key}` });

  assert.equal(conversation.ending, "claimed");
  assert.equal(client.state, "closed");
});

// -- everything at once -----------------------------------------------------------------------------------------------

type Step =
  | readonly ["send" | "say" | "cut" | "down" | "up" | "silence" | "lose frames" | "double frames" | "calm" | "reload"]
  | readonly ["pass", number];

const STEPS = fc.array(
  fc.oneof(
    fc.tuple(
      fc.constantFrom("send", "send", "say", "say", "cut", "down", "up", "silence", "lose frames", "double frames", "calm", "reload"),
    ),
    fc.tuple(fc.constant("pass"), fc.integer({ min: 1, max: 20_000 })),
  ),
  { maxLength: 30 },
) as fc.Arbitrary<Step[]>;

for (const [who, knowsResume] of [
  ["a user", true],
  ["a user of a server without resume", false],
  ["a visitor", true],
] as const) {
  test(`whatever the network does, ${who} ends up with what the server has: all of it, once, in order`, async () => {
    await fc.assert(
      fc.asyncProperty(STEPS, async (steps) => {
        server = new FakeServer();
        server.knowsResume = knowsResume;
        const storage = new MemoryStorage();
        const open = who === "a visitor" ? guest : (): Promise<Opened> => member(key, server.user({ storage }));
        const key = who === "a visitor" ? (await guest(storage)).key : server.conversation();
        let { client, conversation } = await open(storage);
        const written: string[] = [];
        for (const [step, time = 0] of steps) {
          if (step === "send") conversation.send(written[written.push(`mine ${written.length}`) - 1] ?? "");
          else if (step === "say") server.say(key, "bot's");
          else if (step === "cut") server.cut();
          else if (step === "down") [server.up] = [false, server.cut()];
          else if (step === "up") server.up = true;
          else if (step === "silence") server.loses = () => true;
          else if (step === "lose frames") server.arrives = (frame) => (frame["type"] === "message" ? 0 : 1);
          else if (step === "double frames") server.arrives = () => 2;
          else if (step === "calm") [server.loses, server.arrives] = [() => false, () => 1];
          else if (step === "reload") [, { client, conversation }] = [client.close(), await open(storage)];
          await server.clock.pass(time);
        }
        [server.up, server.loses, server.arrives] = [true, () => false, () => 1];
        await server.clock.pass(60_000);
        // Whatever died without a word shows with the next ping, whatever is missing with the next message.
        await server.clock.pass(10 * 60_000);
        server.say(key, "The end");
        await server.clock.pass(60_000);
        server.cut(1001);
        await server.clock.pass(60_000);

        isHistory(conversation, key);
        const mine = server.history(key).filter(({ sender }) => sender === "user");
        assert.deepEqual(mine.map(({ content }) => content), written);
        client.close();
      }),
      { numRuns: 200 },
    );
  });
}
