import type { Profile } from "./read";
import { ownersOf } from "./totals";

/**
 * The call tree merged by frame: siblings with the same frame are one node. Node 0 is the
 * root ("all"); parents come before children.
 */
export interface MergedTree {
  count: number;
  parent: Int32Array;
  /** Frame, -1 for the root. */
  frame: Int32Array;
  /** 0 for the root. */
  depth: Int32Array;
  selfUs: Float64Array;
  totalUs: Float64Array;
  samples: Float64Array;
  /** Samples of the node and everything below. */
  totalSamples: Float64Array;
  /** `count × tiers`: time on the stack, by the tier the frame ran in. */
  tierUs: Float64Array;
  /** Profile node → merged node, -1 when left out. */
  ofNode: Int32Array;
  /** 1 where the profile node's frame was folded into its caller. */
  folded: Uint8Array;
}

/** Categories that are states of the VM, not code: hiding one takes its time out. */
const VM_STATES = new Set(["gc", "compiler", "program", "idle"]);

export function isVmState(category: string): boolean {
  return VM_STATES.has(category);
}

/**
 * Merges the profile's tree. `hidden` has one flag per category: hidden code is folded into
 * its caller (the time stays), a hidden VM state is left out. With `foldsCallees`, native code and compilers are folded into
 * the JavaScript that calls them, as on source lines.
 */
export function mergeTree(profile: Profile, hidden: ArrayLike<number>, foldsCallees = false): MergedTree {
  const { parent, frame, frameCategory, tier } = profile;
  const nodes = parent.length;
  const tiers = profile.tiers.length;
  const leaveOut = profile.categories.map((name, c) => (hidden[c] && isVmState(name) ? 1 : 0));
  const ofNode = new Int32Array(nodes);
  const folded = new Uint8Array(nodes);
  const mergedParent = new Int32Array(nodes + 1);
  const mergedFrame = new Int32Array(nodes + 1);
  const depth = new Int32Array(nodes + 1);
  mergedParent[0] = -1;
  mergedFrame[0] = -1;
  let count = 1;
  const children = new PairTable(nodes);
  const soleRoot = rootNode(profile);
  const owners = foldsCallees ? ownersOf(profile) : null;

  for (let i = 0; i < nodes; i++) {
    const above = parent[i] < 0 ? 0 : ofNode[parent[i]];
    const category = frameCategory[frame[i]];
    if (above < 0 || leaveOut[category]) {
      ofNode[i] = -1;
    } else if (hidden[category] || i === soleRoot || (owners && owners[i] >= 0 && owners[i] !== i)) {
      ofNode[i] = above;
      folded[i] = 1;
    } else {
      const found = children.findOrAdd(above, frame[i], count);
      if (found === count) {
        mergedParent[count] = above;
        mergedFrame[count] = frame[i];
        depth[count] = depth[above] + 1;
        count++;
      }
      ofNode[i] = found;
    }
  }

  const selfUs = new Float64Array(count);
  const samples = new Float64Array(count);
  const tierUs = new Float64Array(count * tiers);
  const fineTotal = new Float64Array(nodes);
  for (let i = nodes - 1; i >= 0; i--) {
    const merged = ofNode[i];
    if (merged < 0) continue;
    fineTotal[i] += profile.selfUs[i];
    selfUs[merged] += profile.selfUs[i];
    samples[merged] += profile.samples[i];
    if (!folded[i]) tierUs[merged * tiers + tier[i]] += fineTotal[i];
    if (parent[i] >= 0) fineTotal[parent[i]] += fineTotal[i];
  }
  const totalUs = selfUs.slice();
  const totalSamples = samples.slice();
  for (let m = count - 1; m > 0; m--) {
    totalUs[mergedParent[m]] += totalUs[m];
    totalSamples[mergedParent[m]] += totalSamples[m];
  }
  return {
    count,
    parent: mergedParent.slice(0, count),
    frame: mergedFrame.slice(0, count),
    depth: depth.slice(0, count),
    selfUs,
    totalUs,
    samples,
    totalSamples,
    tierUs,
    ofNode,
    folded,
  };
}

/** A recorded "(root)" that holds everything would only repeat ours. */
function rootNode(profile: Profile): number {
  let roots = 0;
  for (const p of profile.parent) if (p < 0) roots++;
  if (roots !== 1) return -1;
  return profile.strings[profile.frameName[profile.frame[0]]] === "(root)" ? 0 : -1;
}

/** Open-addressing map from a pair of non-negative numbers to a number; never grows. */
class PairTable {
  private readonly mask: number;
  private readonly a: Int32Array;
  private readonly b: Int32Array;
  private readonly value: Int32Array;

  constructor(most: number) {
    let size = 16;
    while (size < most * 2) size *= 2;
    this.mask = size - 1;
    this.a = new Int32Array(size).fill(-1);
    this.b = new Int32Array(size);
    this.value = new Int32Array(size);
  }

  findOrAdd(a: number, b: number, value: number): number {
    let h = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
    h = (h ^ (h >>> 15)) & this.mask;
    while (this.a[h] >= 0) {
      if (this.a[h] === a && this.b[h] === b) return this.value[h];
      h = (h + 1) & this.mask;
    }
    this.a[h] = a;
    this.b[h] = b;
    this.value[h] = value;
    return value;
  }
}
