import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Connection, type ConnectionState } from "../src/connection.ts";
import { ApiError } from "../src/errors.ts";
import { DEFAULT_TIMING } from "../src/timing.ts";
import { FakeServer } from "./server.ts";

let server: FakeServer;
let states: ConnectionState[];
let lost: number[];
let refused: number;
let dial: () => Promise<string>;
let connection: Connection;

beforeEach(() => {
  server = new FakeServer();
  states = [];
  lost = [];
  refused = 0;
  dial = () => Promise.resolve("wss://api.test/ws");
  connection = new Connection(
    {
      dial: () => dial(),
      onFrame: (frame) => {
        if (frame.type === "status" && frame.status === "connected") connection.welcome();
      },
      onState: (state) => states.push(state),
      onLost: (code) => lost.push(code),
      onRefused: () => {
        refused += 1;
        return Promise.resolve();
      },
    },
    server.platform,
    DEFAULT_TIMING,
  );
});

async function opened(): Promise<void> {
  connection.open();
  await server.clock.pass(0);
  assert.equal(connection.state, "open");
}

for (const [what, code] of [
  ["after ten idle minutes or two hours", 1001],
  ["by a server that restarts", 1012],
  ["because a frame was too large", 1009],
  ["without a word", 1006],
] as const) {
  test(`a socket that is closed ${what} is opened again`, async () => {
    await opened();

    server.cut(code);
    assert.equal(connection.state, "waiting");
    await server.clock.pass(1_000);

    assert.deepEqual(states, ["connecting", "open", "waiting", "connecting", "open"]);
    assert.deepEqual(lost, [code]);
  });
}

test("waits grow while the server is away", async () => {
  server.up = false;
  connection.open();
  const tries: number[] = [];

  for (let minute = 0; minute < 2; minute += 1) {
    await server.clock.pass(60_000);
    tries.push(server.sockets.length);
  }

  // 0, ½, 1½, 3½, 7½, 15½, 30½, 45½ seconds with the middle of every jitter, then every 15 seconds.
  assert.deepEqual(tries, [8, 12]);
  assert.equal(refused, 12);
});

test("a server that falls over right after the welcome is not stormed", async () => {
  await opened();

  for (let falls = 0; falls < 5; falls += 1) {
    server.cut();
    await server.clock.pass(500);
  }

  // At 0, ½ and 1½ seconds; the next would be at 3½.
  assert.equal(server.sockets.length, 3);
});

test("a connection that has held begins with short waits again", async () => {
  await opened();
  for (let falls = 0; falls < 5; falls += 1) {
    await server.clock.pass(60_000);
    server.cut();
    await server.clock.pass(500);
    assert.equal(connection.state, "open");
  }
});

test("a quiet connection is asked for a sign of life, long before API Gateway cuts it", async () => {
  await opened();

  await server.clock.pass(60 * 60_000);

  assert.equal(server.heard.length, 12);
  assert.equal(server.sockets.length, 1);
});

test("a connection that died without a word is noticed and replaced", async () => {
  await opened();
  const [dead] = server.sockets;
  server.loses = () => true;

  await server.clock.pass(5 * 60_000 + 10_000);
  server.loses = () => false;
  await server.clock.pass(1_000);

  assert.equal(dead?.readyState, 3);
  assert.equal(connection.state, "open");
  assert.deepEqual(lost, []);
});

test("anything heard is a sign of life", async () => {
  await opened();
  server.loses = ({ type }) => type === "ping";
  await server.clock.pass(5 * 60_000 + 9_000);

  server.socket.tell({ type: "typing", session_id: "session-1" });
  await server.clock.pass(60_000);

  assert.equal(server.sockets.length, 1);
});

test("when the network comes back, nobody waits for the timer", async () => {
  await opened();
  server.up = false;
  server.cut();
  await server.clock.pass(20_000);
  server.up = true;

  server.wake();
  await server.clock.pass(0);

  assert.equal(connection.state, "open");
});

test("when the network goes or the device slept, the connection has to prove itself soon", async () => {
  await opened();
  server.loses = () => true;

  server.doubt();
  await server.clock.pass(4_000);

  assert.equal(connection.state, "waiting");
});

test("a handshake that hangs is given up", async () => {
  server.arrives = () => 0;
  connection.open();

  await server.clock.pass(15_000);

  assert.equal(connection.state, "waiting");
});

test("a server that names a time to wait is not asked before", async () => {
  dial = () => Promise.reject(new ApiError(429, "rate_limited", "Too many.", 12_000));
  connection.open();
  await server.clock.pass(0);
  dial = () => Promise.resolve("wss://api.test/ws");

  await server.clock.pass(11_999);
  assert.equal(connection.state, "waiting");
  await server.clock.pass(1);

  assert.equal(connection.state, "open");
});

test("a connection that is closed stays closed, whatever was under way", async () => {
  connection.open();
  connection.close();
  await server.clock.pass(60_000);
  server.wake();
  await server.clock.pass(60_000);

  assert.equal(connection.state, "closed");
  assert.equal(server.sockets.length, 0);
  assert.equal(connection.send({ type: "ping" }), false);
});
