import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlacedBoxes } from "../src/boxes";
import { boxStyle, strongestChange } from "../src/style";
import type { FrameInfo } from "../src/wire";

/** A root of 1000 units with boxes of these totals below it, each with its total before. */
function boxesOf(samples: number, pairs: [number, number][]): PlacedBoxes {
  const all: [number, number][] = [[1000, 1000], ...pairs];
  const frames = pairs.map((_, id): FrameInfo => ({ id, name: `f${id}`, path: "", isFile: false, line: 0, column: 0, category: "app" }));
  return {
    count: all.length,
    frames,
    frame: all.map((_, box) => box - 1),
    total: all.map(([total]) => total),
    before: all.map(([, before]) => before),
    samples: all.map(([total]) => (total * samples) / 1000),
    tiers: [],
    mark: all.map(() => 0),
    merged: [],
  } as unknown as PlacedBoxes;
}

/** How far from the middle of the scale each box below the root is: less than before is negative. */
function steps(boxes: PlacedBoxes): number[] {
  const look = { theme: "light", colorBy: "change", tiers: [], measure: "cpu", isSearching: false, picked: null, base: 1000, strongestChange: strongestChange(boxes, 1000) } as const;
  const { keys } = boxStyle(boxes, look);
  const [middle] = boxStyle(boxesOf(1, [[1, 1]]), look).keys.slice(1);
  return Array.from(keys.slice(1), (key) => key - middle);
}

test("a change that may be noise has no colour; small ones are pale", () => {
  const twoRuns: [number, number][] = [[400, 411], [277, 274], [212, 205], [54, 60]];
  // From 2,000 samples these are noise, from a million they are changes: of a point at most, far from the end of the scale.
  assert.deepEqual(steps(boxesOf(2000, twoRuns)), [0, 0, 0, 0]);
  assert.deepEqual(steps(boxesOf(1_000_000, twoRuns)), [-2, 1, 1, -1]);
  assert.deepEqual(steps(boxesOf(2000, [[500, 300], [100, 300]])), [4, -4]);
});

test("the scale ends at five points at least, and at the largest change", () => {
  const check = (samples: number, pairs: [number, number][], expected: number) => assert.ok(Math.abs(strongestChange(boxesOf(samples, pairs), 1000) - expected) < 1e-9);
  check(1_000_000, [[400, 410]], 0.05);
  check(1_000_000, [[400, 100]], 0.3);
  check(20, [[400, 300]], 0.05);
});
