import type { Boxes, FrameInfo, Numbers } from "./wire";

/** Which part of a flamegraph boxes are of: edges, and the width below which boxes are left out. */
export interface Span {
  from: number;
  to: number;
  minWidth: number;
}

/**
 * Boxes ready to be drawn, sorted by row and then by x; boxes of a row do not overlap, so both edges ascend. The
 * boxes that grow from a box are the contiguous range `childStart..childEnd`.
 */
export interface PlacedBoxes extends Span {
  count: number;
  /** Row r holds boxes `rowStart[r]` to `rowStart[r + 1]`; rows without boxes here are empty ranges. */
  rowStart: Int32Array;
  rows: number;
  /** The row the others grow from: 0, or the function's row between its callers and its callees. */
  pivotRow: number;
  /** Width of everything. */
  width: number;
  x0: Numbers;
  x1: Numbers;
  /** How many boxes each stands for; empty where all stand for themselves. */
  merged: Numbers;
  row: Numbers;
  node: Numbers;
  parent: Numbers;
  childStart: Int32Array;
  childEnd: Int32Array;
  frames: FrameInfo[];
  /** Place in `frames`, -1 for the root of everything. */
  frame: Numbers;
  self: Numbers;
  total: Numbers;
  samples: Numbers;
  /** Value per tier, as many numbers per box as there are tiers; empty for allocations. */
  tiers: Numbers;
  mark: Numbers;
  /** Empty without comparison. */
  before: Numbers;
  /** Boxes that are not here. */
  leftOut: number;
}

/** Boxes before the first answer. */
export const NO_BOXES: PlacedBoxes = {
  from: 0,
  to: 0,
  minWidth: 0,
  count: 0,
  rowStart: new Int32Array(2),
  rows: 1,
  pivotRow: 0,
  width: 0,
  x0: [],
  x1: [],
  merged: [],
  row: [],
  node: [],
  parent: [],
  childStart: new Int32Array(0),
  childEnd: new Int32Array(0),
  frames: [],
  frame: [],
  self: [],
  total: [],
  samples: [],
  tiers: [],
  mark: [],
  before: [],
  leftOut: 0,
};

/** Marks of a box. */
export const MATCHES = 1;
export const HIGHLIGHTED = 2;

/** One box by itself: it stays what it is when other boxes are drawn. */
export interface Box {
  row: number;
  x0: number;
  x1: number;
  /** How many boxes it stands for: more than one when they are too narrow to be here. The figures are their sums, the function is the heaviest's. */
  merged: number;
  /** Null for the root of everything. */
  frame: FrameInfo | null;
  self: number;
  total: number;
  samples: number;
  tiers: number[];
  before: number | null;
  /** In the half above the function, where time flows through it. */
  isCaller: boolean;
  /** Boxes that grow from it, as far as they are here. */
  children: number;
}

export function placeBoxes(boxes: Boxes, span: Span): PlacedBoxes {
  return arrange(boxes, boxes.nRows, 0, span);
}

/** Callers growing upwards from the function's row, callees downwards. */
export function placeBothWays(callers: Boxes, callees: Boxes, span: Span): PlacedBoxes {
  const pivotRow = Math.max(callers.nRows - 1, 0);
  // The function itself is in both answers: it is taken from the callees', which also know its tiers.
  const upper: number[] = [];
  for (let box = callers.node.length - 1; box > 0; box--) upper.push(box);
  upper.sort((a, b) => callers.row[b] - callers.row[a] || callers.x0[a] - callers.x0[b]);
  const placeOfUpper = new Int32Array(callers.node.length).fill(upper.length);
  upper.forEach((box, place) => (placeOfUpper[box] = place));
  const frames = [...callers.frames, ...callees.frames];
  const tiersOf = (boxes: Boxes) => (boxes.node.length ? boxes.tierValue.length / boxes.node.length : 0);
  const tiers = Math.max(tiersOf(callers), tiersOf(callees));
  const join = (of: (boxes: Boxes) => Numbers, each = 1) => {
    const lower = of(callees);
    const out = new Float64Array(lower.length ? (upper.length + callees.node.length) * each : 0);
    if (!lower.length) return out;
    const above = of(callers);
    if (above.length) upper.forEach((box, place) => copy(above, box * each, out, place * each, each));
    copy(lower, 0, out, upper.length * each, lower.length);
    return out;
  };
  const shifted = (of: (boxes: Boxes) => Numbers, above: (value: number) => number, below: (value: number) => number) => {
    const out = new Int32Array(upper.length + callees.node.length);
    upper.forEach((box, place) => (out[place] = above(of(callers)[box])));
    for (let box = 0; box < callees.node.length; box++) out[upper.length + box] = below(of(callees)[box]);
    return out;
  };
  const both: Boxes = {
    width: Math.max(callers.width, callees.width),
    nRows: pivotRow + Math.max(callees.nRows, 1),
    leftOut: callers.leftOut + callees.leftOut,
    frames,
    node: join((boxes) => boxes.node),
    row: shifted((boxes) => boxes.row, (row) => pivotRow - row, (row) => pivotRow + row),
    x0: join((boxes) => boxes.x0),
    x1: join((boxes) => boxes.x1),
    merged: join((boxes) => boxes.merged ?? []),
    parent: shifted((boxes) => boxes.parent, (parent) => placeOfUpper[parent], (parent) => (parent < 0 ? -1 : upper.length + parent)),
    frame: shifted((boxes) => boxes.frame, (frame) => frame, (frame) => (frame < 0 ? -1 : callers.frames.length + frame)),
    selfValue: join((boxes) => boxes.selfValue),
    totalValue: join((boxes) => boxes.totalValue),
    samples: join((boxes) => boxes.samples),
    tierValue: join((boxes) => boxes.tierValue, tiers),
    mark: join((boxes) => boxes.mark),
    before: join((boxes) => boxes.before),
  };
  return arrange(both, both.nRows, pivotRow, span);
}

function copy(from: Numbers, at: number, into: Float64Array, place: number, length: number): void {
  for (let i = 0; i < length; i++) into[place + i] = from[at + i];
}

function arrange(boxes: Boxes, rows: number, pivotRow: number, span: Span): PlacedBoxes {
  const count = boxes.node.length;
  const rowStart = new Int32Array(Math.max(rows, 1) + 1);
  for (let box = 0; box < count; box++) rowStart[boxes.row[box] + 1]++;
  for (let row = 0; row + 1 < rowStart.length; row++) rowStart[row + 1] += rowStart[row];
  const childStart = new Int32Array(count);
  const childEnd = new Int32Array(count);
  for (let box = 0; box < count; box++) {
    const parent = boxes.parent[box];
    // The callers of the function itself are not between it and its callees.
    if (parent < 0 || (boxes.row[box] < pivotRow && boxes.row[parent] === pivotRow)) continue;
    if (childEnd[parent] === 0) childStart[parent] = box;
    childEnd[parent] = box + 1;
  }
  return {
    ...span,
    count,
    rowStart,
    rows: rowStart.length - 1,
    pivotRow,
    width: boxes.width,
    x0: numbers(boxes.x0),
    x1: numbers(boxes.x1),
    merged: boxes.merged ?? [],
    row: boxes.row,
    node: boxes.node,
    parent: boxes.parent,
    childStart,
    childEnd,
    frames: boxes.frames,
    frame: boxes.frame,
    self: boxes.selfValue,
    total: numbers(boxes.totalValue),
    samples: boxes.samples,
    tiers: boxes.tierValue,
    mark: boxes.mark,
    before: boxes.before,
    leftOut: boxes.leftOut,
  };
}

/** Drawing reads these most: always of one kind. */
function numbers(column: Numbers): Float64Array {
  return column instanceof Float64Array ? column : Float64Array.from(column);
}

export function frameOf(boxes: PlacedBoxes, box: number): FrameInfo | null {
  return boxes.frame[box] < 0 ? null : boxes.frames[boxes.frame[box]];
}

/** Whether a box stands for several. */
export function isMerged(boxes: PlacedBoxes, box: number): boolean {
  return boxes.merged.length > 0 && boxes.merged[box] > 1;
}

export function boxAs(boxes: PlacedBoxes, box: number): Box {
  const tiers = boxes.tiers.length / boxes.count;
  return {
    row: boxes.row[box],
    x0: boxes.x0[box],
    x1: boxes.x1[box],
    merged: boxes.merged.length ? boxes.merged[box] : 1,
    frame: frameOf(boxes, box),
    self: boxes.self[box],
    total: boxes.total[box],
    samples: boxes.samples[box],
    tiers: Array.from({ length: tiers }, (_, t) => boxes.tiers[box * tiers + t]),
    before: boxes.before.length ? boxes.before[box] : null,
    isCaller: boxes.row[box] < boxes.pivotRow,
    children: boxes.childEnd[box] - boxes.childStart[box],
  };
}

/** Where a box lies among these, or -1 when it is not here, or only together with others. */
export function placeOfBox(boxes: PlacedBoxes, box: Box): number {
  const at = boxAt(boxes, box.row, (box.x0 + box.x1) / 2);
  return at >= 0 && !isMerged(boxes, at) && frameOf(boxes, at)?.id === box.frame?.id ? at : -1;
}

/** Whether both are of one call, as sharp as they may be. */
export function isSameBox(a: Box, b: Box | null): boolean {
  return b !== null && a.row === b.row && a.frame?.id === b.frame?.id && a.x0 < b.x1 && b.x0 < a.x1;
}

/** The box at x in a row, or -1. */
export function boxAt(boxes: Rows, row: number, x: number): number {
  if (row < 0 || row >= boxes.rowStart.length - 1) return -1;
  const box = firstRightOf(boxes, row, x);
  return box < boxes.rowStart[row + 1] && boxes.x0[box] <= x ? box : -1;
}

export interface Rows {
  rowStart: Int32Array;
  x0: Numbers;
  x1: Numbers;
}

/** First box of `row` whose right edge is beyond `x`; the row's end when there is none. */
export function firstRightOf(boxes: Rows, row: number, x: number): number {
  let lo = boxes.rowStart[row];
  let hi = boxes.rowStart[row + 1];
  while (lo < hi) {
    const mid = (lo + hi) >>> 1;
    if (boxes.x1[mid] > x) hi = mid;
    else lo = mid + 1;
  }
  return lo;
}

/** Boxes from the root to `box`. */
export function pathTo(boxes: { parent: Numbers }, box: number): number[] {
  const path: number[] = [];
  for (let b = box; b >= 0; b = boxes.parent[b]) path.push(b);
  return path.reverse();
}

/** The heaviest box that grows from `box`, or -1; a merged one only where there is no other. */
export function heaviestChild(boxes: PlacedBoxes, box: number): number {
  let best = -1;
  for (let child = boxes.childStart[box]; child < boxes.childEnd[box]; child++) {
    if (best < 0 || isAhead(boxes, child, best)) best = child;
  }
  return best;
}

/** Whether a box is to be gone to rather than another. */
export function isAhead(boxes: PlacedBoxes, box: number, other: number): boolean {
  if (isMerged(boxes, box) !== isMerged(boxes, other)) return isMerged(boxes, other);
  return boxes.total[box] > boxes.total[other];
}

/** The widest box below the root that is reached through these functions, or -1. */
export function widestOnPath(boxes: PlacedBoxes, functions: readonly number[]): number {
  let candidates = rootsOf(boxes);
  for (const id of functions) {
    const next: number[] = [];
    for (const box of candidates) {
      for (let child = boxes.childStart[box]; child < boxes.childEnd[box]; child++) {
        if (!isMerged(boxes, child) && frameOf(boxes, child)?.id === id) next.push(child);
      }
    }
    if (!next.length) return -1;
    candidates = next;
  }
  return widest(boxes, candidates);
}

/** The widest box of a function, or -1. */
export function widestOf(boxes: PlacedBoxes, id: number): number {
  const of: number[] = [];
  for (let box = 0; box < boxes.count; box++) if (!isMerged(boxes, box) && frameOf(boxes, box)?.id === id) of.push(box);
  return widest(boxes, of);
}

/** The widest merged box that holds a highlighted one, or -1. */
export function widestHighlighted(boxes: PlacedBoxes): number {
  const of: number[] = [];
  for (let box = 0; box < boxes.count; box++) if (boxes.mark[box] & HIGHLIGHTED && isMerged(boxes, box)) of.push(box);
  return widest(boxes, of);
}

function rootsOf(boxes: PlacedBoxes): number[] {
  const root = boxes.rowStart[boxes.pivotRow];
  return root < boxes.rowStart[boxes.pivotRow + 1] ? [root] : [];
}

function widest(boxes: PlacedBoxes, among: number[]): number {
  return among.reduce((best, box) => (best < 0 || boxes.x1[box] - boxes.x0[box] > boxes.x1[best] - boxes.x0[best] ? box : best), -1);
}
