/** The class `WebSocket`: the one of the runtime, or an option. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ConversationsClient } from "../src/index.ts";

const URLS = { apiUrl: "https://api.test/api", wsUrl: "wss://api.test/ws" };

/** Run an action in a runtime without `WebSocket`, as Node 20 is. */
function runWithoutWebSocket(action: () => void): void {
  const { WebSocket } = globalThis;
  Reflect.deleteProperty(globalThis, "WebSocket");
  try {
    action();
  } finally {
    globalThis.WebSocket = WebSocket;
  }
}

test("connecting without a WebSocket says which option to pass, and the client can be created for rendering", () => {
  runWithoutWebSocket(() => {
    const client = new ConversationsClient(URLS);

    assert.deepEqual(client.conversation().messages, []);
    assert.throws(() => client.connect(), /has no WebSocket.*`webSocket`.*import \{ WebSocket \} from "ws"/);
    assert.equal(client.state, "closed");
  });
});

test("the sockets are of the class in the options", async (t) => {
  const urls: string[] = [];
  class FakeWebSocket {
    readonly readyState = 0;
    constructor(url: string) {
      urls.push(url);
    }
    send(): void {}
    close(): void {}
  }
  const client = new ConversationsClient({ ...URLS, webSocket: FakeWebSocket });

  t.after(() => client.close());
  runWithoutWebSocket(() => client.connect());
  await new Promise(setImmediate);

  assert.deepEqual(urls, ["wss://api.test/ws?stream=1&suggestions=message"]);
});
