import assert from "node:assert/strict";
import { test } from "node:test";
import { formatRoute, parseRoute } from "../src/route.ts";

const ID = "conv-018d0c90-7b1c-7cde-8000-000000000001";

test("the address of a conversation names it", () => {
  assert.equal(parseRoute(formatRoute(ID)), ID);
});

test("other addresses name no conversation", () => {
  for (const hash of ["", "#", "#/c/", "#/c/session-1", `#/c/${ID}/x`, `#/c/${ID}?x`, "#/d/conv-1", "#/c/conv-%2e"]) {
    assert.equal(parseRoute(hash), null, hash);
  }
});
