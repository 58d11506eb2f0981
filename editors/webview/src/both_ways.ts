import type { MergedTree } from "./merge";

/** What a function calls: all its outermost calls merged, the function as the root. */
export function calleesTree(tree: MergedTree, frame: number): MergedTree {
  const grown = new GrowingTree(frame, tree.tierUs.length / tree.count);
  const ofMerged = new Int32Array(tree.count).fill(-1);
  for (let m = 1; m < tree.count; m++) {
    const above = ofMerged[tree.parent[m]];
    if (above >= 0) ofMerged[m] = grown.child(above, tree.frame[m]);
    else if (tree.frame[m] === frame) ofMerged[m] = 0;
    if (ofMerged[m] >= 0) grown.add(ofMerged[m], tree, m);
  }
  for (let node = grown.parent.length - 1; node > 0; node--) {
    grown.totalUs[grown.parent[node]] += grown.totalUs[node];
    grown.totalSamples[grown.parent[node]] += grown.totalSamples[node];
  }
  return grown.tree();
}

/**
 * Who calls a function: the function as the root, below it the callers of its outermost calls. The value of a caller
 * is what reached the function through it.
 */
export function callersTree(tree: MergedTree, frame: number): MergedTree {
  const grown = new GrowingTree(frame, tree.tierUs.length / tree.count);
  const inside = new Uint8Array(tree.count);
  for (let m = 1; m < tree.count; m++) {
    const nested = inside[tree.parent[m]];
    inside[m] = nested || tree.frame[m] === frame ? 1 : 0;
    if (inside[m]) grown.addOwn(tree, m);
    if (nested || tree.frame[m] !== frame) continue;
    let at = 0;
    grown.addThrough(at, tree.totalUs[m], tree.totalSamples[m]);
    for (let above = tree.parent[m]; above > 0; above = tree.parent[above]) {
      at = grown.child(at, tree.frame[above]);
      grown.addThrough(at, tree.totalUs[m], tree.totalSamples[m]);
    }
  }
  return grown.tree();
}

class GrowingTree {
  readonly parent = [-1];
  readonly frame: number[];
  readonly depth = [0];
  readonly selfUs = [0];
  readonly totalUs = [0];
  readonly samples = [0];
  readonly totalSamples = [0];
  private readonly tierUs: number[];
  private readonly known = new Map<string, number>();

  constructor(
    private readonly root: number,
    private readonly tiers: number,
  ) {
    this.frame = [root];
    this.tierUs = new Array<number>(tiers).fill(0);
  }

  child(parent: number, frame: number): number {
    const key = `${parent} ${frame}`;
    let node = this.known.get(key);
    if (node === undefined) {
      node = this.parent.length;
      this.known.set(key, node);
      this.parent.push(parent);
      this.frame.push(frame);
      this.depth.push(this.depth[parent] + 1);
      for (const column of [this.selfUs, this.totalUs, this.samples, this.totalSamples]) column.push(0);
      for (let t = 0; t < this.tiers; t++) this.tierUs.push(0);
    }
    return node;
  }

  add(node: number, tree: MergedTree, m: number): void {
    this.selfUs[node] += tree.selfUs[m];
    this.totalUs[node] += tree.selfUs[m];
    this.samples[node] += tree.samples[m];
    this.totalSamples[node] += tree.samples[m];
    for (let t = 0; t < this.tiers; t++) this.tierUs[node * this.tiers + t] += tree.tierUs[m * this.tiers + t];
  }

  /** Self time of the function itself, in whichever stack. */
  addOwn(tree: MergedTree, m: number): void {
    if (tree.frame[m] === this.root) this.selfUs[0] += tree.selfUs[m];
  }

  addThrough(node: number, us: number, samples: number): void {
    this.totalUs[node] += us;
    this.totalSamples[node] += samples;
  }

  tree(): MergedTree {
    return {
      count: this.parent.length,
      parent: Int32Array.from(this.parent),
      frame: Int32Array.from(this.frame),
      depth: Int32Array.from(this.depth),
      selfUs: Float64Array.from(this.selfUs),
      totalUs: Float64Array.from(this.totalUs),
      samples: Float64Array.from(this.samples),
      totalSamples: Float64Array.from(this.totalSamples),
      tierUs: Float64Array.from(this.tierUs),
      ofNode: new Int32Array(0),
      folded: new Uint8Array(0),
    };
  }
}
