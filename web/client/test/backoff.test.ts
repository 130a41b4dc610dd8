import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Backoff } from "../src/backoff.ts";

test("a wait is anything from none to a ceiling that doubles and has a limit", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { maxLength: 20 }), (chances) => {
      const left = [...chances];
      const backoff = new Backoff(1_000, 30_000, () => left.shift() ?? 0);

      for (const [failures, chance] of chances.entries()) {
        assert.equal(backoff.next(), chance * Math.min(30_000, 1_000 * 2 ** failures));
      }
    }),
  );
});

test("after a success it begins anew", () => {
  const backoff = new Backoff(1_000, 30_000, () => 0.5);
  backoff.next();
  backoff.next();

  backoff.reset();

  assert.equal(backoff.next(), 500);
});
