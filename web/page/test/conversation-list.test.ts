import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConversationSummary } from "../../client/src/protocol.ts";
import { ConversationList } from "../src/list/conversation-list.ts";

const summarize = (id: string, minutesAgo: number, more: Partial<ConversationSummary> = {}): ConversationSummary => ({
  id,
  bot_id: "tea",
  bot_name: "Tea Shop",
  last_message: `Message of ${id}`,
  last_activity: new Date(Date.now() - minutesAgo * 60_000).toISOString(),
  status: "active",
  ...more,
});

function create(...conversations: readonly ConversationSummary[]): ConversationList {
  const list = new ConversationList();
  list.mergeFirstPage({ conversations, total: conversations.length });
  return list;
}

const getIds = (items: readonly { readonly id: string }[]): readonly string[] => items.map(({ id }) => id);

test("latest activity is first, also after a new message", () => {
  const list = create(summarize("a", 10), summarize("b", 20));
  assert.deepEqual(getIds(list.items), ["a", "b"]);

  assert.ok(list.updateLastMessage("b", "Hello", new Date().toISOString()));
  assert.deepEqual(getIds(list.items), ["b", "a"]);
  assert.equal(list.updateLastMessage("c", "Hello", new Date().toISOString()), false);
});

test("a page removes what was deleted elsewhere, but nothing that the index may not have yet", () => {
  const list = create(summarize("old", 20), summarize("new", 0), summarize("deleted", 10));
  list.mergeFirstPage({ conversations: [summarize("old", 20)], total: 1 });

  assert.deepEqual(getIds(list.items), ["new", "old"]);
});

test("a page changes titles and states of conversations that have been active since", () => {
  const list = create(summarize("a", 0, { title: "Before", last_message: "Newest" }));
  list.merge(summarize("a", 5, { status: "archived", last_message: "Older" }));

  assert.deepEqual(
    list.items.map(({ last_message: message, status, title }) => [message, status, title]),
    [["Newest", "archived", ""]],
  );
});

test("search finds titles, bots and last messages, without case and accents", () => {
  const list = create(
    summarize("title", 1, { title: "Café au lait" }),
    summarize("bot", 2, { bot_name: "CAFE" }),
    summarize("message", 3, { last_message: "the cafe´s hours" }),
    summarize("other", 4),
  );

  assert.deepEqual(getIds(list.search(" cafe ")), ["title", "bot", "message"]);
  assert.equal(list.search(" ").length, 4);
});

test("a conversation that is being deleted is hidden until the deletion is undone", () => {
  const list = create(summarize("a", 1), summarize("b", 2));
  list.setHidden("a", true);
  list.mergeFirstPage({ conversations: [summarize("a", 1), summarize("b", 2)], total: 2 });
  assert.deepEqual(getIds(list.items), ["b"]);

  list.setHidden("a", false);
  assert.deepEqual(getIds(list.items), ["a", "b"]);
});
