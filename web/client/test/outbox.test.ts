import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import fc from "fast-check";
import { Outbox, type OutboxMessage } from "../src/outbox.ts";
import { MemoryStorage, Store } from "../src/storage.ts";
import { DEFAULT_TIMING } from "../src/timing.ts";
import { Clock } from "./clock.ts";
import { FakeServer } from "./server.ts";

const HOUR = 60 * 60_000;

let clock: Clock;
let storage: MemoryStorage;
let connected: boolean;
let sent: string[];
let failed: string[];
let ackTimeouts: number;
let lastReceivedAt: number;
let outbox: Outbox;

beforeEach(reset);

function reset(): void {
  storage = new MemoryStorage();
  connected = true;
  failed = [];
  ackTimeouts = 0;
  lastReceivedAt = 0;
  const server = new FakeServer();
  clock = server.clock;
  outbox = createOutbox(server);
}

/** Create the outbox of a page that was just loaded, on the same storage. */
function createOutbox(server = new FakeServer()): Outbox {
  sent = [];
  const transport = {
    transmit({ clientMessageId }: OutboxMessage): boolean {
      if (connected) sent.push(clientMessageId);
      return connected;
    },
    onAckTimeout(): void {
      ackTimeouts += 1;
    },
    getLastReceivedAt: () => lastReceivedAt,
    onFailed({ clientMessageId, failure }: OutboxMessage): void {
      failed.push(`${clientMessageId} ${failure}`);
    },
  };
  const platform = { ...server.platform, now: () => clock.now, schedule: clock.schedule };
  return new Outbox(new Store(storage, "test"), transport, platform, DEFAULT_TIMING);
}

function addMessages(...ids: string[]): void {
  for (const id of ids) {
    outbox.add({ clientMessageId: id, conversation: id.slice(0, 1), content: id, timestamp: "" });
  }
}

function failWith(id: string, error: Parameters<Outbox["handleError"]>[1]["error"], retryAfter: number | null = null): void {
  outbox.handleError(id, { error, retryAfter });
}

test("one message per conversation is in flight, and conversations do not wait for one another", () => {
  addMessages("a1", "a2", "b1", "a3");
  assert.deepEqual(sent, ["a1", "b1"]);

  outbox.acknowledge("a1");

  assert.deepEqual(sent, ["a1", "b1", "a2"]);
});

test("messages in flight are sent again in order over the next connection", () => {
  addMessages("a1", "a2");
  connected = false;
  outbox.releaseAll();
  addMessages("a3");
  connected = true;

  outbox.flush();
  for (const id of ["a1", "a2", "a3"]) outbox.acknowledge(id);

  assert.deepEqual(sent, ["a1", "a1", "a2", "a3"]);
  assert.deepEqual(outbox.messages, []);
});

test("a reloaded page sends the messages in the storage", () => {
  connected = false;
  addMessages("a1", "a2");
  connected = true;

  outbox = createOutbox();
  outbox.flush();
  outbox.acknowledge("a1");

  assert.deepEqual(sent, ["a1", "a2"]);
});

for (const error of ["invalid_message", "conflict", "not_found", "forbidden", "payload_too_large"] as const) {
  test(`a message rejected with ${error} fails and does not block the next one`, () => {
    addMessages("a1", "a2");

    failWith("a1", error);

    assert.deepEqual(failed, [`a1 ${error}`]);
    assert.deepEqual(sent, ["a1", "a2"]);
    assert.equal(outbox.find("a1")?.failure, error);
  });
}

test("an unavailable server gets the same message again, and the next messages wait", async () => {
  addMessages("a1", "a2", "b1");

  failWith("a1", "unavailable", 3_000);
  await clock.advance(2_999);
  assert.deepEqual(sent, ["a1", "b1"]);
  await clock.advance(1);

  assert.deepEqual(sent, ["a1", "b1", "a1"]);
  assert.deepEqual(failed, []);
});

test("a message never fails because the server is unavailable", async () => {
  addMessages("a1");
  for (let minutes = 0; minutes < 60; minutes += 1) {
    failWith("a1", "unavailable");
    await clock.advance(60_000);
  }
  assert.equal(sent.length, 61);
  assert.deepEqual(failed, []);
});

test("a rate limit pauses all conversations for the time that the server gave", async () => {
  addMessages("a1");
  failWith("a1", "rate_limited", 7_000);
  addMessages("b1");

  await clock.advance(6_999);
  assert.deepEqual(sent, ["a1"]);
  await clock.advance(1);

  assert.deepEqual(sent, ["a1", "a1", "b1"]);
});

test("a message fails after five internal errors", async () => {
  addMessages("a1", "a2");
  for (let attempts = 0; attempts < 5; attempts += 1) {
    failWith("a1", "internal");
    await clock.advance(60_000);
  }
  assert.equal(failed[0], "a1 internal");
  assert.equal(sent.at(-1), "a2");
});

test("messages do not fail when nothing at all is received", async () => {
  addMessages("a1");
  for (let timeouts = 1; timeouts < 50; timeouts += 1) {
    await clock.advance(15_000);
    outbox.releaseAll();
    outbox.flush();
    assert.equal(ackTimeouts, timeouts);
  }
  assert.deepEqual(failed, []);
});

test("a message fails after five timeouts if other frames are received", async () => {
  addMessages("a1", "a2");
  for (let timeouts = 1; timeouts < 5; timeouts += 1) {
    lastReceivedAt = clock.now + 1;
    await clock.advance(15_000);
    assert.equal(ackTimeouts, timeouts);
    outbox.releaseAll();
    outbox.flush();
  }

  lastReceivedAt = clock.now + 1;
  await clock.advance(15_000);

  assert.deepEqual(failed, ["a1 unconfirmed"]);
  assert.equal(sent.at(-1), "a2");
});

test("retry sends a failed message at its original position under its original id", () => {
  addMessages("a1", "a2", "a3");
  failWith("a1", "conflict");

  outbox.retry("a1");
  outbox.acknowledge("a2");

  assert.deepEqual(sent, ["a1", "a2", "a1"]);
});

test("an acknowledgement removes a failed message", () => {
  addMessages("a1");
  failWith("a1", "internal");
  failWith("a1", "conflict");

  outbox.acknowledge("a1");

  assert.deepEqual(outbox.messages, []);
});

test("a message first sent 23 hours ago is stale, because the server may have forgotten its id", () => {
  addMessages("a1");
  outbox.releaseAll();
  connected = false;
  addMessages("a2");
  connected = true;
  clock.now += 23 * HOUR + 1;

  outbox = createOutbox();
  outbox.flush();

  assert.deepEqual(failed, ["a1 stale"]);
  assert.deepEqual(sent, ["a2"], "a message that was never sent cannot be stored twice");
});

test("a message without a conversation is sent once the conversation has a key", () => {
  outbox.add({ clientMessageId: "x", conversation: null, content: "", timestamp: "" });
  outbox.releaseAll();
  sent = [];

  outbox.moveMessages(null, "a");

  assert.deepEqual(outbox.listByConversation("a").map(({ clientMessageId }) => clientMessageId), ["x"]);
  assert.deepEqual(sent, ["x"]);
});

test("failLargest fails the largest message in flight", () => {
  addMessages("a1", "a2");
  outbox.add({ clientMessageId: "b1", conversation: "b", content: "long".repeat(100), timestamp: "" });

  outbox.failLargest();

  assert.deepEqual(failed, ["b1 payload_too_large"]);
});

test("messages are sent even if the storage is full", () => {
  storage.setItem = () => {
    throw new Error("full");
  };
  addMessages("a1");
  assert.deepEqual(sent, ["a1"]);
});

const ACTIONS = ["disconnect", "reload", "connect", "acknowledge", "acknowledge", "lose receipt", "unavailable"] as const;

type Step = readonly ["add", string] | readonly [(typeof ACTIONS)[number]];

const STEPS = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.tuple(fc.constant("add" as const), fc.constantFrom("a", "b")) },
    { weight: 5, arbitrary: fc.tuple(fc.constantFrom(...ACTIONS)) },
  ),
  { maxLength: 40 },
) as fc.Arbitrary<Step[]>;

test("every message arrives once and in order within its conversation, over lost connections and reloads", async () => {
  await fc.assert(
    fc.asyncProperty(STEPS, async (steps) => {
      reset();
      const written: string[] = [];
      const stored: string[] = [];
      const findInFlight = (): string | undefined => sent.findLast((id) => outbox.find(id) !== undefined);
      const store = (id: string): void => {
        if (!stored.includes(id)) stored.push(id);
      };
      for (const [step, conversation] of steps) {
        const id = findInFlight();
        if (step === "add") {
          written.push(`${conversation}${written.length}`);
          addMessages(written.at(-1) ?? "");
        } else if (step === "disconnect" || step === "reload") {
          connected = false;
          outbox.releaseAll();
          if (step === "reload") outbox = createOutbox();
        } else if (step === "connect") {
          connected = true;
          outbox.flush();
        } else if (id !== undefined && connected) {
          if (step !== "unavailable") store(id);
          if (step === "acknowledge") outbox.acknowledge(id);
          if (step === "unavailable") failWith(id, "unavailable");
        }
        await clock.advance(100);
      }
      connected = true;
      while (outbox.messages.length > 0) {
        outbox.releaseAll();
        outbox.flush();
        const id = findInFlight();
        assert.ok(id !== undefined);
        store(id);
        outbox.acknowledge(id);
      }
      for (const conversation of ["a", "b"]) {
        const filterIds = (ids: string[]): string[] => ids.filter((id) => id.startsWith(conversation));
        assert.deepEqual(filterIds(stored), filterIds(written));
      }
    }),
  );
});
