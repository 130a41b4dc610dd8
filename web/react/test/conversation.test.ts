import assert from "node:assert/strict";
import { test } from "node:test";
import { type Conversation, ConversationsClient } from "@general-bots/conversations-client";
import { type ReactNode, createElement as h } from "react";
import { renderToString } from "react-dom/server";
import { type ConversationView, ConversationsProvider, useConnection, useConversation } from "../src/react.ts";
import { Page } from "./rendering.ts";

/** The views that the component was last rendered with. */
const views: Record<string, ConversationView> = {};

function Chat({ id, name = "chat" }: { readonly id?: string; readonly name?: string }): ReactNode {
  const view = useConversation(id);
  views[name] = view;
  return h("p", null, view.messages.map(({ content, delivery }) => `${content} (${delivery})`).join(", "));
}

function Connection(): ReactNode {
  return h("i", null, useConnection().state);
}

const provide = (client: ConversationsClient, ...children: readonly ReactNode[]): ReactNode =>
  h(ConversationsProvider, { client }, ...children);

test("a visitor's messages are shown as they are sent, delivered and answered", async () => {
  const page = new Page();
  const client = page.createClient();
  await page.render(provide(client, h(Chat), h(Connection)));
  assert.equal(page.text, "open");

  await page.act(() => void views["chat"]?.send("Hello"));
  assert.equal(page.text, "Hello (delivered)open");
  const key = String(views["chat"]?.conversation?.id?.slice("conv-".length));
  await page.act(() => void page.server.postMessage(key, "Good morning"));
  assert.equal(page.text, "Hello (delivered), Good morning (delivered)open");
});

test("the functions stay the same, and an unchanged view is the same object", async () => {
  const page = new Page();
  const client = page.createClient();
  await page.render(provide(client, h(Chat)));
  const before = views["chat"];

  await page.render(provide(client, h(Chat)));
  assert.equal(views["chat"], before);
  await page.act(() => void views["chat"]?.send("Hello"));
  assert.notEqual(views["chat"], before);
  assert.equal(views["chat"]?.send, before?.send);
});

test("strict mode opens one socket, and unmounting closes it", async () => {
  const page = new Page();
  const client = page.createClient();
  await page.render(provide(client, h(Chat)));
  assert.equal(page.server.sockets.filter(({ isOpen }) => isOpen).length, 1);

  await page.render(null);
  assert.equal(client.state, "closed");
});

test("two components share a conversation, which is closed some time after the last one is gone", async () => {
  const page = new Page();
  const client = page.createUserClient();
  const key = page.server.createConversation();
  page.server.postMessage(key, "Hello");
  const id = `conv-${key}`;
  await page.render(provide(client, h(Chat, { id, name: "a", key: "a" }), h(Chat, { id, name: "b", key: "b" })));
  assert.equal(page.text, "Hello (delivered)Hello (delivered)");
  const shared = views["a"]?.conversation as Conversation;
  assert.equal(views["b"]?.conversation, shared);

  await page.render(provide(client, h(Chat, { id, name: "b", key: "b" })));
  await page.act(undefined, 1_100);
  assert.equal(client.conversation(id), shared);

  await page.render(provide(client));
  await page.act(undefined, 1_100);
  assert.notEqual(client.conversation(id), shared);
});

test("another id shows the other conversation at once, and never messages of both", async () => {
  const page = new Page();
  const client = page.createUserClient();
  const [first, second] = [page.server.createConversation(), page.server.createConversation()];
  page.server.postMessage(first, "First");
  page.server.postMessage(second, "Second");
  await page.render(provide(client, h(Chat, { id: `conv-${first}` })));
  assert.equal(page.text, "First (delivered)");

  await page.render(provide(client, h(Chat, { id: `conv-${second}` })));
  assert.equal(page.text, "Second (delivered)");
  await page.act(() => void page.server.postMessage(first, "Late"));
  assert.equal(page.text, "Second (delivered)");
});

test("a visitor's conversation that has expired is replaced, and sending connects again", async () => {
  const page = new Page();
  const client = page.createClient();
  await page.render(provide(client, h(Chat), h(Connection)));
  const old = views["chat"]?.conversation as Conversation;
  const session_id = `session-${old.id?.slice("conv-".length)}`;

  await page.act(() => page.server.broadcast({ type: "status", status: "expired", session_id }));
  assert.equal(page.text, "closed");
  assert.notEqual(views["chat"]?.conversation, old);
  await page.act(() => void views["chat"]?.send("Are you there?"));
  assert.equal(page.text, "Are you there? (delivered)open");
});

test("the server renders nothing of a conversation and opens none, and the browser takes over its page", async () => {
  const server = new Page();
  const rendered = renderToString(provide(server.createClient(), h(Chat), h(Connection)));
  assert.equal(rendered, "<p></p><i>closed</i>");
  assert.deepEqual(server.server.sockets, []);

  const page = new Page();
  const client = page.createUserClient();
  const key = page.server.createConversation();
  page.server.postMessage(key, "Hello");
  const id = `conv-${key}`;
  await page.hydrate(renderToString(provide(client, h(Chat, { id }))), provide(client, h(Chat, { id })));
  assert.equal(page.text, "Hello (delivered)");
});

test("rendering alone opens no conversation", () => {
  const page = new Page();
  renderToString(provide(page.createUserClient(), h(Chat, { id: "conv-1" })));

  assert.deepEqual(page.server.requests, []);
});

test("a hook without a client says what is missing", () => {
  assert.throws(() => renderToString(h(Chat)), /Pass a client to the hook, or render .* ConversationsProvider/);
});
