import assert from "node:assert/strict";
import { test } from "node:test";
import { boxAs, boxAt, heaviestChild, placeBoxes, placeOfBox, widestHighlighted, widestOf, widestOnPath } from "../src/boxes";
import { LocalModel } from "../src/local_model";
import type { Boxes, BoxesRequest } from "../src/wire";
import { profileOf } from "./tree";

function modelOf(stacks: string): LocalModel {
  return new LocalModel(profileOf(stacks));
}

function request(more: Partial<BoxesRequest> = {}): BoxesRequest {
  return { order: "leftHeavy", hidden: [], measure: "cpu", from: 0, minWidth: 0, ...more };
}

function names(boxes: Boxes): string[] {
  return Array.from(boxes.frame, (frame, box) => `${frame < 0 ? "all" : boxes.frames[frame].name}[${boxes.x0[box]},${boxes.x1[box]})`);
}

const STACKS = "main>wide>deep 60\nmain>wide 20\nmain>narrow>leaf 1\nother 19";

test("everything, in order of row and x", () => {
  const boxes = modelOf(STACKS).boxes(request());
  assert.deepEqual(names(boxes), ["all[0,100)", "main[0,81)", "other[81,100)", "wide[0,80)", "narrow[80,81)", "deep[0,60)", "leaf[80,81)"]);
  assert.deepEqual([boxes.width, boxes.nRows, boxes.leftOut], [100, 4, 0]);
});

test("narrow neighbours are merged as what is above them is", () => {
  const merged = (stacks: string, minWidth: number) => {
    const boxes = modelOf(stacks).boxes(request({ order: "timeOrder", minWidth }));
    return names(boxes).map((name, box) => (boxes.merged?.[box] === 1 ? name : `${boxes.merged?.[box]} ${name}`).replace(/,/, "-"));
  };
  // The cases of server/crates/views/tests/views/part.rs.
  assert.deepEqual(merged("m>a>x 3\nm>b 4\nm>c>z 3\nm>d 20", 8), ["all[0-30)", "m[0-30)", "3 b[0-10)", "d[10-30)", "2 x[0-10)"]);
  assert.deepEqual(merged("m>a 6\nm>a>x 3\nm>b>y 3\nm>b 6", 4), ["all[0-18)", "m[0-18)", "a[0-9)", "b[9-18)", "x[6-9)", "y[9-12)"]);
  assert.deepEqual(merged("m>a 6\nm>a>x 1\nm>b>y 1\nm>b 6", 4), ["all[0-14)", "m[0-14)", "a[0-7)", "b[7-14)", "x[6-7)", "y[7-8)"]);
  assert.deepEqual(merged("m>a 60\nm>a>x 1\nm>b>y 1\nm>b 60", 16), ["all[0-122)", "m[0-122)", "a[0-61)", "b[61-122)"]);
  assert.deepEqual(merged("m>a 3\nm>b 3\nm 4\nm>c 3\nm>d 2", 4), ["all[0-15)", "m[0-15)", "2 a[0-6)", "2 c[10-15)"]);
  const boxes = modelOf("m>a>x 3\nm>b 4\nm>c>z 3\nm>d 20").boxes(request({ order: "timeOrder", minWidth: 8 }));
  assert.deepEqual([boxes.selfValue[2], boxes.totalValue[2], boxes.samples[2], boxes.parent[4]], [4, 10, 3, 2]);
});

test("a merged box is no function's: it is not found, and gone to only where there is no other", () => {
  const model = modelOf("m>a 3\nm>b 4\nm>c 3\nm>d 20\nm>d>e 1\nm 20");
  const all = placeBoxes(model.boxes(request({ order: "timeOrder" })), { from: 0, to: 51, minWidth: 0 });
  const merged = placeBoxes(model.boxes(request({ order: "timeOrder", minWidth: 8 })), { from: 0, to: 51, minWidth: 8 });
  const b = boxAs(all, 3);
  assert.deepEqual([b.frame?.name, b.merged, placeOfBox(merged, b)], ["b", 1, -1]);
  assert.deepEqual([boxAs(merged, 2).merged, boxAs(merged, heaviestChild(merged, 1)).frame?.name], [3, "d"]);
  assert.deepEqual([widestOf(merged, b.frame?.id ?? -1), widestOnPath(merged, [0, b.frame?.id ?? -1])], [-1, -1]);
  const marked = placeBoxes(model.boxes(request({ order: "timeOrder", minWidth: 8, highlight: b.frame?.id })), { from: 0, to: 51, minWidth: 8 });
  assert.equal(widestHighlighted(marked), 2);
});

test("narrow boxes are left out unless they match, with all above them", () => {
  const model = modelOf(STACKS);
  const pruned = model.boxes(request({ minWidth: 8 }));
  assert.deepEqual(names(pruned), ["all[0,100)", "main[0,81)", "other[81,100)", "wide[0,80)", "deep[0,60)"]);
  assert.equal(pruned.leftOut, 2);
  const matched = model.boxes(request({ minWidth: 8, query: "leaf" }));
  assert.deepEqual(names(matched).slice(3), ["wide[0,80)", "narrow[80,81)", "deep[0,60)", "leaf[80,81)"]);
  assert.deepEqual(Array.from(matched.mark), [0, 0, 0, 0, 0, 0, 1]);
  const leaf = matched.frames.find((frame) => frame.name === "leaf");
  assert.deepEqual(Array.from(model.boxes(request({ minWidth: 8, highlight: leaf?.id })).mark).filter(Boolean), [2]);
});

test("boxes out of sight are left out, and rows stay in their places", () => {
  const boxes = modelOf(STACKS).boxes(request({ from: 85, to: 100 }));
  assert.deepEqual(names(boxes), ["all[0,100)", "other[81,100)"]);
  assert.equal(boxes.nRows, 4);
  const placed = placeBoxes(boxes, { from: 85, to: 100, minWidth: 0 });
  assert.equal(placed.rows, 4);
  assert.deepEqual([boxAt(placed, 1, 90), boxAt(placed, 1, 10), boxAt(placed, 2, 90)], [1, -1, -1]);
});

test("a box is found again among sharper boxes, and not where another is", () => {
  const model = modelOf(STACKS);
  const coarse = placeBoxes(model.boxes(request({ minWidth: 8 })), { from: 0, to: 100, minWidth: 8 });
  const all = placeBoxes(model.boxes(request()), { from: 0, to: 100, minWidth: 0 });
  const deep = boxAs(coarse, coarse.count - 1);
  assert.equal(boxAs(all, placeOfBox(all, deep)).frame?.name, "deep");
  const leaf = boxAs(all, all.count - 1);
  assert.deepEqual([leaf.frame?.name, placeOfBox(coarse, leaf)], ["leaf", -1]);
});

test("a search: functions, the time of their stacks, and the heaviest boxes", () => {
  const model = modelOf("main>f>f 5\nmain>g>f 9\nmain>g 2\n(idle)!idle 50");
  const search = (query: string, hidden: BoxesRequest["hidden"] = []) => model.search({ order: "leftHeavy", hidden, measure: "cpu", query });
  const found = search("^f$");
  assert.deepEqual([found.functions, found.value, found.hits.map((hit) => [hit.row, hit.x0, hit.x1])], [1, 14, [[3, 0, 9], [2, 11, 16], [3, 11, 16]]]);
  assert.deepEqual([search(".").value, search(".", ["idle"]).value], [66, 16]);
  assert.match(search("(").error?.message ?? "", /Unterminated group/);
  assert.deepEqual(search(" "), { functions: 0, value: 0, hits: [], error: null });
});

test("one function: its lines, its callers and callees, each way counted once per stack", () => {
  const model = modelOf("main>f@3>x 5\nmain>f@9 6\nother>f@3 2\nmain>f@3>f@3>x 4");
  const { frames } = model.boxes(request());
  const details = model.details({ frame: frames.findIndex((frame) => frame.name === "f"), measure: "cpu" });
  assert.deepEqual([details.selfValue, details.totalValue, details.samples], [8, 17, [2, 4]]);
  assert.deepEqual(details.lines.map((row) => [row.line, row.selfValue, row.totalValue]), [[9, 6, 6], [3, 2, 11]]);
  assert.deepEqual(details.callers.map(({ frame, value }) => [frame.name, value]), [["main", 15], ["f", 4], ["other", 2]]);
  assert.deepEqual(details.callees.map(({ frame, value }) => [frame.name, value]), [["x", 9], ["f", 4]]);
  assert.deepEqual(details.lines.map((row) => row.samples), [1, 3]);
  assert.throws(() => model.details({ frame: 99, measure: "cpu" }), /no function 99/);
});

test("native code that a function calls directly is its own time, in its tier and on its line", () => {
  const model = modelOf("f/turbofan@3>parse!native>copy!native 5\nf/ignition@4>g>parse!native 2\nf/ignition@4 1");
  const { frames } = model.boxes(request());
  const of = (name: string) => model.details({ frame: frames.findIndex((frame) => frame.name === name), measure: "cpu" });
  const f = of("f");
  assert.deepEqual([f.selfValue, f.totalValue, f.tiers.slice(0, 4)], [6, 8, [1, 0, 0, 5]]);
  assert.deepEqual(f.lines.map((row) => [row.line, row.selfValue, row.totalValue]), [[3, 5, 5], [4, 1, 3]]);
  assert.deepEqual([of("g").selfValue, of("copy").selfValue, of("parse").totalValue], [2, 5, 7]);
});

test("what a profile does not have is refused", () => {
  assert.throws(() => modelOf("a 5").boxes(request({ order: "callers" })), /of one function/);
  const plain = profileOf("a 5");
  plain.timeline.node = new Int32Array(0);
  assert.throws(() => new LocalModel(plain).boxes(request({ order: "timeOrder" })), /no samples with times/);
});
