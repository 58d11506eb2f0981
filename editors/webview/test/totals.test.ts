import assert from "node:assert/strict";
import { test } from "node:test";
import { frameName } from "../src/frames";
import { frameTotals } from "../src/totals";
import { profileOf } from "./tree";

/** Self time, total time, own samples, samples with what is called. */
function functions(stacks: string): Record<string, [number, number, number, number]> {
  const profile = profileOf(stacks);
  const { selfUs, totalUs, samples, totalSamples } = frameTotals(profile);
  return Object.fromEntries(Array.from(profile.frameName, (_, f) => [frameName(profile, f), [selfUs[f], totalUs[f], samples[f], totalSamples[f]]]));
}

test("a function counts once per stack", () => {
  assert.deepEqual(functions("f>f>f 5\nf>g>f 3\ng 2"), { f: [8, 8, 2, 2], g: [2, 5, 1, 2] });
});

test("mutual recursion", () => {
  assert.deepEqual(functions("a>b>a>b 4\nb>a 6"), { a: [6, 10, 1, 2], b: [4, 10, 1, 2] });
});

test("self of an outer call and of an inner one both count", () => {
  assert.deepEqual(functions("f 1\nf>f 2"), { f: [3, 3, 2, 2] });
});
