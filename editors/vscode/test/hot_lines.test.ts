import assert from "node:assert/strict";
import { test } from "node:test";
import { barOf, level, nextBelow } from "../src/hot_lines";
import type { HeatLine } from "../src/protocol";

const lines = (...numbers: number[]): HeatLine[] =>
  numbers.map((line) => ({ line, selfPercent: 3, totalPercent: 3, samples: 9, stale: false }));

test("levels by self share", () => {
  assert.deepEqual([0, 0.99, 1, 1.9, 2, 5, 9.9, 10, 24.9, 25, 100].map(level), [0, 0, 1, 1, 2, 3, 3, 4, 4, 5, 5]);
});

test("the bar is that of the line's own time or, hollow, of its calls", () => {
  const check = (selfPercent: number, callsPercent: number | undefined, expected: string) => {
    const bar = barOf({ line: 0, selfPercent, totalPercent: 99, samples: 9, stale: false, ...(callsPercent === undefined ? {} : { callsPercent }) });
    assert.equal(bar === undefined ? "none" : `${bar.level} ${bar.isHollow ? "hollow" : "full"}`, expected, `${selfPercent} ${callsPercent}`);
  };
  check(0, 0, "none");
  check(0.9, 4.9, "none");
  check(0, 5, "3 hollow");
  check(1.2, 47, "5 hollow");
  check(1.2, 4.9, "1 full");
  check(12, 20, "4 full");
  check(30, 60, "5 full");
  check(3, undefined, "2 full");
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
