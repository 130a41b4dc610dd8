import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { OutboxMessage } from "../src/outbox.ts";
import type { StoredMessage } from "../src/protocol.ts";
import { Timeline } from "../src/timeline.ts";

const CONVERSATION = fc
  .array(fc.record({ sender: fc.constantFrom("user" as const, "bot" as const), withSuggestions: fc.boolean() }), {
    minLength: 1,
    maxLength: 12,
  })
  .map((messages) => messages.map(({ sender, withSuggestions }, index) => createMessage(index + 1, sender, withSuggestions)));

/** A conversation, and frames with each of its messages at least once, in any order. */
const SHUFFLED_FRAMES = CONVERSATION.chain((history) =>
  fc.record({
    history: fc.constant(history),
    frames: fc
      .array(fc.constantFrom(...history), { maxLength: 12 })
      .chain((repeats) => fc.shuffledSubarray([...history, ...repeats], { minLength: history.length + repeats.length })),
  }),
);

function createMessage(seq: number, sender: "user" | "bot", withSuggestions = false): StoredMessage {
  const suggestions = withSuggestions && sender === "bot" ? { suggestions: [{ text: `T${seq}`, value: `V${seq}` }] } : {};
  const clientId = sender === "user" ? { client_message_id: `client-${seq}` } : {};
  return { id: `msg-${seq}`, seq, sender, content: `${seq}`, timestamp: "2026-01-01T00:00:00.000Z", ...suggestions, ...clientId };
}

function createOutboxMessage(clientMessageId: string): OutboxMessage {
  return { clientMessageId, conversation: "c", content: "mine", timestamp: "2026-01-01T00:00:00.000Z" };
}

function createTimeline(history: readonly StoredMessage[]): Timeline {
  const timeline = new Timeline();
  for (const message of history) timeline.add(message);
  return timeline;
}

/** Return the visible state, without the keys, which depend on the order of arrival. */
function toVisibleState(timeline: Timeline): unknown {
  const entries = timeline.entries.map(({ key: _key, ...entry }) => entry);
  return { entries, suggestions: timeline.suggestions };
}

test("frames in any order and with duplicates give the same list as history", () => {
  fc.assert(
    fc.property(SHUFFLED_FRAMES, ({ history, frames }) => {
      const timeline = createTimeline(frames);

      assert.deepEqual(toVisibleState(timeline), toVisibleState(createTimeline(history)));
      assert.equal(timeline.hasGap, false);
    }),
  );
});

test("a lost message is a gap, and the messages after lastContiguous close it", () => {
  fc.assert(
    fc.property(SHUFFLED_FRAMES, fc.integer({ min: 1, max: 12 }), ({ history, frames }, lost) => {
      fc.pre(lost > 1 && lost < history.length);
      const timeline = createTimeline(frames.filter(({ seq }) => seq !== lost));

      assert.equal(timeline.hasGap, true);
      assert.equal(timeline.lastContiguous?.seq, lost - 1);
      for (const message of history.slice(lost - 1)) timeline.add(message);
      assert.deepEqual(toVisibleState(timeline), toVisibleState(createTimeline(history)));
    }),
  );
});

test("a pending message becomes the stored one under the same key, whether the receipt or the frame arrives first", () => {
  const arrivals = fc.shuffledSubarray(["receipt", "frame", "frame"], { minLength: 3 });
  fc.assert(
    fc.property(arrivals, (arrival) => {
      const timeline = createTimeline([createMessage(1, "bot")]);
      const { key } = timeline.addPending(createOutboxMessage("client-2"));

      for (const step of arrival) {
        if (step === "frame") timeline.add(createMessage(2, "user"));
        else timeline.markDelivered("client-2", { message_id: "msg-2", seq: 2, timestamp: "2026-01-01T00:00:00.000Z" });
      }

      assert.deepEqual(
        timeline.entries.map((entry) => [entry.key === key, entry.seq, entry.delivery]),
        [
          [false, 1, "delivered"],
          [true, 2, "delivered"],
        ],
      );
    }),
  );
});

test("a pending message keeps its position when later messages arrive", () => {
  const timeline = createTimeline([createMessage(1, "bot")]);
  timeline.addPending(createOutboxMessage("first"));
  timeline.addPending(createOutboxMessage("second"));
  timeline.markFailed("first", "conflict");
  timeline.add(createMessage(2, "bot"));

  assert.deepEqual(
    timeline.entries.map(({ seq, clientMessageId, reason }) => seq ?? `${clientMessageId} ${reason ?? ""}`.trim()),
    [1, "first conflict", "second", 2],
  );
});

test("quick replies disappear when the user answers, and new ones appear", () => {
  const timeline = createTimeline([createMessage(1, "bot", true)]);
  assert.deepEqual(timeline.suggestions.map(({ text }) => text), ["T1"]);

  timeline.addPending(createOutboxMessage("client-2"));
  assert.deepEqual(timeline.suggestions, []);
  timeline.markDelivered("client-2", { message_id: "msg-2", seq: 2, timestamp: "" });
  assert.deepEqual(timeline.suggestions, []);

  timeline.add(createMessage(3, "bot"));
  timeline.setSuggestions([{ text: "T3", value: "V3" }]);
  assert.deepEqual(timeline.suggestions.map(({ text }) => text), ["T3"]);
});

test("an accepted gap is ignored, a later gap counts, and lastContiguous is still before the first one", () => {
  const timeline = createTimeline([createMessage(1, "bot"), createMessage(3, "bot")]);
  assert.equal(timeline.hasGap, true);

  timeline.acceptGaps();

  assert.equal(timeline.hasGap, false);
  timeline.add(createMessage(5, "bot"));
  assert.equal(timeline.hasGap, true);
  assert.equal(timeline.lastContiguous?.seq, 1);
});

test("an update creates a new entry with the same key and a new list", () => {
  const timeline = createTimeline([createMessage(1, "bot")]);
  const before = timeline.entries;

  timeline.markUnanswered("msg-1");

  assert.notEqual(timeline.entries, before);
  assert.equal(timeline.entries[0]?.key, before[0]?.key);
  assert.deepEqual([before[0]?.unanswered, timeline.entries[0]?.unanswered], [undefined, true]);
});

test("after an empty conversation was loaded, a missing first message is a gap", () => {
  const timeline = createTimeline([]);
  timeline.acceptGaps();

  timeline.add(createMessage(2, "bot"));

  assert.equal(timeline.hasGap, true);
  assert.equal(timeline.lastContiguous, undefined);
  timeline.add(createMessage(1, "bot"));
  assert.equal(timeline.hasGap, false);
});
