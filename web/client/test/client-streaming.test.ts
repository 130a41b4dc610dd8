import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import fc from "fast-check";
import { type Conversation, MemoryStorage } from "../src/index.ts";
import { FakeAnswer } from "./answers.ts";
import { assertMatchesServer, listTexts, openAsUser, openAsVisitor } from "./client-helpers.ts";
import { FakeServer } from "./server.ts";

let server: FakeServer;

beforeEach(() => {
  server = new FakeServer();
});

const listStreaming = ({ messages }: Conversation): string[] =>
  messages.filter(({ streaming }) => streaming).map(({ content }) => content);

test("sockets are opened for answers in pieces and for quick replies within messages", async () => {
  await openAsUser(server);
  await openAsVisitor(server);

  const asked = server.sockets.map(({ url }) => [url.searchParams.get("stream"), url.searchParams.get("suggestions")]);
  assert.deepEqual(asked, [["1", "message"], ["1", "message"]]);
});

test("an answer grows piece by piece and becomes the stored message, with the same key", async () => {
  const { conversation, key } = await openAsUser(server);
  const answer = new FakeAnswer(server, key).write("Hello");
  const [first] = conversation.messages;
  assert.deepEqual(
    { id: first?.id, streaming: first?.streaming, sender: first?.sender, answering: conversation.answering },
    { id: answer.id, streaming: true, sender: "bot", answering: true },
  );

  answer.write(", wörld 🌍").write("!");
  assert.deepEqual(listTexts(conversation), ["Hello, wörld 🌍!"]);
  answer.finish();

  assertMatchesServer(server, conversation, key);
  assert.equal(conversation.messages[0]?.key, first?.key);
  assert.equal(conversation.messages[0]?.streaming, undefined);
  assert.equal(conversation.answering, false);
});

test("a long answer has several messages, each replaced by its own", async () => {
  const { conversation, key } = await openAsUser(server);
  const answer = new FakeAnswer(server, key).write("One").begin("Two").flush();
  const keys = conversation.messages.map((message) => message.key);
  assert.deepEqual(listStreaming(conversation), ["One", "Two"]);

  answer.finish("length");

  assertMatchesServer(server, conversation, key);
  assert.deepEqual(conversation.messages.map((message) => message.key), keys);
  assert.deepEqual(conversation.messages.map(({ finishReason }) => finishReason), ["length", "length"]);
});

test("a message that only an earlier attempt has written disappears when the answer is stored", async () => {
  const { conversation, key } = await openAsUser(server);
  const answer = new FakeAnswer(server, key).write("One").begin("Two").flush();
  answer.restart().append("Only one").finish();

  await server.clock.advance(1_000);

  assertMatchesServer(server, conversation, key);
  assert.equal(conversation.answering, false);
});

test("loading earlier messages does not end the answer", async () => {
  const key = server.createConversation();
  for (let number = 1; number <= 60; number += 1) server.postMessage(key, `Message ${number}`);
  const { conversation } = await openAsUser(server, key);
  const answer = new FakeAnswer(server, key).write("Hello");

  await conversation.loadEarlier();
  await server.clock.advance(10_000);
  answer.write(" again");

  assert.deepEqual(listStreaming(conversation), ["Hello again"]);
});

test("a message that the user sends meanwhile stays before the answer, which gets a later id", async () => {
  const { conversation, key } = await openAsUser(server);
  const answer = new FakeAnswer(server, key).write("Answer");
  const [streamed] = conversation.messages;
  conversation.send("And then?");
  assert.deepEqual(listTexts(conversation), ["And then?", "Answer"]);
  await server.clock.advance(0);
  assert.deepEqual(listTexts(conversation), ["And then?", "Answer"]);

  answer.write(" 1").finish();

  assertMatchesServer(server, conversation, key);
  assert.notEqual(conversation.messages[1]?.id, streamed?.id);
  assert.equal(conversation.messages[1]?.key, streamed?.key);
});

test("a later attempt replaces an earlier one, which is ignored from then on", async () => {
  const { conversation, key } = await openAsUser(server);
  const answer = new FakeAnswer(server, key).write("Once").begin("More").flush();
  const old = { type: "delta", session_id: `session-${key}`, id: answer.id, attempt: 1 };
  answer.restart().write("Again");
  assert.deepEqual(listTexts(conversation), ["Again"]);

  server.broadcast({ ...old, offset: 0, content: "From a worker that is still alive" });

  assert.deepEqual(listTexts(conversation), ["Again"]);
});

test("a piece that does not fit is ignored, and so is one of a message that is stored", async () => {
  const { conversation, key } = await openAsUser(server);
  const answer = new FakeAnswer(server, key).write("Hello");
  const frame = { type: "delta", session_id: `session-${key}`, id: answer.id, attempt: 1 };
  for (const offset of [1, 4, 6]) server.broadcast({ ...frame, offset, content: "!" });
  assert.deepEqual(listTexts(conversation), ["Hello"]);

  answer.finish();
  server.broadcast({ ...frame, offset: 0, content: "Late" });

  assertMatchesServer(server, conversation, key);
});

test("a reconnect keeps what is shown until the complete text arrives", async () => {
  const { conversation, key } = await openAsUser(server);
  server.postMessage(key, "Hi");
  const answer = new FakeAnswer(server, key).write("Hello");
  const shown: string[] = [];
  conversation.on("change", () => shown.push(...listStreaming(conversation)));

  server.disconnect();
  answer.write(" lost");
  await server.clock.advance(5_000);
  assert.deepEqual(listStreaming(conversation), ["Hello"]);
  answer.write(" words");

  assert.deepEqual([...new Set(shown)], ["Hello", "Hello lost words"]);
});

test("an answer that has ended during a lost connection is not shown any more", async () => {
  const { conversation, key } = await openAsUser(server);
  server.postMessage(key, "Hi");
  const answer = new FakeAnswer(server, key).write("Hello");
  server.disconnect();
  answer.fail("msg-unknown");

  await server.clock.advance(5_000);

  assertMatchesServer(server, conversation, key);
  assert.equal(conversation.answering, false);
});

test("an answer that begins while the client catches up stays", async () => {
  const { conversation, key } = await openAsUser(server);
  server.postMessage(key, "Hi");
  server.disconnect();
  server.dropsFrame = (frame) => frame.type === "resume";
  await server.clock.advance(5_000);
  new FakeAnswer(server, key).write("Hello");

  server.broadcast({ type: "status", status: "resumed", session_id: `session-${key}`, last_seq: 1 });

  assert.deepEqual(listStreaming(conversation), ["Hello"]);
});

for (const kind of ["visitor", "user"] as const) {
  test(`a ${kind} who reloads in mid-answer sees that the bot is answering, then the complete text`, async () => {
    const storage = new MemoryStorage();
    const isVisitor = kind === "visitor";
    const { client, key } = isVisitor ? await openAsVisitor(server, storage) : await openAsUser(server);
    client.conversation().send("Question");
    await server.clock.advance(0);
    const answer = new FakeAnswer(server, key).write("Hello");
    client.close();

    const { conversation } = isVisitor ? await openAsVisitor(server, storage) : await openAsUser(server, key);
    assert.deepEqual(listTexts(conversation), ["Question"]);
    assert.equal(conversation.answering, true);
    answer.write(" again");

    assert.deepEqual(listTexts(conversation), ["Question", "Hello again"]);
  });
}

test("stop names the message that is being written, and what was written stays", async () => {
  const { conversation, key } = await openAsUser(server);
  const answer = new FakeAnswer(server, key).write("Hello");

  conversation.stop();
  await server.clock.advance(0);

  assert.deepEqual(server.receivedFrames.at(-1), { type: "stop", session_id: `session-${key}`, id: answer.id });
  assert.equal(conversation.stopping, true);
  answer.finishStopped();
  assert.equal(conversation.messages[0]?.finishReason, "stopped");
  assertMatchesServer(server, conversation, key);
  assert.deepEqual([conversation.answering, conversation.stopping], [false, false]);
});

test("an answer that is stopped before its first word leaves nothing", async () => {
  const { conversation, key } = await openAsUser(server);
  const answer = new FakeAnswer(server, key);
  server.broadcast({ type: "typing", session_id: `session-${key}` });
  conversation.stop();
  await server.clock.advance(0);
  assert.deepEqual(server.receivedFrames.at(-1), { type: "stop", session_id: `session-${key}` });

  answer.finishStopped();

  assert.deepEqual([conversation.messages, conversation.answering], [[], false]);
});

test("a stop that is lost with its connection is sent again while the answer runs", async () => {
  const { conversation, key } = await openAsUser(server);
  server.postMessage(key, "Hi");
  const answer = new FakeAnswer(server, key).write("Hello");
  server.dropsFrame = (frame) => frame.type === "stop";
  conversation.stop();
  await server.clock.advance(0);
  assert.equal(answer.isStopRequested, false);
  server.disconnect();
  server.dropsFrame = () => false;

  await server.clock.advance(5_000);

  assert.equal(answer.isStopRequested, true);
});

test("a stop that is lost is not sent for the next answer", async () => {
  const { conversation, key } = await openAsUser(server);
  server.postMessage(key, "Hi");
  const answer = new FakeAnswer(server, key).write("Hello");
  server.dropsFrame = (frame) => frame.type === "stop";
  conversation.stop();
  await server.clock.advance(0);
  answer.finish();
  server.dropsFrame = () => false;
  const next = new FakeAnswer(server, key).write("Next");

  server.disconnect();
  await server.clock.advance(5_000);

  assert.equal(next.isStopRequested, false);
});

test("a stop without a running answer shows that the end of the answer was missed", async () => {
  const { conversation, key } = await openAsUser(server);
  server.postMessage(key, "Hi");
  const answer = new FakeAnswer(server, key).write("Hello");
  server.countDeliveries = () => 0;
  answer.finish();
  server.countDeliveries = () => 1;
  assert.deepEqual(listStreaming(conversation), ["Hello"]);

  conversation.stop();
  await server.clock.advance(0);

  assertMatchesServer(server, conversation, key);
  assert.equal(conversation.answering, false);
});

test("a failed answer, a deleted conversation and an expired one drop what was written", async () => {
  const { conversation, key } = await openAsUser(server);
  conversation.send("Question");
  await server.clock.advance(0);
  new FakeAnswer(server, key).write("Hello").fail(server.listMessages(key)[0]?.id ?? "");
  assert.deepEqual(listTexts(conversation), ["Question"]);
  assert.equal(conversation.messages[0]?.unanswered, true);

  new FakeAnswer(server, key).write("Hello");
  server.broadcast({ type: "status", status: "deleted", session_id: `session-${key}` });
  assert.deepEqual(listStreaming(conversation), []);

  for (const status of ["expired", "claimed"]) {
    const visitor = await openAsVisitor(server);
    new FakeAnswer(server, visitor.key).write("Hello");
    server.socket.deliver({ type: "status", status, session_id: `session-${visitor.key}` });
    assert.deepEqual(listStreaming(visitor.conversation), []);
  }
});

test("a visitor's incomplete message is marked after a reload too, and unfinished text is not stored", async () => {
  const { client, key, storage } = await openAsVisitor(server);
  new FakeAnswer(server, key).write("Hello").finish("interrupted");
  new FakeAnswer(server, key).write("Unfinished");
  server.broadcast({ type: "suggestion", session_id: `session-${key}`, suggestions: [] });
  client.close();

  const messages = server.createVisitorClient({ storage }).conversation().messages;

  assert.deepEqual(messages.map(({ content, finishReason }) => [content, finishReason]), [["Hello", "interrupted"]]);
});

const ACTIONS = ["flush", "next message", "restart", "finish", "stop", "send", "disconnect", "duplicate frames", "recover"];

type Step = { readonly action: string; readonly text: string; readonly time: number };

const STEPS: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    action: fc.constantFrom(...ACTIONS, ...Array<string>(6).fill("write")),
    text: fc.string({ unit: "grapheme", minLength: 1, maxLength: 4 }),
    time: fc.constantFrom(0, 0, 100, 2_000),
  }),
  { maxLength: 40 },
);

for (const kind of ["user", "visitor"] as const) {
  test(`a ${kind} sees prefixes of answers, replaced by the messages, and nothing twice, after any faults`, async () => {
    await fc.assert(
      fc.asyncProperty(STEPS, async (steps) => {
        const server = new FakeServer();
        const { client, conversation, key } = kind === "user" ? await openAsUser(server) : await openAsVisitor(server);
        server.postMessage(key, "Hi");
        await server.clock.advance(0);
        let answer = new FakeAnswer(server, key);
        /** Everything that the bot has written at any time, message by message. */
        const written: string[] = [];
        conversation.on("change", () => {
          const { messages } = conversation;
          const ids = messages.flatMap(({ id }) => id ?? []);
          assert.equal(new Set(ids).size, ids.length, "nothing twice");
          for (const { content, streaming } of messages) {
            if (streaming) assert.ok(written.some((text) => text.startsWith(content)), `a prefix: ${content}`);
          }
          const firstStreaming = messages.findIndex(({ streaming }) => streaming);
          if (firstStreaming !== -1) assert.ok(messages.slice(firstStreaming).every(({ streaming }) => streaming));
        });
        const end = (finish: () => void): void => {
          finish();
          if (server.sockets.some(({ isOpen }) => isOpen)) assert.deepEqual(listStreaming(conversation), []);
          answer = new FakeAnswer(server, key);
        };
        for (const { action, text, time } of steps) {
          if (action === "write") answer.append(text);
          if (action === "next message") answer.begin(text);
          written.push(...answer.texts);
          if (action === "flush" || action === "write") answer.flush();
          if (action === "restart") answer.restart();
          if (action === "finish" && answer.texts.length > 0) end(() => answer.finish());
          if (action === "send") conversation.send(text);
          if (action === "stop") conversation.stop();
          if (action === "disconnect") server.disconnect();
          if (action === "duplicate frames") server.countDeliveries = () => 2;
          if (action === "recover") server.countDeliveries = () => 1;
          await server.clock.advance(time);
          if (answer.isStopRequested) end(() => answer.finishStopped());
        }
        await server.clock.advance(60_000);
        answer.append("The end");
        written.push(...answer.texts);
        answer.flush();
        assert.deepEqual(listStreaming(conversation), answer.texts);
        answer.finish();
        await server.clock.advance(60_000);

        assertMatchesServer(server, conversation, key);
        assert.equal(conversation.answering, false);
        client.close();
      }),
      { numRuns: 200 },
    );
  });
}
