import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { ApiError } from "../src/index.ts";
import { openAsUser, openAsVisitor } from "./client-helpers.ts";
import { FakeServer } from "./server.ts";

let server: FakeServer;

beforeEach(() => {
  server = new FakeServer();
});

const PHOTO = new File(["photo"], "cat.png", { type: "image/png" });
const REFERENCE = { file_id: "f".repeat(40) };

for (const [caller, open] of [["visitor", openAsVisitor], ["user", openAsUser]] as const) {
  test(`a ${caller} uploads a file and sends it`, async () => {
    const { conversation } = await open(server);
    const progress: number[] = [];
    const uploading = conversation.upload(PHOTO, { onProgress: (sent, total) => progress.push(sent, total) });
    await server.clock.advance(0);
    const file = await uploading;

    const entry = conversation.send("Look", { files: [file] });
    await server.clock.advance(0);

    assert.deepEqual(entry.attachments, [file.attachment]);
    assert.deepEqual(server.listReceivedMessages()[0]?.attachments, [REFERENCE]);
    assert.deepEqual(progress, [1, 5, 5, 5]);
    const fields = [...(server.forms[0] ?? new FormData())];
    assert.deepEqual(fields.map(([name]) => name), ["key", "file"]);
    assert.equal(conversation.messages[0]?.delivery, "delivered");
  });
}

test("links stand before files", async () => {
  const { conversation } = await openAsVisitor(server);
  const uploading = conversation.upload(PHOTO);
  await server.clock.advance(0);
  const link = { name: "a", content_type: "text/plain", url: "https://files.example/a" };

  conversation.send("Look", { attachments: [link], files: [await uploading] });
  await server.clock.advance(0);

  assert.deepEqual(server.listReceivedMessages()[0]?.attachments, [link, REFERENCE]);
});

for (const [type, sent] of [
  ["audio/webm;codecs=opus", "audio/webm"],
  ["", "application/octet-stream"],
] as const) {
  test(`the type "${type}" is sent as ${sent}`, async () => {
    const { conversation } = await openAsVisitor(server);
    const uploading = conversation.upload(new File(["x"], "a", { type }));
    await server.clock.advance(0);
    await uploading;

    const frame = server.receivedFrames.find((each) => each.type === "upload");
    assert.equal(frame?.type === "upload" && frame.content_type, sent);
  });
}

test("a form that fails is sent again", async () => {
  const { conversation } = await openAsVisitor(server);
  const answers = [503, "lost", 204];
  server.answerForm = () => {
    const answer = answers.shift();
    if (typeof answer !== "number") throw new TypeError("Failed to fetch");
    return answer;
  };
  const uploading = conversation.upload(PHOTO);
  await server.clock.advance(60_000);

  assert.equal((await uploading).fileId, REFERENCE.file_id);
  assert.equal(server.forms.length, 1);
});

test("a form that always fails is given up", async () => {
  const { conversation } = await openAsVisitor(server);
  server.answerForm = () => 503;
  const uploading = assert.rejects(conversation.upload(PHOTO), ApiError);
  await server.clock.advance(600_000);

  await uploading;
});

test("a refused form is not sent again", async () => {
  const { conversation } = await openAsVisitor(server);
  let count = 0;
  server.answerForm = () => ((count += 1), 403);
  const uploading = assert.rejects(conversation.upload(PHOTO), { status: 403, error: "invalid_request" });
  await server.clock.advance(60_000);

  await uploading;
  assert.equal(count, 1);
});

test("a refused upload has the error of the server, and messages are not affected", async () => {
  const { client, conversation } = await openAsVisitor(server);
  const problems: unknown[] = [];
  client.on("problem", (problem) => problems.push(problem));
  server.overrideAnswer = (frame) =>
    frame.type === "upload"
      ? { type: "error", error: "invalid_request", message: "too large", client_upload_id: frame.client_upload_id }
      : null;
  const uploading = assert.rejects(conversation.upload(PHOTO), { error: "invalid_request", message: "too large" });
  conversation.send("Hello");
  await server.clock.advance(0);

  await uploading;
  assert.equal(conversation.messages[0]?.delivery, "delivered");
  assert.deepEqual(problems, []);
});

test("an upload that is aborted ends", async () => {
  const { conversation } = await openAsVisitor(server);
  const controller = new AbortController();
  server.answerForm = () => {
    controller.abort();
    return 503;
  };
  const uploading = assert.rejects(conversation.upload(PHOTO, { signal: controller.signal }), { name: "AbortError" });
  await server.clock.advance(60_000);

  await uploading;
});

test("a message with files is sent again after a reload", async () => {
  const { client, conversation, storage } = await openAsVisitor(server);
  const uploading = conversation.upload(PHOTO);
  await server.clock.advance(0);
  const file = await uploading;
  server.dropsFrame = ({ type }) => type === "message";
  conversation.send("Look", { files: [file] });
  await server.clock.advance(0);
  client.close();
  server.dropsFrame = () => false;

  const again = await openAsVisitor(server, storage);

  assert.deepEqual(again.conversation.messages[0]?.attachments, [file.attachment]);
  assert.deepEqual(server.listReceivedMessages().at(-1)?.attachments, [REFERENCE]);
});
