import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Connection, type ConnectionState } from "../src/connection.ts";
import { ApiError } from "../src/errors.ts";
import { DEFAULT_TIMING } from "../src/timing.ts";
import { FakeServer } from "./server.ts";

let server: FakeServer;
let states: ConnectionState[];
let closeCodes: number[];
let failedHandshakes: number;
let getUrl: () => Promise<string>;
let connection: Connection;

beforeEach(() => {
  server = new FakeServer();
  states = [];
  closeCodes = [];
  failedHandshakes = 0;
  getUrl = () => Promise.resolve("wss://api.test/ws");
  connection = new Connection(
    {
      getUrl: () => getUrl(),
      onFrame: (frame) => {
        if (frame.type === "status" && frame.status === "connected") connection.markOpen();
      },
      onStateChange: (state) => states.push(state),
      onDisconnected: (code) => closeCodes.push(code),
      onUrlFailed: () => undefined,
      onHandshakeFailed: () => {
        failedHandshakes += 1;
        return Promise.resolve();
      },
    },
    server.platform,
    DEFAULT_TIMING,
  );
});

async function openConnection(): Promise<void> {
  connection.open();
  await server.clock.advance(0);
  assert.equal(connection.state, "open");
}

for (const [cause, code] of [
  ["by API Gateway's idle timeout or maximum duration", 1001],
  ["by a restart of the server", 1012],
  ["for a frame that is too large", 1009],
  ["by a network failure", 1006],
] as const) {
  test(`a socket closed ${cause} is reconnected`, async () => {
    await openConnection();

    server.disconnect(code);
    assert.equal(connection.state, "waiting");
    await server.clock.advance(1_000);

    assert.deepEqual(states, ["connecting", "open", "waiting", "connecting", "open"]);
    assert.deepEqual(closeCodes, [code]);
  });
}

test("reconnect delays grow while the server is unreachable", async () => {
  server.isUp = false;
  connection.open();
  const attempts: number[] = [];

  for (let minute = 0; minute < 2; minute += 1) {
    await server.clock.advance(60_000);
    attempts.push(server.sockets.length);
  }

  // 0, ½, 1½, 3½, 7½, 15½, 30½, 45½ seconds with the middle of every jitter, then every 15 seconds.
  assert.deepEqual(attempts, [8, 12]);
  assert.equal(failedHandshakes, 12);
});

test("a server that crashes right after the handshake is reconnected with growing delays", async () => {
  await openConnection();

  for (let crashes = 0; crashes < 5; crashes += 1) {
    server.disconnect();
    await server.clock.advance(500);
  }

  // At 0, ½ and 1½ seconds; the next would be at 3½.
  assert.equal(server.sockets.length, 3);
});

test("a stable connection resets the backoff", async () => {
  await openConnection();
  for (let crashes = 0; crashes < 5; crashes += 1) {
    await server.clock.advance(60_000);
    server.disconnect();
    await server.clock.advance(500);
    assert.equal(connection.state, "open");
  }
});

test("an idle connection is pinged before API Gateway's idle timeout", async () => {
  await openConnection();

  await server.clock.advance(60 * 60_000);

  assert.equal(server.receivedFrames.length, 12);
  assert.equal(server.sockets.length, 1);
});

test("a dead connection is detected by a missing pong and replaced", async () => {
  await openConnection();
  const [dead] = server.sockets;
  server.dropsFrame = () => true;

  await server.clock.advance(5 * 60_000 + 10_000);
  server.dropsFrame = () => false;
  await server.clock.advance(1_000);

  assert.equal(dead?.readyState, 3);
  assert.equal(connection.state, "open");
  assert.deepEqual(closeCodes, []);
});

test("any received frame counts as an answer to a ping", async () => {
  await openConnection();
  server.dropsFrame = ({ type }) => type === "ping";
  await server.clock.advance(5 * 60_000 + 9_000);

  server.socket.deliver({ type: "typing", session_id: "session-1" });
  await server.clock.advance(60_000);

  assert.equal(server.sockets.length, 1);
});

test("a connection reconnects at once when the network returns", async () => {
  await openConnection();
  server.isUp = false;
  server.disconnect();
  await server.clock.advance(20_000);
  server.isUp = true;

  server.wake();
  await server.clock.advance(0);

  assert.equal(connection.state, "open");
});

test("a suspect connection is pinged with a short timeout when the network is lost", async () => {
  await openConnection();
  server.dropsFrame = () => true;

  server.goOffline();
  await server.clock.advance(4_000);

  assert.equal(connection.state, "waiting");
});

test("a handshake that hangs times out", async () => {
  server.countDeliveries = () => 0;
  connection.open();

  await server.clock.advance(15_000);

  assert.equal(connection.state, "waiting");
});

test("reconnect waits for the retry time that the server gave", async () => {
  getUrl = () => Promise.reject(new ApiError(429, "rate_limited", "Too many.", 12_000));
  connection.open();
  await server.clock.advance(0);
  getUrl = () => Promise.resolve("wss://api.test/ws");

  await server.clock.advance(11_999);
  assert.equal(connection.state, "waiting");
  await server.clock.advance(1);

  assert.equal(connection.state, "open");
});

test("a closed connection stays closed, even if it was connecting", async () => {
  connection.open();
  connection.close();
  await server.clock.advance(60_000);
  server.wake();
  await server.clock.advance(60_000);

  assert.equal(connection.state, "closed");
  assert.equal(server.sockets.length, 0);
  assert.equal(connection.send({ type: "ping" }), false);
});
