import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Letter } from "../src/outbox.ts";
import type { StoredMessage } from "../src/protocol.ts";
import { Timeline } from "../src/timeline.ts";

const CONVERSATION = fc
  .array(fc.record({ sender: fc.constantFrom("user" as const, "bot" as const), quick: fc.boolean() }), { minLength: 1, maxLength: 12 })
  .map((said) => said.map(({ sender, quick }, index) => message(index + 1, sender, quick)));

/** Every message at least once, some more often, in any order. */
const ANY_WAY = CONVERSATION.chain((history) =>
  fc.record({
    history: fc.constant(history),
    frames: fc
      .array(fc.constantFrom(...history), { maxLength: 12 })
      .chain((repeats) => fc.shuffledSubarray([...history, ...repeats], { minLength: history.length + repeats.length })),
  }),
);

function message(seq: number, sender: "user" | "bot", quick = false): StoredMessage {
  const suggestions = quick && sender === "bot" ? { suggestions: [{ text: `T${seq}`, value: `V${seq}` }] } : {};
  const own = sender === "user" ? { client_message_id: `client-${seq}` } : {};
  return { id: `msg-${seq}`, seq, sender, content: `${seq}`, timestamp: "2026-01-01T00:00:00.000Z", ...suggestions, ...own };
}

function letter(clientMessageId: string): Letter {
  return { clientMessageId, conversation: "c", content: "mine", timestamp: "2026-01-01T00:00:00.000Z" };
}

function fresh(history: readonly StoredMessage[]): Timeline {
  const timeline = new Timeline();
  for (const each of history) timeline.add(each);
  return timeline;
}

/** What somebody sees, without how it came about. */
function seen(timeline: Timeline): unknown {
  const entries = timeline.entries.map(({ key: _key, ...entry }) => entry);
  return { entries, suggestions: timeline.suggestions };
}

test("any order, with any repeats, gives the list that history gives", () => {
  fc.assert(
    fc.property(ANY_WAY, ({ history, frames }) => {
      const timeline = fresh(frames);

      assert.deepEqual(seen(timeline), seen(fresh(history)));
      assert.equal(timeline.hasGap, false);
    }),
  );
});

test("what is lost shows as a gap, and filling after the last sure message closes it", () => {
  fc.assert(
    fc.property(ANY_WAY, fc.integer({ min: 1, max: 12 }), ({ history, frames }, lost) => {
      fc.pre(lost > 1 && lost < history.length);
      const timeline = fresh(frames.filter(({ seq }) => seq !== lost));

      assert.equal(timeline.hasGap, true);
      assert.equal(timeline.contiguous?.seq, lost - 1);
      for (const each of history.slice(lost - 1)) timeline.add(each);
      assert.deepEqual(seen(timeline), seen(fresh(history)));
    }),
  );
});

test("a message written here is one line from the first key stroke to the stored form, whatever comes first", () => {
  const ways = fc.shuffledSubarray(["receipt", "frame", "frame"], { minLength: 3 });
  fc.assert(
    fc.property(ways, (way) => {
      const timeline = fresh([message(1, "bot")]);
      const { key } = timeline.write(letter("client-2"));

      for (const each of way) {
        if (each === "frame") timeline.add(message(2, "user"));
        else timeline.delivered("client-2", { message_id: "msg-2", seq: 2, timestamp: "2026-01-01T00:00:00.000Z" });
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

test("what is not sent stays where it was written while others speak", () => {
  const timeline = fresh([message(1, "bot")]);
  timeline.write(letter("first"));
  timeline.write(letter("second"));
  timeline.failed("first", "conflict");
  timeline.add(message(2, "bot"));

  assert.deepEqual(
    timeline.entries.map(({ seq, clientMessageId, reason }) => seq ?? `${clientMessageId} ${reason ?? ""}`.trim()),
    [1, "first conflict", "second", 2],
  );
});

test("quick replies go when they are answered, and the next ones come", () => {
  const timeline = fresh([message(1, "bot", true)]);
  assert.deepEqual(timeline.suggestions.map(({ text }) => text), ["T1"]);

  timeline.write(letter("client-2"));
  assert.deepEqual(timeline.suggestions, []);
  timeline.delivered("client-2", { message_id: "msg-2", seq: 2, timestamp: "" });
  assert.deepEqual(timeline.suggestions, []);

  timeline.add(message(3, "bot"));
  timeline.suggest([{ text: "T3", value: "V3" }]);
  assert.deepEqual(timeline.suggestions.map(({ text }) => text), ["T3"]);
});

test("a gap that nobody can fill is lived with, the next one is seen, and the first one is not forgotten", () => {
  const timeline = fresh([message(1, "bot"), message(3, "bot")]);
  assert.equal(timeline.hasGap, true);

  timeline.settle();

  assert.equal(timeline.hasGap, false);
  timeline.add(message(5, "bot"));
  assert.equal(timeline.hasGap, true);
  assert.equal(timeline.contiguous?.seq, 1);
});

test("a line that changes is a new object under the same key, and the list a new one", () => {
  const timeline = fresh([message(1, "bot")]);
  const before = timeline.entries;

  timeline.unanswered("msg-1");

  assert.notEqual(timeline.entries, before);
  assert.equal(timeline.entries[0]?.key, before[0]?.key);
  assert.deepEqual([before[0]?.unanswered, timeline.entries[0]?.unanswered], [undefined, true]);
});

test("after a look at a conversation in which nothing was said, its first message cannot be missed", () => {
  const timeline = fresh([]);
  timeline.settle();

  timeline.add(message(2, "bot"));

  assert.equal(timeline.hasGap, true);
  assert.equal(timeline.contiguous, undefined);
  timeline.add(message(1, "bot"));
  assert.equal(timeline.hasGap, false);
});
