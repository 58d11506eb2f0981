import assert from "node:assert/strict";
import { test } from "node:test";
import { frameOf, heaviestChild, pathTo, placeBothWays, widestOf, widestOnPath, type PlacedBoxes } from "../src/boxes";
import { LocalModel } from "../src/local_model";
import type { BoxesRequest } from "../src/wire";
import { profileOf } from "./tree";

const EVERYTHING = { hidden: [], measure: "cpu", from: 0, minWidth: 0 } satisfies Partial<BoxesRequest>;

function bothWays(stacks: string, name: string): PlacedBoxes {
  const model = new LocalModel(profileOf(stacks));
  const frame = model.boxes({ ...EVERYTHING, order: "leftHeavy" }).frames.findIndex((info) => info.name === name);
  const callers = model.boxes({ ...EVERYTHING, order: "callers", frame });
  const callees = model.boxes({ ...EVERYTHING, order: "callees", frame });
  return placeBothWays(callers, callees, { from: 0, to: callees.width, minWidth: 0 });
}

/** The boxes as text, row by row: `name[x0,x1)`. */
function check(stacks: string, name: string, expected: string[], pivotRow: number): PlacedBoxes {
  const boxes = bothWays(stacks, name);
  const rows = Array.from({ length: boxes.rows }, (_, row) => {
    const of: string[] = [];
    for (let box = boxes.rowStart[row]; box < boxes.rowStart[row + 1]; box++) of.push(`${frameOf(boxes, box)?.name}[${boxes.x0[box]},${boxes.x1[box]})`);
    return of.join(" ");
  });
  assert.deepEqual(rows, expected);
  assert.equal(boxes.pivotRow, pivotRow);
  for (let box = 0; box < boxes.count; box++) {
    const parent = boxes.parent[box];
    if (parent < 0) continue;
    assert.equal(Math.abs(boxes.row[parent] - boxes.pivotRow), Math.abs(boxes.row[box] - boxes.pivotRow) - 1, `row of box ${box}`);
    assert.ok(boxes.x0[box] >= boxes.x0[parent] && boxes.x1[box] <= boxes.x1[parent], `box ${box} leaves its parent`);
  }
  return boxes;
}

test("callers above, callees below, all calls merged", () => {
  const boxes = check(
    "main>a>f>x 5\nmain>b>f>x 3\nmain>b>f>y 4\nmain>b>f 1\nother 9",
    "f",
    ["main[0,8) main[8,13)", "b[0,8) a[8,13)", "f[0,13)", "x[0,8) y[8,12)"],
    2,
  );
  const f = widestOnPath(boxes, []);
  assert.equal(boxes.self[f], 1);
  assert.equal(frameOf(boxes, heaviestChild(boxes, f))?.name, "x", "callers are no children of the function");
  const a = widestOf(boxes, 1);
  assert.deepEqual(pathTo(boxes, a).map((box) => frameOf(boxes, box)?.name), ["f", "a"]);
});

test("recursion counts once: callers and callees are those of the outermost call", () => {
  check("main>f>g>f>h 5\nmain>f>h 2", "f", ["main[0,7)", "f[0,7)", "g[0,5) h[5,7)", "f[0,5)", "h[0,5)"], 1);
});

test("a function that nothing calls and that calls nothing", () => {
  check("f 4\ng 2", "f", ["f[0,4)"], 0);
});

test("tiers stay with the callees", () => {
  const boxes = bothWays("main>f/turbofan>x/maglev 5\nmain>f/ignition 3", "f");
  const tiers = boxes.tiers.length / boxes.count;
  const f = widestOnPath(boxes, []);
  assert.deepEqual([...Array(tiers).keys()].map((t) => boxes.tiers[f * tiers + t]), [3, 0, 0, 5, 0]);
});
