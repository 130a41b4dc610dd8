import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConversationSummary, ConversationsClient } from "@general-bots/conversations-client";
import { type ReactNode, createElement as h } from "react";
import { type ConversationsView, useConversations } from "../src/react.ts";
import { Page } from "./rendering.ts";

let view: ConversationsView;

function List({ client, status }: { client: ConversationsClient; status?: "active" | "archived" }): ReactNode {
  view = useConversations({ pageSize: 2, ...(status !== undefined && { status }) }, client);
  return view.conversations.map(({ last_message }) => last_message).join(", ");
}

function createPage(): Page {
  const page = new Page();
  const { now } = page.server.clock;
  page.server.conversations = [10, 20, 30].map((minutes): ConversationSummary => {
    const last_activity = new Date(now - minutes * 60_000).toISOString();
    const status = minutes === 20 ? "archived" : "active";
    const bot = { bot_id: "tea", bot_name: "Tea" };
    return { id: `conv-${page.server.createId()}`, ...bot, last_message: `${minutes} minutes`, last_activity, status };
  });
  return page;
}

test("the list is loaded, page by page, and follows new messages", async () => {
  const page = createPage();
  const client = page.createUserClient();
  client.connect();
  await page.render(h(List, { client }));
  assert.equal(page.text, "10 minutes, 20 minutes");
  assert.equal(view.hasMore, true);

  await page.act(() => void view.loadMore());
  assert.equal(page.text, "10 minutes, 20 minutes, 30 minutes");
  const [, , last] = page.server.conversations;
  await page.act(() => void page.server.postMessage(String(last?.id.slice("conv-".length)), "Now"));
  assert.equal(page.text, "Now, 10 minutes, 20 minutes");
  client.close();
});

test("options in a new object at every rendering do not load the list again, and other ones do", async () => {
  const page = createPage();
  const client = page.createUserClient();
  await page.render(h(List, { client, status: "active" }));
  assert.equal(page.text, "10 minutes, 30 minutes");
  const count = page.server.requests.length;
  const { loadMore } = view;

  await page.render(h(List, { client, status: "active" }));
  assert.equal(page.server.requests.length, count);
  assert.equal(view.loadMore, loadMore);
  await page.render(h(List, { client, status: "archived" }));
  assert.equal(page.text, "20 minutes");
});
