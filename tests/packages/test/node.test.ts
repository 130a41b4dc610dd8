import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { WebSocketServer } from "ws";
import { APPS, type NewProject, createProject } from "./new-project.ts";

const SESSION = "session-01890a5d-ac96-774b-bcce-b302099a8057";
const TIMESTAMP = "2026-11-29T09:14:02.253Z";

describe("a program in Node", () => {
  let project: NewProject;
  let server: WebSocketServer;
  let address: string;

  before(async () => {
    project = await createProject(APPS, ["ws"]);
    server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    await once(server, "listening");
    address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("connection", (socket) => {
      const send = (frame: object): void => socket.send(JSON.stringify({ session_id: SESSION, ...frame }));
      const bot = { bot_id: "tea", bot_name: "Tea Shop", anonymous: true, session_token: "token", expires_in: 1800 };
      send({ type: "status", status: "connected", ...bot });
      socket.on("message", (data) => {
        const { type, client_message_id } = JSON.parse(String(data));
        if (type === "resume") send({ type: "status", status: "resumed", last_seq: 0 });
        if (type !== "message") return;
        const stored = { seq: 1, timestamp: TIMESTAMP, message_id: "msg-1", client_message_id };
        send({ type: "status", status: "delivered", ...stored });
        send({ type: "message", id: "msg-2", seq: 2, sender: "bot", content: "Hello to you", timestamp: TIMESTAMP });
      });
    });
  });
  after(() => server.close());

  test("a program talks with the WebSocket of Node", async () => {
    assert.match(await project.runNode("chat.js", address), /bot: Hello to you/);
  });

  test("a program without a global WebSocket, as Node 20 has none, talks with the package ws", async () => {
    assert.match(await project.runNode("--no-experimental-websocket", "chat.js", address, "ws"), /bot: Hello to you/);
  });

  test("a program without any WebSocket is told what to pass", async () => {
    await assert.rejects(project.runNode("--no-experimental-websocket", "chat.js", address), /Pass a class as the option `webSocket`/);
  });

  test("a CommonJS program requires the package", async () => {
    assert.equal(await project.runNode("chat.cjs"), "closed\n");
  });
});
