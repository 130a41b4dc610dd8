import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { AbstractChat, type ChatInit, type ChatState, type ChatStatus } from "ai";
import fc from "fast-check";
import { ConversationsChatTransport, type ConversationsUIMessage, toUIMessages } from "../src/ai-sdk.ts";
import type { ConversationsClient } from "../src/index.ts";
import { FakeAnswer } from "./answers.ts";
import { type OpenedClient, openAsUser, openAsVisitor } from "./client-helpers.ts";
import { FakeServer } from "./server.ts";

/** The state of a chat, as the hooks of the AI SDK keep it. */
class State implements ChatState<ConversationsUIMessage> {
  status: ChatStatus = "ready";
  error: Error | undefined = undefined;
  messages: ConversationsUIMessage[];

  constructor(messages: ConversationsUIMessage[]) {
    this.messages = messages;
  }

  pushMessage = (message: ConversationsUIMessage): void => {
    this.messages = [...this.messages, this.snapshot(message)];
  };

  popMessage = (): void => {
    this.messages = this.messages.slice(0, -1);
  };

  replaceMessage = (index: number, message: ConversationsUIMessage): void => {
    this.messages = this.messages.with(index, this.snapshot(message));
  };

  snapshot = <T>(thing: T): T => structuredClone(thing);
}

class Chat extends AbstractChat<ConversationsUIMessage> {
  constructor({ messages = [], ...init }: ChatInit<ConversationsUIMessage>) {
    super({ ...init, state: new State(messages) });
  }

  get texts(): string[] {
    return this.messages.map(({ parts }) => parts.flatMap((part) => (part.type === "text" ? part.text : [])).join("|"));
  }
}

let server: FakeServer;

beforeEach(() => {
  server = new FakeServer();
});

function createChat(client: ConversationsClient, key: string, init: ChatInit<ConversationsUIMessage> = {}): Chat {
  return new Chat({ id: `conv-${key}`, transport: new ConversationsChatTransport(client, server.platform), ...init });
}

async function openChat(): Promise<OpenedClient & { readonly chat: Chat }> {
  const opened = await openAsUser(server);
  return { ...opened, chat: createChat(opened.client, opened.key) };
}

test("a chat shows the answer while it is written, under the id of our message", async () => {
  const { chat, key } = await openChat();
  const sent = chat.sendMessage({ text: "Question" });
  await server.clock.advance(0);
  assert.equal(chat.status, "submitted");

  const answer = new FakeAnswer(server, key).write("Hello");
  await server.clock.advance(0);
  assert.deepEqual([chat.status, chat.texts], ["streaming", ["Question", "Hello"]]);
  answer.write(" 🌍").finish("length");
  server.broadcast({ type: "suggestion", session_id: `session-${key}`, suggestions: [{ text: "More", value: "more" }] });
  await server.clock.advance(1_000);
  await sent;

  assert.deepEqual([chat.status, chat.texts], ["ready", ["Question", "Hello 🌍"]]);
  const message = chat.lastMessage;
  assert.equal(message?.id, answer.id);
  assert.deepEqual(message?.metadata, { messageIds: [answer.id], finishReason: "length" });
  const data = message?.parts.flatMap((part) => (part.type === "data-suggestions" ? part.data : []));
  assert.deepEqual(data, [{ text: "More", value: "more" }]);
});

test("a bot that answers at once, with several messages, gives one message with several texts", async () => {
  const { chat, key } = await openChat();
  const sent = chat.sendMessage({ text: "Question" });
  await server.clock.advance(0);
  server.postMessage(key, "One");
  await server.clock.advance(100);
  server.postMessage(key, "Two");
  await server.clock.advance(1_000);
  await sent;

  assert.deepEqual(chat.texts, ["Question", "One|Two"]);
});

test("an answer that begins again replaces what was shown", async () => {
  const { chat, key } = await openChat();
  const sent = chat.sendMessage({ text: "Question" });
  await server.clock.advance(0);
  const answer = new FakeAnswer(server, key).write("First").begin("More").flush();
  await server.clock.advance(0);
  assert.deepEqual(chat.texts, ["Question", "First|More"]);

  answer.restart().write("Second");
  await server.clock.advance(0);
  assert.deepEqual(chat.texts, ["Question", "Second"]);
  answer.finish();
  await server.clock.advance(1_000);
  await sent;

  assert.deepEqual(chat.texts, ["Question", "Second"]);
});

test("an answer continues over a lost connection", async () => {
  const { chat, key } = await openChat();
  const sent = chat.sendMessage({ text: "Question" });
  await server.clock.advance(0);
  const answer = new FakeAnswer(server, key).write("Hello");
  server.disconnect();
  answer.write(" lost");
  await server.clock.advance(5_000);
  answer.write(" words").finish();
  await server.clock.advance(1_000);
  await sent;

  assert.deepEqual([chat.status, chat.texts], ["ready", ["Question", "Hello lost words"]]);
});

test("stop ends the stream at once and the answer on the server", async () => {
  const { chat, key, conversation } = await openChat();
  const sent = chat.sendMessage({ text: "Question" });
  await server.clock.advance(0);
  const answer = new FakeAnswer(server, key).write("Hello");
  await server.clock.advance(0);

  await chat.stop();
  await sent;
  await server.clock.advance(0);

  assert.deepEqual([chat.status, chat.texts], ["ready", ["Question", "Hello"]]);
  assert.equal(answer.isStopRequested, true);
  answer.finishStopped();
  assert.equal(conversation.messages.at(-1)?.finishReason, "stopped");
});

test("an answer that is stopped on another device ends, also before its first word", async () => {
  const { chat, key, conversation } = await openChat();
  const sent = chat.sendMessage({ text: "Question" });
  await server.clock.advance(0);
  const answer = new FakeAnswer(server, key);
  server.broadcast({ type: "typing", session_id: `session-${key}` });
  conversation.stop();
  await server.clock.advance(0);
  answer.finishStopped();
  await server.clock.advance(1_000);
  await sent;

  assert.deepEqual([chat.status, chat.texts[0]], ["ready", "Question"]);
});

test("a chat resumes the running answer from its beginning, and can stop it", async () => {
  const first = await openChat();
  void first.chat.sendMessage({ text: "Question" });
  await server.clock.advance(0);
  const answer = new FakeAnswer(server, first.key).write("Hello");
  first.client.close();
  const { client, conversation } = await openAsUser(server, first.key);
  const chat = createChat(client, first.key, { messages: toUIMessages(conversation.messages) });

  const resumed = chat.resumeStream();
  await server.clock.advance(0);
  answer.write(" again");
  await server.clock.advance(0);
  assert.deepEqual([chat.status, chat.texts], ["streaming", ["Question", "Hello again"]]);
  await chat.stop();
  await resumed;
  await server.clock.advance(0);

  assert.equal(answer.isStopRequested, true);
});

test("a second resume does not stop the answer", async () => {
  const { chat, key } = await openChat();
  const answer = new FakeAnswer(server, key).write("Hello");
  const first = chat.resumeStream();
  await server.clock.advance(0);

  const second = chat.resumeStream();
  await server.clock.advance(0);
  answer.write(" again").finish();
  await server.clock.advance(1_000);
  await Promise.all([first, second]);

  assert.deepEqual(server.receivedFrames.filter(({ type }) => type === "stop"), []);
  assert.deepEqual(chat.texts, ["Hello again"]);
});

test("nothing is resumed if no answer runs", async () => {
  const { client, conversation, key } = await openAsUser(server);
  server.postMessage(key, "Hello");
  const chat = createChat(client, key, { messages: toUIMessages(conversation.messages) });

  await chat.resumeStream();

  assert.deepEqual([chat.status, chat.texts], ["ready", ["Hello"]]);
});

test("a visitor's chat needs no id, and a client that is not connected connects", async () => {
  const client = server.createVisitorClient();
  const chat = new Chat({ transport: new ConversationsChatTransport(client, server.platform) });
  const sent = chat.sendMessage({ text: "Question" });
  await server.clock.advance(0);
  server.postMessage([...server.visitorTokens.values()][0] ?? "", "Hello");
  await server.clock.advance(1_000);
  await sent;

  assert.deepEqual(chat.texts, ["Question", "Hello"]);
});

test("a message sent while an answer runs ends the first stream, and nothing is shown twice", async () => {
  const { chat, key } = await openChat();
  const first = chat.sendMessage({ text: "One" });
  await server.clock.advance(0);
  new FakeAnswer(server, key).write("Answer").finish();
  const second = chat.sendMessage({ text: "Two" });
  await server.clock.advance(0);
  server.postMessage(key, "Another");
  await server.clock.advance(1_000);
  await Promise.all([first, second]);

  assert.deepEqual(chat.texts.toSorted(), ["Another", "Answer", "One", "Two"]);
});

test("a chat fails if the message is not sent, the bot cannot answer, or the conversation ends", async () => {
  const refused = await openChat();
  server.overrideAnswer = (frame) =>
    frame.type === "message" ? { type: "error", error: "conflict", message: "No.", client_message_id: frame.client_message_id } : null;
  await Promise.all([refused.chat.sendMessage({ text: "Question" }), server.clock.advance(100)]);
  assert.match(refused.chat.error?.message ?? "", /not sent: conflict/);
  server.overrideAnswer = () => null;

  const failed = await openChat();
  const sent = failed.chat.sendMessage({ text: "Question" });
  await server.clock.advance(0);
  new FakeAnswer(server, failed.key).write("Hel").fail(server.listMessages(failed.key)[0]?.id ?? "");
  await sent;
  assert.match(failed.chat.error?.message ?? "", /could not answer/);

  const ended = await openAsVisitor(server);
  const chat = new Chat({ transport: new ConversationsChatTransport(ended.client, server.platform) });
  const last = chat.sendMessage({ text: "Question" });
  await server.clock.advance(0);
  server.socket.deliver({ type: "status", status: "claimed", session_id: `session-${ended.key}` });
  await last;
  assert.match(chat.error?.message ?? "", /ended: claimed/);
});

test("a bot that says nothing does not keep the chat waiting for ever", async () => {
  const { chat } = await openChat();
  const sent = chat.sendMessage({ text: "Question" });
  await server.clock.advance(61_000);
  await sent;

  assert.equal(chat.status, "ready");
});

test("answers cannot be regenerated, and files need an address", async () => {
  const { chat, conversation } = await openChat();
  await chat.sendMessage({ files: [{ type: "file", mediaType: "image/png", url: "data:image/png;base64,AA==" }], text: "See" });
  assert.match(chat.error?.message ?? "", /https/);
  await chat.regenerate();
  assert.match(chat.error?.message ?? "", /regenerated/);
  assert.deepEqual(conversation.messages, []);
});

test("a file with an address is sent as an attachment", async () => {
  const { chat } = await openChat();
  const file = { type: "file", mediaType: "image/png", filename: "a.png", url: "https://files.test/a.png" } as const;
  void chat.sendMessage({ text: "See", files: [file] });
  await server.clock.advance(0);

  const [frame] = server.listReceivedMessages();
  assert.deepEqual(frame?.attachments, [{ name: "a.png", content_type: "image/png", url: "https://files.test/a.png" }]);
});

const STEPS = fc.array(
  fc.record({
    action: fc.constantFrom("write", "write", "write", "next message", "restart", "disconnect", "duplicate frames", "recover"),
    text: fc.string({ unit: "grapheme", minLength: 1, maxLength: 4 }),
    time: fc.constantFrom(0, 0, 100, 2_000),
  }),
  { maxLength: 25 },
);

test("a chat has exactly the texts of the stored messages after any faults", async () => {
  await fc.assert(
    fc.asyncProperty(STEPS, async (steps) => {
      server = new FakeServer();
      const { chat, key, client } = await openChat();
      const sent = chat.sendMessage({ text: "Question" });
      await server.clock.advance(0);
      const answer = new FakeAnswer(server, key);
      server.broadcast({ type: "typing", session_id: `session-${key}` });
      for (const { action, text, time } of steps) {
        if (action === "write") answer.write(text);
        if (action === "next message") answer.begin(text).flush();
        if (action === "restart") answer.restart();
        if (action === "disconnect") server.disconnect();
        if (action === "duplicate frames") server.countDeliveries = () => 2;
        if (action === "recover") server.countDeliveries = () => 1;
        await server.clock.advance(time);
      }
      answer.append("The end").finish();
      await server.clock.advance(60_000);
      assert.equal(chat.status, "ready");
      await sent;

      const stored = server.listMessages(key).filter(({ sender }) => sender === "bot");
      assert.deepEqual(chat.texts, ["Question", stored.map(({ content }) => content).join("|")]);
      client.close();
    }),
    { numRuns: 100 },
  );
});
