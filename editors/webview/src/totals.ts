import { BELONGS_TO_CALLER, JAVASCRIPT } from "./categories";
import { childLists } from "./layout";
import type { Profile } from "./read";

export interface Totals {
  selfUs: Float64Array;
  /** A key counts once per stack, however often it recurs in it. */
  totalUs: Float64Array;
  /** Samples in the key itself. */
  samples: Float64Array;
  /** Samples in the key and below, each once. */
  totalSamples: Float64Array;
  /** Samples in each node of the profile and below. */
  samplesBelow: Float64Array;
}

/** Sums self and total time over keys; `keyOf[i]` is node i's key, -1 for none. */
export function totalsBy(profile: Profile, keyOf: Int32Array, keys: number): Totals {
  const { parent, totalUs } = profile;
  const nodes = parent.length;
  const samplesBelow = profile.samples.slice();
  for (let i = nodes - 1; i >= 0; i--) if (parent[i] >= 0) samplesBelow[parent[i]] += samplesBelow[i];
  const out: Totals = {
    selfUs: new Float64Array(keys),
    totalUs: new Float64Array(keys),
    samples: new Float64Array(keys),
    totalSamples: new Float64Array(keys),
    samplesBelow,
  };
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
    if (onStack[key]++ > 0) return;
    out.totalUs[key] += totalUs[i];
    out.totalSamples[key] += samplesBelow[i];
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

/** The JavaScript node that each node's self time belongs to: itself, or for native and compiler code the nearest JavaScript caller; -1 for none. */
export function ownersOf(profile: Profile): Int32Array {
  const { parent, frame, frameCategory, categories } = profile;
  const owners = new Int32Array(frame.length);
  for (let i = 0; i < frame.length; i++) {
    const category = categories[frameCategory[frame[i]]];
    if (JAVASCRIPT.has(category)) owners[i] = i;
    else owners[i] = BELONGS_TO_CALLER.has(category) && parent[i] >= 0 ? owners[parent[i]] : -1;
  }
  return owners;
}
