import assert from "node:assert/strict";
import { test } from "node:test";
import { functionRows, frameTotals, linesOfFrame, lineRows } from "../src/totals";
import { profileOf } from "./tree";

function functions(stacks: string): Record<string, [number, number, number]> {
  const profile = profileOf(stacks);
  const rows = functionRows(profile, frameTotals(profile));
  return Object.fromEntries(rows.map((row) => [row.name, [row.selfUs, row.totalUs, row.samples]]));
}

test("a function counts once per stack", () => {
  assert.deepEqual(functions("f>f>f 5\nf>g>f 3\ng 2"), { f: [8, 8, 2], g: [2, 5, 1] });
});

test("mutual recursion", () => {
  assert.deepEqual(functions("a>b>a>b 4\nb>a 6"), { a: [6, 10, 1], b: [4, 10, 1] });
});

test("self of an outer call and of an inner one both count", () => {
  assert.deepEqual(functions("f 1\nf>f 2"), { f: [3, 3, 2] });
});

test("lines count once per stack and join functions of a file", () => {
  const profile = profileOf("f@10>f@10 5\nf@11>g@10 3\nf@11 2");
  const rows = lineRows(profile).map((row) => [row.line, row.selfUs, row.totalUs]);
  assert.deepEqual(rows.sort((a, b) => a[0] - b[0]), [
    [10, 8, 8],
    [11, 2, 5],
  ]);
});

test("given tables win over computed ones and are joined to their frames", () => {
  const given = [{ name: "f", path: "app.js", line: 1, column: 1, selfUs: 1, totalUs: 2, samples: 3 }, { name: "gone", path: "x.js", line: 1, column: 1, selfUs: 1, totalUs: 2, samples: 3 }];
  const profile = profileOf("f 5", { functions: given });
  assert.deepEqual(functionRows(profile, frameTotals(profile)).map((row) => row.frame), [0, -1]);
});

test("lines inside a function", () => {
  const profile = profileOf("f@3 5\nf@9 6\ng>f@3 4\nf@7>g 1");
  assert.deepEqual(linesOfFrame(profile, 0), [
    { line: 3, selfUs: 9, samples: 2 },
    { line: 9, selfUs: 6, samples: 1 },
  ]);
});
