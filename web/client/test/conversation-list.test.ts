/** The user's list of conversations. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ConversationList, type ConversationListOptions, type ConversationSummary } from "../src/index.ts";
import { FakeServer } from "./server.ts";

/** Return a conversation; the last activity is as many minutes ago. */
function createSummary(server: FakeServer, minutes: number, more: Partial<ConversationSummary> = {}): ConversationSummary {
  const last_activity = new Date(server.clock.now - minutes * 60_000).toISOString();
  return {
    id: `conv-${server.createId()}`,
    bot_id: "tea",
    bot_name: "Tea Shop",
    last_message: `${minutes} minutes ago`,
    last_activity,
    status: "active",
    ...more,
  };
}

const listTexts = ({ state }: ConversationList): string[] => state.conversations.map(({ last_message }) => last_message);

async function openList(server: FakeServer, options: ConversationListOptions = {}): Promise<ConversationList> {
  const client = server.createUserClient();
  const list = new ConversationList(client, options);
  list.open();
  client.connect();
  await server.clock.advance(0);
  return list;
}

/** A server with four conversations, the newest ten minutes old. */
function createServer(): FakeServer {
  const server = new FakeServer();
  server.conversations = [10, 20, 30, 40].map((minutes) => createSummary(server, minutes));
  return server;
}

const sessionOf = (id: string | undefined): string => `session-${id?.slice("conv-".length)}`;

test("the list is loaded page by page", async () => {
  const server = createServer();
  const list = await openList(server, { pageSize: 3 });

  assert.deepEqual(listTexts(list), ["10 minutes ago", "20 minutes ago", "30 minutes ago"]);
  assert.equal(list.state.hasMore, true);
  await list.loadMore();
  assert.deepEqual(listTexts(list), ["10 minutes ago", "20 minutes ago", "30 minutes ago", "40 minutes ago"]);
  assert.equal(list.state.hasMore, false);
});

test("a message in a conversation moves it to the top, and leaves the others as they are", async () => {
  const server = createServer();
  const list = await openList(server);
  const [first, , third] = list.state.conversations;

  server.postMessage(String(third?.id.slice("conv-".length)), "Tea is ready.");

  assert.deepEqual(listTexts(list), ["Tea is ready.", "10 minutes ago", "20 minutes ago", "40 minutes ago"]);
  assert.equal(list.state.conversations[1], first);
});

test("a message in a conversation that is not loaded adds it", async () => {
  const server = createServer();
  const list = await openList(server, { pageSize: 2 });
  const old = server.conversations[3] as ConversationSummary;

  server.conversations = [{ ...old, last_message: "Hello again", last_activity: new Date(server.clock.now).toISOString() }];
  server.postMessage(old.id.slice("conv-".length), "Hello again");
  await server.clock.advance(0);

  assert.deepEqual(listTexts(list), ["Hello again", "10 minutes ago", "20 minutes ago"]);
});

test("archived and deleted conversations leave a list of active ones, and reopened ones come back", async () => {
  const server = createServer();
  const list = await openList(server, { status: "active" });
  const [first, second, third] = server.conversations;

  server.broadcast({ type: "status", status: "archived", session_id: sessionOf(first?.id) });
  server.broadcast({ type: "status", status: "deleted", session_id: sessionOf(second?.id) });
  assert.deepEqual(listTexts(list), ["30 minutes ago", "40 minutes ago"]);

  server.broadcast({ type: "status", status: "reopened", session_id: sessionOf(first?.id) });
  await server.clock.advance(0);
  assert.deepEqual(listTexts(list), ["10 minutes ago", "30 minutes ago", "40 minutes ago"]);
  assert.equal(list.state.conversations[1]?.id, third?.id);
});

test("a conversation gets the title that another device gives it, and loses it again", async () => {
  const server = createServer();
  const list = await openList(server);
  const session_id = sessionOf(server.conversations[0]?.id);

  server.broadcast({ type: "status", status: "renamed", session_id, title: "Tea for two" });
  assert.equal(list.state.conversations[0]?.title, "Tea for two");
  server.broadcast({ type: "status", status: "renamed", session_id });
  assert.equal(list.state.conversations[0]?.title, undefined);
  assert.deepEqual(listTexts(list).length, 4);
});

test("a deleted conversation does not come back with a page that still has it", async () => {
  const server = createServer();
  const list = await openList(server);

  server.broadcast({ type: "status", status: "deleted", session_id: sessionOf(server.conversations[0]?.id) });
  await list.reload();

  assert.deepEqual(listTexts(list), ["20 minutes ago", "30 minutes ago", "40 minutes ago"]);
});

test("what changed while the connection was lost is there after the reconnect", async () => {
  const server = createServer();
  const list = await openList(server);
  const [, ...others] = server.conversations;

  server.disconnect();
  server.conversations = [createSummary(server, 1), ...others];
  await server.clock.advance(60_000);

  assert.deepEqual(listTexts(list), ["1 minutes ago", "20 minutes ago", "30 minutes ago", "40 minutes ago"]);
});

test("a page that lacks the latest activity does not remove it", async () => {
  const server = createServer();
  const list = await openList(server);
  const [first, ...others] = server.conversations;

  server.postMessage(String(first?.id.slice("conv-".length)), "Just now");
  server.conversations = others;
  await list.reload();

  assert.deepEqual(listTexts(list), ["Just now", "20 minutes ago", "30 minutes ago", "40 minutes ago"]);
});

test("a request that fails is repeated, and the list says so until then", async () => {
  const server = createServer();
  server.overrideResponse = (request) =>
    request === "GET /conversations"
      ? Response.json({ error: "rate_limited", detail: "Too many requests." }, { status: 429, headers: { "retry-after": "7" } })
      : null;
  const list = await openList(server);

  assert.match(String(list.state.error), /Too many requests/);
  assert.deepEqual([list.state.isLoaded, list.state.isLoading], [false, false]);
  server.overrideResponse = () => null;
  await server.clock.advance(6_900);
  assert.equal(list.state.isLoaded, false);
  await server.clock.advance(200);
  assert.equal(list.state.error, null);
  assert.equal(list.state.conversations.length, 4);
});

test("a closed list follows nothing and asks nothing", async () => {
  const server = createServer();
  const list = await openList(server);
  const { state } = list;
  const count = server.requests.length;

  list.close();
  server.postMessage(String(server.conversations[2]?.id.slice("conv-".length)), "Tea is ready.");
  await server.clock.advance(10_000);

  assert.equal(list.state, state);
  assert.equal(server.requests.length, count);
});

test("the list of a visitor is empty, without a request", async () => {
  const server = createServer();
  const list = new ConversationList(server.createVisitorClient());

  list.open();
  await server.clock.advance(0);

  assert.deepEqual(server.requests, []);
  assert.deepEqual(list.state.conversations, []);
});
