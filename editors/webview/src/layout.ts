import type { MergedTree } from "./merge";
import type { Profile } from "./read";

/**
 * Boxes to draw, sorted by row and then by x; boxes of a row do not overlap, so both edges
 * ascend. The children of a box are the contiguous range `childStart..childEnd`.
 */
export interface Layout {
  kind: "leftHeavy" | "timeOrder";
  count: number;
  /** Row r holds boxes `rowStart[r]` to `rowStart[r + 1]`. */
  rowStart: Int32Array;
  /** Left and right edge, µs. */
  x0: Float64Array;
  x1: Float64Array;
  row: Int32Array;
  /** Merged node shown; several boxes may show one node in time order. */
  node: Int32Array;
  /** Box above, -1 for the root. */
  parent: Int32Array;
  childStart: Int32Array;
  childEnd: Int32Array;
  selfUs: Float64Array;
  totalUs: Float64Array;
  /** Samples of the box and everything below. */
  samples: Float64Array;
  /** `count × tiers`, as in `MergedTree`. */
  tierUs: Float64Array;
  widthUs: number;
}

/** The merged tree with the heaviest child leftmost; idle comes last. */
export function leftHeavy(profile: Profile, tree: MergedTree): Layout {
  const { count, parent, totalUs } = tree;
  const idle = profile.categories.indexOf("idle");
  const isIdle = (m: number) => profile.frameCategory[tree.frame[m]] === idle;
  const { start, items } = childLists(parent, count);
  const heavier = (a: number, b: number) =>
    Number(isIdle(a)) - Number(isIdle(b)) || totalUs[b] - totalUs[a] || tree.frame[a] - tree.frame[b];
  for (let m = 0; m < count; m++) sortRange(items, start[m], start[m + 1], heavier);

  const out = emptyLayout("leftHeavy", count, profile.tiers.length);
  const rows: number[] = [0];
  out.node[0] = 0;
  out.parent[0] = -1;
  out.x1[0] = totalUs[0];
  let filled = 1;
  let from = 0;
  while (from < filled) {
    const to = filled;
    for (let box = from; box < to; box++) {
      const m = out.node[box];
      let x = out.x0[box];
      out.childStart[box] = filled;
      for (let k = start[m]; k < start[m + 1]; k++) {
        const child = items[k];
        // A node without time has no place; it stays in the tables.
        if (totalUs[child] <= 0) continue;
        out.node[filled] = child;
        out.parent[filled] = box;
        out.row[filled] = rows.length;
        out.x0[filled] = x;
        x += totalUs[child];
        out.x1[filled] = x;
        filled++;
      }
      out.childEnd[box] = filled;
    }
    rows.push(to);
    from = to;
  }
  out.rowStart = Int32Array.from(rows);
  out.count = filled;
  const tiers = profile.tiers.length;
  for (let box = 0; box < filled; box++) {
    const m = out.node[box];
    out.selfUs[box] = tree.selfUs[m];
    out.totalUs[box] = totalUs[m];
    out.samples[box] = tree.totalSamples[m];
    for (let t = 0; t < tiers; t++) out.tierUs[box * tiers + t] = tree.tierUs[m * tiers + t];
  }
  out.widthUs = totalUs[0];
  return out;
}

/**
 * Samples in order of time: consecutive samples that share a stack prefix share its boxes.
 * A pause of more than `gapUs`, or a sample that is left out, ends them.
 */
export function timeOrder(profile: Profile, tree: MergedTree, gapUs: number): Layout {
  const { node: leaf, startUs, durationUs } = profile.timeline;
  const tiers = profile.tiers.length;
  const samples = leaf.length;
  const origin = samples ? startUs[0] : 0;
  const boxes = new GrowingBoxes();
  /** Open box and merged node per depth. */
  const openBox: number[] = [boxes.add(0, -1, 0, 0)];
  const openNode: number[] = [0];
  const path: number[] = [];
  let lastEnd = 0;
  let lastLeaf = -1;

  const closeAbove = (depth: number, at: number) => {
    while (openBox.length > depth + 1) {
      boxes.x1[openBox.pop() as number] = at;
      openNode.pop();
    }
  };

  // Pass 1: boxes; the box of each sample's leaf is kept for pass 2.
  const sampleBox = new Int32Array(samples).fill(-1);
  for (let s = 0; s < samples; s++) {
    const begin = Math.max(startUs[s] - origin, 0);
    const next = s + 1 < samples ? startUs[s + 1] - origin : Infinity;
    const end = Math.min(begin + durationUs[s], next);
    const m = tree.ofNode[leaf[s]];
    if (m < 0 || begin - lastEnd > gapUs) {
      closeAbove(0, lastEnd);
      lastLeaf = -1;
    }
    lastEnd = Math.max(end, begin);
    if (m < 0) continue;
    if (m !== lastLeaf) {
      path.length = 0;
      let up = m;
      while (openNode[tree.depth[up]] !== up) {
        path.push(up);
        up = tree.parent[up];
      }
      closeAbove(tree.depth[up], begin);
      while (path.length) {
        const child = path.pop() as number;
        const depth = tree.depth[child];
        openBox[depth] = boxes.add(child, openBox[depth - 1], depth, begin);
        openNode[depth] = child;
      }
      lastLeaf = m;
    }
    sampleBox[s] = openBox[openBox.length - 1];
  }
  closeAbove(0, lastEnd);
  boxes.x1[0] = lastEnd;

  // Boxes were made in order of time: a stable counting sort by row gives the order wanted.
  const count = boxes.node.length;
  const out = emptyLayout("timeOrder", count, tiers);
  let rows = 0;
  for (const row of boxes.row) rows = Math.max(rows, row + 1);
  out.rowStart = new Int32Array(rows + 1);
  for (const row of boxes.row) out.rowStart[row + 1]++;
  for (let r = 0; r < rows; r++) out.rowStart[r + 1] += out.rowStart[r];
  const cursor = out.rowStart.slice();
  const place = new Int32Array(count);
  for (let b = 0; b < count; b++) place[b] = cursor[boxes.row[b]]++;
  for (let b = 0; b < count; b++) {
    const to = place[b];
    out.x0[to] = boxes.x0[b];
    out.x1[to] = boxes.x1[b];
    out.row[to] = boxes.row[b];
    out.node[to] = boxes.node[b];
    out.parent[to] = boxes.parent[b] < 0 ? -1 : place[boxes.parent[b]];
  }
  for (let box = count - 1; box > 0; box--) {
    const above = out.parent[box];
    out.childStart[above] = box;
    if (out.childEnd[above] === 0) out.childEnd[above] = box + 1;
  }
  for (let s = 0; s < samples; s++) {
    if (sampleBox[s] < 0) continue;
    const box = place[sampleBox[s]];
    out.selfUs[box] += durationUs[s];
    out.samples[box]++;
    // The tier belongs to each frame of the stack, not to the leaf: walk the profile's nodes.
    let above = box;
    for (let i = leaf[s]; i >= 0; i = profile.parent[i]) {
      if (tree.folded[i]) continue;
      out.tierUs[above * tiers + profile.tier[i]] += durationUs[s];
      above = out.parent[above];
    }
  }
  for (let box = count - 1; box >= 0; box--) {
    out.totalUs[box] += out.selfUs[box];
    const above = out.parent[box];
    if (above >= 0) {
      out.totalUs[above] += out.totalUs[box];
      out.samples[above] += out.samples[box];
    }
  }
  out.widthUs = lastEnd;
  return out;
}

/** Children of each node as one array; `start` has `count + 1` entries. */
export function childLists(parent: Int32Array, count: number): { start: Int32Array; items: Int32Array } {
  const start = new Int32Array(count + 1);
  for (let i = 0; i < count; i++) if (parent[i] >= 0) start[parent[i] + 1]++;
  for (let i = 0; i < count; i++) start[i + 1] += start[i];
  const cursor = start.slice();
  const items = new Int32Array(start[count]);
  for (let i = 0; i < count; i++) if (parent[i] >= 0) items[cursor[parent[i]]++] = i;
  return { start, items };
}

function sortRange(items: Int32Array, from: number, to: number, order: (a: number, b: number) => number): void {
  if (to - from < 2) return;
  if (to - from > 12) {
    items.subarray(from, to).sort(order);
    return;
  }
  for (let i = from + 1; i < to; i++) {
    const item = items[i];
    let j = i - 1;
    for (; j >= from && order(items[j], item) > 0; j--) items[j + 1] = items[j];
    items[j + 1] = item;
  }
}

function emptyLayout(kind: Layout["kind"], count: number, tiers: number): Layout {
  return {
    kind,
    count,
    rowStart: new Int32Array(0),
    x0: new Float64Array(count),
    x1: new Float64Array(count),
    row: new Int32Array(count),
    node: new Int32Array(count),
    parent: new Int32Array(count).fill(-1),
    childStart: new Int32Array(count),
    childEnd: new Int32Array(count),
    selfUs: new Float64Array(count),
    totalUs: new Float64Array(count),
    samples: new Float64Array(count),
    tierUs: new Float64Array(count * tiers),
    widthUs: 0,
  };
}

class GrowingBoxes {
  readonly node: number[] = [];
  readonly parent: number[] = [];
  readonly row: number[] = [];
  readonly x0: number[] = [];
  readonly x1: number[] = [];

  add(node: number, parent: number, row: number, x0: number): number {
    this.node.push(node);
    this.parent.push(parent);
    this.row.push(row);
    this.x0.push(x0);
    this.x1.push(x0);
    return this.node.length - 1;
  }
}
