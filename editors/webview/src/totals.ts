import { childLists } from "./layout";
import type { Profile } from "./read";
import type { FunctionRow, LineRow } from "./types";
import { frameName, framePath, sourceName } from "./frames";

export interface Totals {
  selfUs: Float64Array;
  /** A key counts once per stack, however often it recurs in it. */
  totalUs: Float64Array;
  samples: Float64Array;
}

/** Sums self and total time over keys; `keyOf[i]` is node i's key, -1 for none. */
export function totalsBy(profile: Profile, keyOf: Int32Array, keys: number): Totals {
  const { parent, totalUs } = profile;
  const out: Totals = {
    selfUs: new Float64Array(keys),
    totalUs: new Float64Array(keys),
    samples: new Float64Array(keys),
  };
  const nodes = parent.length;
  const { start, items } = childLists(parent, nodes);
  const onStack = new Int32Array(keys);
  const cursor = start.slice();
  const stack = new Int32Array(nodes + 1);
  for (let root = 0; root < nodes; root++) {
    if (parent[root] >= 0) continue;
    let top = 0;
    stack[0] = root;
    enter(root);
    while (top >= 0) {
      const i = stack[top];
      if (cursor[i] < start[i + 1]) {
        const child = items[cursor[i]++];
        stack[++top] = child;
        enter(child);
      } else {
        if (keyOf[i] >= 0) onStack[keyOf[i]]--;
        top--;
      }
    }
  }
  return out;

  function enter(i: number): void {
    const key = keyOf[i];
    if (key < 0) return;
    out.selfUs[key] += profile.selfUs[i];
    out.samples[key] += profile.samples[i];
    if (onStack[key]++ === 0) out.totalUs[key] += totalUs[i];
  }
}

/** Self time per category, µs. */
export function categoryTotals(profile: Profile): number[] {
  const sums = profile.categories.map(() => 0);
  for (let i = 0; i < profile.frame.length; i++) sums[profile.frameCategory[profile.frame[i]]] += profile.selfUs[i];
  return sums;
}

/** Totals of each frame over all its stacks. */
export function frameTotals(profile: Profile): Totals {
  return totalsBy(profile, profile.frame, profile.frameName.length);
}

/** A row of the functions table; `frame` is -1 when the given row fits no frame. */
export type FunctionEntry = FunctionRow & { frame: number };

export function functionRows(profile: Profile, totals: Totals): FunctionEntry[] {
  if (profile.givenFunctions) {
    const byPlace = new Map<string, number>();
    for (let f = 0; f < profile.frameName.length; f++) {
      byPlace.set(place(frameName(profile, f), framePath(profile, f), profile.frameLine[f], profile.frameColumn[f]), f);
    }
    return profile.givenFunctions.map((row) => ({
      ...row,
      frame: byPlace.get(place(row.name, row.path ?? "", row.line, row.column)) ?? -1,
    }));
  }
  const rows: FunctionEntry[] = [];
  for (let f = 0; f < profile.frameName.length; f++) {
    if (totals.totalUs[f] <= 0) continue;
    rows.push({
      name: frameName(profile, f),
      path: framePath(profile, f),
      line: profile.frameLine[f],
      column: profile.frameColumn[f],
      selfUs: totals.selfUs[f],
      totalUs: totals.totalUs[f],
      samples: totals.samples[f],
      frame: f,
    });
  }
  return rows;
}

export function lineRows(profile: Profile): LineRow[] {
  if (profile.givenLines) return profile.givenLines;
  const keys = new Map<number, number>();
  const keySource: number[] = [];
  const keyLine: number[] = [];
  const keyOf = new Int32Array(profile.frame.length).fill(-1);
  for (let i = 0; i < keyOf.length; i++) {
    const source = profile.frameSource[profile.frame[i]];
    const line = profile.line[i];
    if (source < 0 || line === 0) continue;
    const packed = line * profile.sourceUrl.length + source;
    let key = keys.get(packed);
    if (key === undefined) {
      key = keys.size;
      keys.set(packed, key);
      keySource.push(source);
      keyLine.push(line);
    }
    keyOf[i] = key;
  }
  const totals = totalsBy(profile, keyOf, keys.size);
  return keyLine.map((line, key) => ({
    path: sourceName(profile, keySource[key]),
    line,
    selfUs: totals.selfUs[key],
    totalUs: totals.totalUs[key],
    samples: totals.samples[key],
  }));
}

/** Time per line inside one frame, heaviest self time first. */
export function linesOfFrame(profile: Profile, frame: number): { line: number; selfUs: number; samples: number }[] {
  const byLine = new Map<number, { line: number; selfUs: number; samples: number }>();
  for (let i = 0; i < profile.frame.length; i++) {
    if (profile.frame[i] !== frame || profile.line[i] === 0 || profile.selfUs[i] === 0) continue;
    const line = profile.line[i];
    const row = byLine.get(line) ?? { line, selfUs: 0, samples: 0 };
    row.selfUs += profile.selfUs[i];
    row.samples += profile.samples[i];
    byLine.set(line, row);
  }
  return [...byLine.values()].sort((a, b) => b.selfUs - a.selfUs || a.line - b.line);
}

function place(name: string, path: string, line: number, column: number): string {
  return `${line}:${column} ${path} ${name}`;
}
