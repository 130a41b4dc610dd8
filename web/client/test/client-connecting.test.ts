/** What the client says about a server that it cannot connect to. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { ConnectionFailure, ConversationsClient } from "../src/index.ts";
import { assertMatchesServer, openAsUser, openAsVisitor } from "./client-helpers.ts";
import { FakeServer } from "./server.ts";

let server: FakeServer;

beforeEach(() => {
  server = new FakeServer();
});

function watchFailures(client: ConversationsClient): (ConnectionFailure | null)[] {
  const failures: (ConnectionFailure | null)[] = [];
  client.on("connectionFailure", (failure) => failures.push(failure));
  return failures;
}

test("a refused connection is reported after two handshakes and withdrawn when one succeeds", async () => {
  server.rejectsHandshake = () => true;
  const { client } = await openAsVisitor(server);
  const failures = watchFailures(client);
  assert.equal(client.connectionFailure, null);

  await server.clock.advance(10_000);
  assert.equal(client.connectionFailure, "refused");
  server.rejectsHandshake = () => false;
  await server.clock.advance(60_000);

  assert.deepEqual(failures, ["refused", null]);
  assert.equal(client.connectionFailure, null);
});

for (const [kind, open] of [["user", openAsUser], ["visitor", openAsVisitor]] as const) {
  test(`a server that does not answer is reported to a ${kind}`, async () => {
    server.isUp = false;
    const { client } = await open(server);
    assert.equal(client.connectionFailure, "unreachable");

    server.isUp = true;
    await server.clock.advance(60_000);

    assert.equal(client.connectionFailure, null);
  });
}

for (const error of ["rate_limited", "forbidden", "not_found"] as const) {
  test(`a visitor learns that a connection is refused as ${error}, and keeps the session`, async () => {
    const before = await openAsVisitor(server);
    server.rejectsHandshake = () => true;
    server.overrideResponse = () => Response.json({ error, detail: "No." }, { status: 429 });
    server.disconnect();
    await server.clock.advance(60_000);
    assert.equal(before.client.connectionFailure, error);

    server.rejectsHandshake = () => false;
    await server.clock.advance(60_000);

    assert.equal(before.client.connectionFailure, null);
    assert.equal(before.conversation.key, before.key);
    assert.equal(before.conversation.endReason, null);
  });
}

for (const kind of ["user", "visitor"] as const) {
  test(`a conversation that a ${kind} opens after the socket is the one of the socket, and catches up`, async () => {
    const client = kind === "user" ? server.createUserClient() : server.createVisitorClient({});
    client.connect();
    await server.clock.advance(0);

    const conversation = client.conversation();
    await server.clock.advance(0);
    assert.equal(conversation.status, "live");

    conversation.send("Hello");
    await server.clock.advance(1000);
    assertMatchesServer(server, conversation, conversation.key ?? "");
    assert.equal(server.listMessages(conversation.key ?? "").length, 1);
  });
}

test("a refused ticket is reported as a refused connection", async () => {
  server.overrideResponse = (request) =>
    request === "POST /tickets" ? Response.json({ error: "rate_limited", detail: "No." }, { status: 429 }) : null;

  const { client } = await openAsUser(server);

  assert.equal(client.connectionFailure, "rate_limited");
});

test("a client that was closed while it checked the server reports no failure", async () => {
  let failProbe = (): void => undefined;
  const probe = new Promise<Response>((_resolve, reject) => {
    failProbe = () => reject(new TypeError("fetch failed"));
  });
  server.isUp = false;
  const client = server.createVisitorClient({ platform: { ...server.platform, fetch: () => probe } });
  client.connect();
  await server.clock.advance(0);

  client.close();
  failProbe();
  await server.clock.advance(0);

  assert.equal(client.connectionFailure, null);
});

test("a failure of a client that was closed is forgotten", async () => {
  server.isUp = false;
  const { client } = await openAsVisitor(server);

  client.close();
  await server.clock.advance(60_000);

  assert.equal(client.connectionFailure, null);
});
