import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConversationSummary, ExportPage, StoredMessage } from "../../client/src/protocol.ts";
import { exportData } from "../src/export.ts";

const TIME = "2026-01-01T00:00:00.000Z";

const message = (id: string, seq: number, content = id): StoredMessage => ({
  id,
  seq,
  sender: "user",
  content,
  timestamp: TIME,
});

const conversation = (id: string, title = ""): ConversationSummary => ({
  id,
  title,
  bot_id: "default",
  bot_name: "Bot",
  last_message: "",
  last_activity: TIME,
  status: "active",
});

const MEMORY = { bot_id: "default", name: "city", value: "Rome" };

test("the pages of a conversation are merged, and what is exported twice is there once", async () => {
  const pages: Record<string, ExportPage> = {
    "": { conversation: conversation("a", "old"), messages: [message("1", 1)], next_cursor: "b" },
    b: { conversation: conversation("b"), messages: [], next_cursor: "c" },
    c: { conversation: conversation("a", "new"), messages: [message("2", 2), message("1", 1, "redacted")], next_cursor: "d" },
    // The conversation of this page was deleted meanwhile.
    d: { next_cursor: "e" },
    e: { memories: [MEMORY], next_cursor: null },
  };

  const data = await exportData(async (cursor) => pages[cursor ?? ""] ?? {});

  assert.deepEqual(data, {
    conversations: [
      { conversation: conversation("a", "new"), messages: [message("1", 1, "redacted"), message("2", 2)] },
      { conversation: conversation("b"), messages: [] },
    ],
    memories: [MEMORY],
  });
});
