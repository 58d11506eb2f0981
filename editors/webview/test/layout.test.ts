import assert from "node:assert/strict";
import { test } from "node:test";
import { boxAt } from "../src/boxes";
import { frameName } from "../src/frames";
import { leftHeavy, timeOrder, type Layout } from "../src/layout";
import { mergeTree, type MergedTree } from "../src/merge";
import { readReport, type Profile } from "../src/read";
import { mainTier } from "../src/style";
import { hiding, noneHidden, profileOf, reportOf } from "./tree";

/** The boxes as text, row by row: `name[x0,x1)`. */
function drawn(profile: Profile, tree: MergedTree, layout: Layout): string[] {
  const rows: string[] = [];
  for (let row = 0; row + 1 < layout.rowStart.length; row++) {
    const boxes: string[] = [];
    for (let box = layout.rowStart[row]; box < layout.rowStart[row + 1]; box++) {
      boxes.push(`${frameName(profile, tree.frame[layout.node[box]])}[${layout.x0[box]},${layout.x1[box]})`);
    }
    rows.push(boxes.join(" "));
  }
  return rows;
}

function check(kind: Layout["kind"], stacks: string, expected: string[], hide: string[] = []): Layout {
  const profile = profileOf(stacks);
  const tree = mergeTree(profile, hiding(profile, ...hide));
  const layout = kind === "leftHeavy" ? leftHeavy(profile, tree) : timeOrder(profile, tree, 20);
  assert.deepEqual(drawn(profile, tree, layout), expected);
  consistent(layout);
  return layout;
}

/** Children lie within their parent, in their range, and rows do not overlap. */
function consistent(layout: Layout): void {
  for (let box = 0; box < layout.count; box++) {
    const above = layout.parent[box];
    if (box > 0 && layout.row[box] === layout.row[box - 1]) assert.ok(layout.x0[box] >= layout.x1[box - 1], `box ${box} overlaps`);
    if (above < 0) continue;
    assert.equal(layout.row[box], layout.row[above] + 1);
    assert.ok(layout.x0[box] >= layout.x0[above] && layout.x1[box] <= layout.x1[above] + 1e-9, `box ${box} leaves its parent`);
    assert.ok(box >= layout.childStart[above] && box < layout.childEnd[above], `box ${box} is not in its parent's range`);
  }
}

test("left heavy merges siblings by frame and puts the heaviest first", () => {
  check("leftHeavy", "main>light 2\nmain>heavy/ignition@3 3\nmain>light 2\nmain>heavy/turbofan@4 4", [
    "all[0,11)",
    "main[0,11)",
    "heavy[0,7) light[7,11)",
  ]);
});

test("left heavy puts idle last however long it is", () => {
  check("leftHeavy", "(idle)!idle 90\nmain 10", ["all[0,100)", "main[0,10) (idle)[10,100)"]);
});

test("equal children keep a fixed order", () => {
  check("leftHeavy", "b 5\na 5\nc 5", ["all[0,15)", "b[0,5) a[5,10) c[10,15)"]);
});

test("time order joins consecutive samples that share a prefix and no others", () => {
  check("timeOrder", "main>a 5\nmain>b 5\nmain>a>x 5\nmain>a 5", [
    "all[0,20)",
    "main[0,20)",
    "a[0,5) b[5,10) a[10,20)",
    "x[10,15)",
  ]);
});

test("time order ends boxes at a pause", () => {
  const profile = profileOf("main>a 5\nmain>a 5");
  profile.timeline.startUs[1] = 500;
  const tree = mergeTree(profile, noneHidden(profile));
  assert.deepEqual(drawn(profile, tree, timeOrder(profile, tree, 20)), ["all[0,505)", "main[0,5) main[500,505)", "a[0,5) a[500,505)"]);
  profile.timeline.startUs[1] = 12;
  assert.deepEqual(drawn(profile, tree, timeOrder(profile, tree, 20))[2], "a[0,17)");
});

test("a sample that starts before the last one ended does not overlap it", () => {
  const profile = profileOf("a 5\nb 5");
  profile.timeline.durationUs[0] = 8;
  const tree = mergeTree(profile, noneHidden(profile));
  const layout = timeOrder(profile, tree, 20);
  assert.deepEqual(drawn(profile, tree, layout)[1], "a[0,5) b[5,10)");
  consistent(layout);
});

test("hidden code is folded into its caller, a hidden state of the VM is left out", () => {
  const stacks = "main>next!node core>main 3\nmain>next!node core 2\nmain>(gc)!gc 4\n(gc)!gc 1";
  check("leftHeavy", stacks, ["all[0,10)", "main[0,9) (gc)[9,10)", "next[0,5) (gc)[5,9)", "main[0,3)"]);
  check("leftHeavy", stacks, ["all[0,10)", "main[0,9) (gc)[9,10)", "(gc)[0,4) main[4,7)"], ["nodeCore"]);
  check("leftHeavy", stacks, ["all[0,5)", "main[0,5)", "next[0,5)", "main[0,3)"], ["gc"]);
  check("timeOrder", stacks, ["all[0,10)", "main[0,9) (gc)[9,10)", "main[0,3) (gc)[5,9)"], ["nodeCore"]);
});

test("a recorded root is not drawn twice", () => {
  const report = reportOf("f 5\nf>g 3");
  const { nodes, frames, strings } = report;
  frames.name.push(strings.push("(root)") - 1);
  frames.source.push(-1);
  frames.line.push(0);
  frames.column.push(0);
  frames.category.push(0);
  const recorded = readReport({
    ...report,
    nodes: {
      parent: [-1, ...nodes.parent.map((p) => p + 1)],
      frame: [frames.name.length - 1, ...nodes.frame],
      tier: [4, ...nodes.tier],
      line: [0, ...nodes.line],
      selfUs: [0, ...nodes.selfUs],
      samples: [0, ...nodes.samples],
    },
    timeline: undefined,
  });
  const tree = mergeTree(recorded, noneHidden(recorded));
  assert.deepEqual(drawn(recorded, tree, leftHeavy(recorded, tree)), ["all[0,8)", "f[0,8)", "g[0,3)"]);
});

test("self, total and samples of boxes", () => {
  for (const kind of ["leftHeavy", "timeOrder"] as const) {
    const layout = check(kind, "main 2\nmain>a 5\nmain>a>a 3", ["all[0,10)", "main[0,10)", kind === "leftHeavy" ? "a[0,8)" : "a[2,10)", kind === "leftHeavy" ? "a[0,3)" : "a[7,10)"]);
    assert.deepEqual([...layout.selfUs].slice(0, 4), [0, 2, 5, 3]);
    assert.deepEqual([...layout.totalUs].slice(0, 4), [10, 10, 8, 3]);
    assert.deepEqual([...layout.samples].slice(0, 4), [3, 3, 2, 1]);
  }
});

test("the tier mix is of the frame itself, not of what it calls", () => {
  for (const kind of ["leftHeavy", "timeOrder"] as const) {
    const profile = profileOf("f/ignition>g/turbofan 6\nf/maglev>g/turbofan 9");
    const tree = mergeTree(profile, noneHidden(profile));
    const layout = kind === "leftHeavy" ? leftHeavy(profile, tree) : timeOrder(profile, tree, 20);
    const tiers = profile.tiers.length;
    assert.deepEqual([...layout.tierUs.slice(tiers, 2 * tiers)], [6, 0, 9, 0, 0], kind);
    assert.deepEqual([...layout.tierUs.slice(2 * tiers, 3 * tiers)], [0, 0, 0, 15, 0], kind);
    assert.equal(profile.tiers[mainTier(layout.tierUs, 1, tiers)], "maglev");
  }
});

test("boxAt finds the box at a place", () => {
  const layout = check("timeOrder", "main>a 5\nmain 5\nmain>b 5", ["all[0,15)", "main[0,15)", "a[0,5) b[10,15)"]);
  const at = (row: number, x: number) => boxAt(layout, row, x);
  assert.deepEqual([at(0, 3), at(1, 14.9), at(2, 0), at(2, 4.9), at(2, 5), at(2, 7), at(2, 10), at(2, 15), at(3, 1), at(-1, 1)], [0, 1, 2, 2, -1, -1, 3, -1, -1, -1]);
});

test("no samples at all", () => {
  const profile = profileOf("a 0");
  const tree = mergeTree(profile, noneHidden(profile));
  assert.equal(leftHeavy(profile, tree).widthUs, 0);
  assert.equal(timeOrder(profile, tree, 20).widthUs, 0);
});

test("recursion of 10,000 levels", () => {
  const profile = profileOf(`${Array(10000).fill("f").join(">")} 7`);
  const tree = mergeTree(profile, noneHidden(profile));
  assert.equal(leftHeavy(profile, tree).rowStart.length - 1, 10001);
  assert.equal(timeOrder(profile, tree, 20).count, 10001);
});
