import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseFrame } from "../src/protocol.ts";

const NAMES = ["message", "typing", "suggestion", "status", "error", "connected", "delivered", "resumed", "delta", "__proto__"];

test("parseFrame never throws and returns null for invalid or incomplete frames", () => {
  const frame = fc.dictionary(
    fc.constantFrom("type", "status", "session_id", "seq", "id", "error"),
    fc.oneof(fc.constantFrom(...NAMES), fc.integer(), fc.constant(null)),
  );
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), frame.map((value) => JSON.stringify(value))), (data) => {
      const parsed = parseFrame(data);

      assert.ok(parsed === null || typeof parsed.type === "string");
      if (parsed?.type === "message") assert.equal(typeof parsed.seq, "number");
    }),
  );
});

test("parseFrame ignores unknown fields", () => {
  assert.deepEqual(parseFrame('{"type":"status","status":"pong","later":1}'), { type: "status", status: "pong", later: 1 });
});
