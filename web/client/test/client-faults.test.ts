import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MemoryStorage } from "../src/index.ts";
import { type OpenedClient, assertMatchesServer, openAsUser, openAsVisitor } from "./client-helpers.ts";
import { FakeServer } from "./server.ts";

const ACTIONS = [
  "send", "send", "answer", "answer", "disconnect", "server down", "server up",
  "lose client frames", "lose messages", "duplicate frames", "recover", "reload",
] as const;

type Step = readonly [(typeof ACTIONS)[number]] | readonly ["wait", number];

const STEPS: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.tuple(fc.constantFrom(...ACTIONS)),
    fc.tuple(fc.constant("wait" as const), fc.integer({ min: 1, max: 20_000 })),
  ),
  { maxLength: 30 },
);

for (const [kind, supportsResume] of [
  ["a user", true],
  ["a user of a server without resume", false],
  ["a visitor", true],
] as const) {
  test(`${kind} has exactly the messages of the server, in order, after any network faults`, async () => {
    await fc.assert(
      fc.asyncProperty(STEPS, async (steps) => {
        const server = new FakeServer();
        server.supportsResume = supportsResume;
        const storage = new MemoryStorage();
        const isVisitor = kind === "a visitor";
        const key = isVisitor ? (await openAsVisitor(server, storage)).key : server.createConversation();
        const open = (): Promise<OpenedClient> =>
          isVisitor ? openAsVisitor(server, storage) : openAsUser(server, key, server.createUserClient({ storage }));
        let { client, conversation } = await open();
        const written: string[] = [];
        for (const [step, time = 0] of steps) {
          if (step === "send") conversation.send(written[written.push(`sent ${written.length}`) - 1] ?? "");
          else if (step === "answer") server.postMessage(key, "answer");
          else if (step === "reload") [, { client, conversation }] = [client.close(), await open()];
          else injectFault(server, step);
          await server.clock.advance(time);
        }
        injectFault(server, "server up");
        injectFault(server, "recover");
        await server.clock.advance(60_000);
        // A dead socket is detected by the next ping, a missing message by the next one.
        await server.clock.advance(10 * 60_000);
        server.postMessage(key, "The end");
        await server.clock.advance(60_000);
        server.disconnect(1001);
        await server.clock.advance(60_000);

        assertMatchesServer(server, conversation, key);
        const sent = server.listMessages(key).filter(({ sender }) => sender === "user");
        assert.deepEqual(sent.map(({ content }) => content), written);
        client.close();
      }),
      { numRuns: 200 },
    );
  });
}

function injectFault(server: FakeServer, step: Step[0]): void {
  if (step === "disconnect" || step === "server down") server.disconnect();
  if (step === "server down") server.isUp = false;
  if (step === "server up") server.isUp = true;
  if (step === "lose client frames") server.dropsFrame = () => true;
  if (step === "lose messages") server.countDeliveries = (frame) => (frame["type"] === "message" ? 0 : 1);
  if (step === "duplicate frames") server.countDeliveries = () => 2;
  if (step === "recover") [server.dropsFrame, server.countDeliveries] = [() => false, () => 1];
}
