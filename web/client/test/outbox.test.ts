import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import fc from "fast-check";
import { type Letter, Outbox } from "../src/outbox.ts";
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
let silences: number;
let heardAt: number;
let outbox: Outbox;

beforeEach(begin);

function begin(): void {
  storage = new MemoryStorage();
  connected = true;
  failed = [];
  silences = 0;
  heardAt = 0;
  const server = new FakeServer();
  clock = server.clock;
  outbox = opened(server);
}

/** The outbox of a page that was just loaded, on the same storage. */
function opened(server = new FakeServer()): Outbox {
  sent = [];
  const carrier = {
    transmit({ clientMessageId }: Letter): boolean {
      if (connected) sent.push(clientMessageId);
      return connected;
    },
    onSilence(): void {
      silences += 1;
    },
    heardAt: () => heardAt,
    onFailed({ clientMessageId, failure }: Letter): void {
      failed.push(`${clientMessageId} ${failure}`);
    },
  };
  return new Outbox(new Store(storage, "test"), carrier, { ...server.platform, now: () => clock.now, after: clock.after }, DEFAULT_TIMING);
}

function write(...ids: string[]): void {
  for (const id of ids) {
    outbox.add({ clientMessageId: id, conversation: id.slice(0, 1), content: id, timestamp: "" });
  }
}

function refuse(id: string, error: Parameters<Outbox["refused"]>[1]["error"], retryAfter: number | null = null): void {
  outbox.refused(id, { error, retryAfter });
}

test("of a conversation one message is under way at a time, and conversations do not wait for one another", () => {
  write("a1", "a2", "b1", "a3");
  assert.deepEqual(sent, ["a1", "b1"]);

  outbox.acknowledged("a1");

  assert.deepEqual(sent, ["a1", "b1", "a2"]);
});

test("over the next connection everything goes again that was under way, first things first", () => {
  write("a1", "a2");
  connected = false;
  outbox.interrupted();
  write("a3");
  connected = true;

  outbox.pump();
  for (const id of ["a1", "a2", "a3"]) outbox.acknowledged(id);

  assert.deepEqual(sent, ["a1", "a1", "a2", "a3"]);
  assert.deepEqual(outbox.letters, []);
});

test("a page that is loaded again sends what the last one could not", () => {
  connected = false;
  write("a1", "a2");
  connected = true;

  outbox = opened();
  outbox.pump();
  outbox.acknowledged("a1");

  assert.deepEqual(sent, ["a1", "a2"]);
});

for (const error of ["invalid_message", "conflict", "not_found", "forbidden", "payload_too_large"] as const) {
  test(`a message refused as ${error} has failed, and blocks nobody`, () => {
    write("a1", "a2");

    refuse("a1", error);

    assert.deepEqual(failed, [`a1 ${error}`]);
    assert.deepEqual(sent, ["a1", "a2"]);
    assert.equal(outbox.find("a1")?.failure, error);
  });
}

test("while the server is unavailable the same message is tried again, and the next ones wait behind it", async () => {
  write("a1", "a2", "b1");

  refuse("a1", "unavailable", 3_000);
  await clock.pass(2_999);
  assert.deepEqual(sent, ["a1", "b1"]);
  await clock.pass(1);

  assert.deepEqual(sent, ["a1", "b1", "a1"]);
  assert.deepEqual(failed, []);
});

test("however long the server is unavailable, a message is not given up", async () => {
  write("a1");
  for (let minutes = 0; minutes < 60; minutes += 1) {
    refuse("a1", "unavailable");
    await clock.pass(60_000);
  }
  assert.equal(sent.length, 61);
  assert.deepEqual(failed, []);
});

test("who has sent too much waits as long as the server says, with all conversations", async () => {
  write("a1");
  refuse("a1", "rate_limited", 7_000);
  write("b1");

  await clock.pass(6_999);
  assert.deepEqual(sent, ["a1"]);
  await clock.pass(1);

  assert.deepEqual(sent, ["a1", "a1", "b1"]);
});

test("a message that a server keeps stumbling over fails in the end", async () => {
  write("a1", "a2");
  for (let tries = 0; tries < 5; tries += 1) {
    refuse("a1", "internal");
    await clock.pass(60_000);
  }
  assert.equal(failed[0], "a1 internal");
  assert.equal(sent.at(-1), "a2");
});

test("a connection on which nothing is heard is suspect, and no message of it", async () => {
  write("a1");
  for (let silent = 1; silent < 50; silent += 1) {
    await clock.pass(15_000);
    outbox.interrupted();
    outbox.pump();
    assert.equal(silences, silent);
  }
  assert.deepEqual(failed, []);
});

test("a message that alone is met with silence fails in the end", async () => {
  write("a1", "a2");
  for (let silent = 1; silent < 5; silent += 1) {
    heardAt = clock.now + 1;
    await clock.pass(15_000);
    assert.equal(silences, silent);
    outbox.interrupted();
    outbox.pump();
  }

  heardAt = clock.now + 1;
  await clock.pass(15_000);

  assert.deepEqual(failed, ["a1 unconfirmed"]);
  assert.equal(sent.at(-1), "a2");
});

test("a message that has failed can be tried again, at its old place and under its old id", () => {
  write("a1", "a2", "a3");
  refuse("a1", "conflict");

  outbox.retry("a1");
  outbox.acknowledged("a2");

  assert.deepEqual(sent, ["a1", "a2", "a1"]);
});

test("what the server has after all is not failed any more", () => {
  write("a1");
  refuse("a1", "internal");
  refuse("a1", "conflict");

  outbox.acknowledged("a1");

  assert.deepEqual(outbox.letters, []);
});

test("a message that went out yesterday is not sent by itself any more: the server may have forgotten its id", () => {
  write("a1");
  outbox.interrupted();
  connected = false;
  write("a2");
  connected = true;
  clock.now += 23 * HOUR + 1;

  outbox = opened();
  outbox.pump();

  assert.deepEqual(failed, ["a1 stale"]);
  assert.deepEqual(sent, ["a2"], "what never went out cannot be doubled");
});

test("what has no conversation yet waits for its name", () => {
  outbox.add({ clientMessageId: "x", conversation: null, content: "", timestamp: "" });
  outbox.interrupted();
  sent = [];

  outbox.readdress(null, "a");

  assert.deepEqual(outbox.of("a").map(({ clientMessageId }) => clientMessageId), ["x"]);
  assert.deepEqual(sent, ["x"]);
});

test("what is too large for the socket is the largest that was under way", () => {
  write("a1", "a2");
  outbox.add({ clientMessageId: "b1", conversation: "b", content: "long".repeat(100), timestamp: "" });

  outbox.tooLarge();

  assert.deepEqual(failed, ["b1 payload_too_large"]);
});

test("a storage that is full costs nothing but the memory", () => {
  storage.setItem = () => {
    throw new Error("full");
  };
  write("a1");
  assert.deepEqual(sent, ["a1"]);
});

type Step = readonly ["write", string] | readonly ["cut" | "reload" | "join" | "receipt" | "lost" | "busy"];

const STEPS = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.tuple(fc.constant("write" as const), fc.constantFrom("a", "b")) },
    { weight: 5, arbitrary: fc.tuple(fc.constantFrom("cut", "reload", "join", "receipt", "receipt", "lost", "busy")) },
  ),
  { maxLength: 40 },
) as fc.Arbitrary<Step[]>;

test("whatever happens on the way, everything arrives, each conversation in its order, nothing for the first time twice", async () => {
  await fc.assert(
    fc.asyncProperty(STEPS, async (steps) => {
      begin();
      const written: string[] = [];
      const stored: string[] = [];
      const underway = (): string | undefined => sent.findLast((id) => outbox.find(id) !== undefined);
      const arrive = (id: string): void => {
        if (!stored.includes(id)) stored.push(id);
      };
      for (const [step, conversation] of steps) {
        const id = underway();
        if (step === "write") {
          written.push(`${conversation}${written.length}`);
          write(written.at(-1) ?? "");
        } else if (step === "cut" || step === "reload") {
          connected = false;
          outbox.interrupted();
          if (step === "reload") outbox = opened();
        } else if (step === "join") {
          connected = true;
          outbox.pump();
        } else if (id !== undefined && connected) {
          if (step !== "busy") arrive(id);
          if (step === "receipt") outbox.acknowledged(id);
          if (step === "busy") refuse(id, "unavailable");
        }
        await clock.pass(100);
      }
      connected = true;
      while (outbox.letters.length > 0) {
        outbox.interrupted();
        outbox.pump();
        const id = underway();
        assert.ok(id !== undefined);
        arrive(id);
        outbox.acknowledged(id);
      }
      for (const conversation of ["a", "b"]) {
        const of = (ids: string[]): string[] => ids.filter((id) => id.startsWith(conversation));
        assert.deepEqual(of(stored), of(written));
      }
    }),
  );
});
