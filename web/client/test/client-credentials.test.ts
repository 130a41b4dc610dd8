import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { SignedOutError } from "../src/index.ts";
import { openAsUser } from "./client-helpers.ts";
import { FakeServer } from "./server.ts";

let server: FakeServer;

beforeEach(() => {
  server = new FakeServer();
});

test("every connection uses a new ticket", async () => {
  await openAsUser(server);
  for (let disconnects = 0; disconnects < 3; disconnects += 1) {
    server.disconnect(1001);
    await server.clock.advance(60_000);
  }

  const tickets = server.sockets.map(({ url }) => url.searchParams.get("ticket"));
  assert.equal(new Set(tickets).size, 4);
  assert.equal(server.sockets.filter(({ isOpen }) => isOpen).length, 1);
});

test("an expired token is replaced by a fresh one, for tickets and while the socket is open", async () => {
  const freshFlags: boolean[] = [];
  let newest = "token";
  let cached = "old";
  const client = server.createUserClient({
    token: ({ fresh }) => {
      freshFlags.push(fresh);
      if (fresh) cached = newest;
      return Promise.resolve(cached);
    },
  });
  client.connect();
  await server.clock.advance(0);
  assert.equal(client.state, "open");
  assert.deepEqual(freshFlags, [false, true]);

  const conversation = client.conversation();
  conversation.send("With an old token");
  server.validTokens = new Set(["newer"]);
  server.socket.deliver({ type: "error", error: "unauthorized", message: "The token has expired." });
  newest = "newer";
  await server.clock.advance(1_000);

  assert.deepEqual(freshFlags.slice(0, 2), [false, true]);
  assert.deepEqual(freshFlags.slice(2).filter((fresh) => fresh), [true], "a fresh token is requested at once");
  assert.equal(server.requests.filter((path) => path === "POST /tickets").length, 3);
  assert.equal(client.state, "open");
});

test("the client closes and emits signedOut when a fresh token is rejected", async () => {
  for (const token of [
    (): Promise<string> => Promise.resolve("rejected"),
    (): Promise<string> => Promise.reject(new SignedOutError()),
  ]) {
    const client = server.createUserClient({ token });
    let signedOutEvents = 0;
    client.on("signedOut", () => (signedOutEvents += 1));

    client.connect();
    await server.clock.advance(60_000);

    assert.equal(signedOutEvents, 1);
    assert.equal(client.state, "closed");
    assert.deepEqual(server.sockets, []);
  }
});
