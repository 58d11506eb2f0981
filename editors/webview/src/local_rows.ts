import { childLists } from "./layout";
import type { MergedTree } from "./merge";

/** A row before it is drawn. */
export interface Entry {
  frame: number;
  /** Of a line, its place in the list of lines; else 0. */
  place: number;
  selfUs: number;
  totalUs: number;
  /** Behind the total. */
  samples: number;
  children: number;
}

/** Nodes depth-first, callers first. `end[i]` is the place in `walk` behind the last node below node i. */
export interface Walk {
  walk: Int32Array;
  begin: Int32Array;
  end: Int32Array;
}

/** Walks a tree of which parents come before children; -1 is above the roots. */
export function walkOf(parent: Int32Array, count: number): Walk {
  const { start, items } = childLists(parent, count);
  const walk = new Int32Array(count);
  const begin = new Int32Array(count);
  const end = new Int32Array(count);
  const left: number[] = [];
  for (let i = count - 1; i >= 0; i--) if (parent[i] < 0) left.push(i);
  for (let at = 0; left.length; at++) {
    const node = left.pop() as number;
    walk[at] = node;
    begin[node] = at;
    for (let k = start[node + 1] - 1; k >= start[node]; k--) left.push(items[k]);
  }
  for (let at = count - 1; at >= 0; at--) {
    const node = walk[at];
    end[node] = Math.max(end[node], at + 1);
    if (parent[node] >= 0) end[parent[node]] = Math.max(end[parent[node]], end[node]);
  }
  return { walk, begin, end };
}

/** A merged tree with its links downwards. */
export class CallTree {
  readonly walk: Walk;
  private readonly children: { start: Int32Array; items: Int32Array };
  private readonly byFrame = new Map<number, number[]>();

  constructor(readonly tree: MergedTree) {
    this.walk = walkOf(tree.parent, tree.count);
    this.children = childLists(tree.parent, tree.count);
    for (const node of this.walk.walk) {
      if (node === 0) continue;
      const nodes = this.byFrame.get(tree.frame[node]);
      if (nodes) nodes.push(node);
      else this.byFrame.set(tree.frame[node], [node]);
    }
  }

  childrenOf(node: number): Int32Array {
    return this.children.items.subarray(this.children.start[node], this.children.start[node + 1]);
  }

  /** A node as a row, its children not counted. */
  entry(node: number): Entry {
    const { frame, selfUs, totalUs, totalSamples } = this.tree;
    return { frame: frame[node], place: 0, selfUs: selfUs[node], totalUs: totalUs[node], samples: totalSamples[node], children: 0 };
  }

  /** Every function that occurs. */
  functions(): Entry[] {
    const groups = new Groups(this);
    for (const node of this.walk.walk) if (node > 0) groups.add(this.tree.frame[node], node, this.tree.parent[node]);
    return groups.entries();
  }

  /**
   * Who calls the function at the end of a path of functions, each the caller of the one before it. Figures are those of
   * the path's first function, of the stacks that the path and the caller lead to. Null when no stack has this path.
   */
  callers([first, ...rest]: number[]): Entry[] | null {
    const { parent, frame } = this.tree;
    let stacks = (this.byFrame.get(first) ?? []).map((node) => ({ node, at: node }));
    for (const caller of rest) {
      stacks = stacks.map(({ node, at }) => ({ node, at: parent[at] })).filter(({ at }) => at > 0 && frame[at] === caller);
    }
    if (!stacks.length) return null;
    const groups = new Groups(this);
    for (const { node, at } of stacks) if (parent[at] > 0) groups.add(frame[parent[at]], node, parent[parent[at]]);
    return groups.entries();
  }

  /** The node that a path of functions leads to, from the root down; null when there is no such path. */
  nodeAt(path: number[]): number | null {
    let node = 0;
    for (const frame of path) {
      const child = this.childrenOf(node).find((other) => this.tree.frame[other] === frame);
      if (child === undefined) return null;
      node = child;
    }
    return node;
  }

  /** 1 for each node that matches, leads to one that does, or lies below one. */
  shown(matches: (node: number) => boolean): Uint8Array {
    const { count, parent } = this.tree;
    const shown = new Uint8Array(count);
    for (let node = 1; node < count; node++) if (shown[parent[node]] || matches(node)) shown[node] = 1;
    for (let node = count - 1; node > 0; node--) if (shown[node]) shown[parent[node]] = 1;
    return shown;
  }
}

/** Nodes grouped by function, added in the order of the walk; each stack counts once per group. */
class Groups {
  private readonly groups = new Map<number, { entry: Entry; takenUntil: number; callers: Set<number> }>();

  constructor(private readonly calls: CallTree) {}

  add(frame: number, node: number, caller: number): void {
    const { tree, walk } = this.calls;
    let group = this.groups.get(frame);
    if (!group) {
      group = { entry: { frame, place: 0, selfUs: 0, totalUs: 0, samples: 0, children: 0 }, takenUntil: 0, callers: new Set() };
      this.groups.set(frame, group);
    }
    group.entry.selfUs += tree.selfUs[node];
    if (walk.begin[node] >= group.takenUntil) {
      group.takenUntil = walk.end[node];
      group.entry.totalUs += tree.totalUs[node];
      group.entry.samples += tree.totalSamples[node];
    }
    if (caller > 0) group.callers.add(tree.frame[caller]);
  }

  entries(): Entry[] {
    return [...this.groups.values()].map(({ entry, callers }) => ({ ...entry, children: callers.size }));
  }
}
