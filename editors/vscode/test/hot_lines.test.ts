import assert from "node:assert/strict";
import { test } from "node:test";
import { level, nextBelow } from "../src/hot_lines";
import type { HeatLine } from "../src/protocol";

const lines = (...numbers: number[]): HeatLine[] =>
  numbers.map((line) => ({ line, selfPercent: 3, totalPercent: 3, samples: 9, stale: false }));

test("levels by self share", () => {
  assert.deepEqual([0, 0.99, 1, 1.9, 2, 5, 9.9, 10, 24.9, 25, 100].map(level), [0, 0, 1, 1, 2, 3, 3, 4, 4, 5, 5]);
});

test("the next hot line is below, or the first one after the last", () => {
  const check = (hot: number[], from: number, expected: number | undefined) =>
    assert.equal(nextBelow(lines(...hot), from)?.line, expected, `${hot.join()} from ${from}`);
  check([], 0, undefined);
  check([4], 4, 4);
  check([9, 2, 5], 2, 5);
  check([9, 2, 5], 3, 5);
  check([9, 2, 5], 9, 2);
});
