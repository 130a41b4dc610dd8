import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Backoff } from "../src/backoff.ts";

test("a delay is random between zero and a ceiling that doubles up to the maximum", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { maxLength: 20 }), (randomNumbers) => {
      const remaining = [...randomNumbers];
      const backoff = new Backoff(1_000, 30_000, () => remaining.shift() ?? 0);

      for (const [failures, random] of randomNumbers.entries()) {
        assert.equal(backoff.nextDelay(), random * Math.min(30_000, 1_000 * 2 ** failures));
      }
    }),
  );
});

test("reset starts again with the first ceiling", () => {
  const backoff = new Backoff(1_000, 30_000, () => 0.5);
  backoff.nextDelay();
  backoff.nextDelay();

  backoff.reset();

  assert.equal(backoff.nextDelay(), 500);
});
