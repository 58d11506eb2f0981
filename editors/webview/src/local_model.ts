import { calleesTree, callersTree } from "./both_ways";
import { frameInfo } from "./frames";
import { leftHeavy, timeOrder, type Layout } from "./layout";
import { detailsOf } from "./local_details";
import { partOf } from "./local_part";
import { localTable } from "./local_tables";
import { mergeTree, type MergedTree } from "./merge";
import type { Found, ViewModel } from "./model";
import type { Profile } from "./read";
import { matchedTime, matchFrames, type Matches } from "./search";
import { categoryTotals } from "./totals";
import {
  CATEGORIES,
  type Boxes,
  type BoxesRequest,
  type Category,
  type Details,
  type DetailsRequest,
  type FrameInfo,
  type Hit,
  type Opened,
  type Order,
  type SearchRequest,
  type TablePage,
  type TableRequest,
} from "./wire";

const MOST_HITS = 500;

/** A profile that is in this page: every answer is computed here, at once. */
export class LocalModel implements ViewModel {
  readonly opened: Opened;
  private readonly frames: FrameInfo[];
  private readonly trees = new Map<string, MergedTree>();
  private readonly laidOut = new Map<string, LaidOut>();
  private matched: { query: string; matches: Matches } = { query: "", matches: { kind: "none" } };

  constructor(readonly profile: Profile) {
    this.opened = openedOf(profile);
    this.frames = Array.from(profile.frameName, (_, frame) => frameInfo(profile, frame) as FrameInfo);
  }

  boxes(request: BoxesRequest): Boxes {
    const { tree, layout, frame } = this.layOut(request);
    const all: Boxes = {
      width: layout.widthUs,
      nRows: layout.rowStart.length - 1,
      leftOut: 0,
      frames: this.frames,
      node: layout.node,
      row: layout.row,
      x0: layout.x0,
      x1: layout.x1,
      parent: layout.parent,
      frame,
      selfValue: layout.selfUs,
      totalValue: layout.totalUs,
      samples: layout.samples,
      tierValue: layout.tierUs,
      mark: this.marks(request, tree, layout),
      before: [],
    };
    return request.minWidth > 0 || request.from > 0 || request.to != null ? partOf(all, request, layout.count) : cut(all, layout.count);
  }

  search(request: SearchRequest): Found {
    const { profile } = this;
    const found = this.matches(request.query);
    if (found.kind !== "found") {
      const error = found.kind === "invalid" ? { message: found.message, at: 0, length: request.query.length } : null;
      return { functions: 0, value: 0, hits: [], error };
    }
    const { tree, layout } = this.layOut(request);
    const boxes: number[] = [];
    for (let box = 0; box < layout.count; box++) {
      const frame = tree.frame[layout.node[box]];
      if (frame >= 0 && found.match[frame]) boxes.push(box);
    }
    const hits: Hit[] = heaviest(boxes, layout.totalUs).map((box) => ({ node: layout.node[box], row: layout.row[box], x0: layout.x0[box], x1: layout.x1[box] }));
    const value = matchedTime(profile, found.match, request.hidden.includes("idle"));
    return { functions: found.frames, value, hits, error: null, isLowerBound: found.stopped };
  }

  details(request: DetailsRequest): Details {
    if (!this.frames[request.frame]) throw new Error(`there is no function ${request.frame} in this report`);
    return detailsOf(this.profile, this.frames, request.frame);
  }

  table(request: TableRequest): TablePage {
    return localTable(this.profile, request);
  }

  private matches(query: string): Matches {
    if (this.matched.query !== query) this.matched = { query, matches: matchFrames(this.profile, query) };
    return this.matched.matches;
  }

  private marks(request: BoxesRequest, tree: MergedTree, layout: Layout): Uint8Array {
    const marks = new Uint8Array(layout.count);
    const query = request.query ?? "";
    const highlight = request.highlight ?? -1;
    const matches = this.matches(query);
    if (matches.kind !== "found" && highlight < 0) return marks;
    for (let box = 0; box < layout.count; box++) {
      const frame = tree.frame[layout.node[box]];
      if (frame >= 0) marks[box] = (matches.kind === "found" ? matches.match[frame] : 0) | (frame === highlight ? 2 : 0);
    }
    return marks;
  }

  private layOut({ order, frame, hidden }: { order: Order; frame?: number | null; hidden: Category[] }): LaidOut {
    const ofFunction = order === "callers" || order === "callees";
    if (ofFunction && (frame == null || !this.frames[frame])) throw new Error("callers and callees are of one function: `frame` is missing");
    if (order === "timeOrder" && !this.opened.overview.hasTimeline) throw new Error("this profile has no samples with times, so there is no time order");
    const folded = [...hidden].sort().join();
    const key = `${order} ${ofFunction ? frame : ""} ${folded}`;
    const known = this.laidOut.get(key);
    if (known) return known;
    const whole = this.treeWithout(folded, hidden);
    const tree = order === "callers" ? callersTree(whole, frame as number) : order === "callees" ? calleesTree(whole, frame as number) : whole;
    const gapUs = Math.max(2 * (this.profile.meta.intervalUs ?? 1000), 1);
    const layout = order === "timeOrder" ? timeOrder(this.profile, tree, gapUs) : leftHeavy(this.profile, tree);
    const made = { tree, layout, frame: Int32Array.from({ length: layout.count }, (_, box) => tree.frame[layout.node[box]]) };
    keep(this.laidOut, key, made, 4);
    return made;
  }

  private treeWithout(key: string, hidden: Category[]): MergedTree {
    const known = this.trees.get(key);
    if (known) return known;
    const tree = mergeTree(this.profile, Uint8Array.from(this.profile.categories, (category) => (hidden.includes(category) ? 1 : 0)));
    keep(this.trees, key, tree, 2);
    return tree;
  }
}

/** The heaviest few, heaviest first; sorting a million boxes would take too long for a key press. */
function heaviest(boxes: number[], value: Float64Array): number[] {
  const least = boxes.length > MOST_HITS ? Float64Array.from(boxes, (box) => value[box]).sort()[boxes.length - MOST_HITS] : 0;
  return boxes
    .filter((box) => value[box] >= least)
    .sort((a, b) => value[b] - value[a] || a - b)
    .slice(0, MOST_HITS);
}

interface LaidOut {
  tree: MergedTree;
  layout: Layout;
  frame: Int32Array;
}

/** Remembers the newest few. */
function keep<T>(into: Map<string, T>, key: string, value: T, most: number): void {
  into.set(key, value);
  for (const oldest of into.keys()) {
    if (into.size <= most) return;
    into.delete(oldest);
  }
}

function openedOf(profile: Profile): Opened {
  const totals = categoryTotals(profile);
  const { meta } = profile;
  const { node, v8, date, target, load, attribution, dropped, environment, notes } = meta;
  const { node: leaf, startUs, durationUs } = profile.timeline;
  const last = leaf.length - 1;
  return {
    model: "page",
    title: profile.title,
    subtitle: profile.subtitle,
    compared: profile.compared,
    load: profile.load,
    versus: profile.versus,
    root: meta.root,
    meta: { node, v8, date, target, load, attribution, dropped, environment, notes },
    overview: {
      categories: profile.categories.map((category, c): [Category, number] => [category, totals[c]]).sort((a, b) => rank(a[0]) - rank(b[0])),
      tiers: profile.tiers,
      wholeUs: profile.wholeUs,
      idleUs: profile.idleUs,
      allocatedBytes: null,
      hasCpu: true,
      hasTimeline: leaf.length > 0,
      timelineUs: last < 0 ? 0 : startUs[last] + durationUs[last] - startUs[0],
      samples: profile.activeSamples,
      intervalUs: meta.intervalUs ?? 0,
      nFrames: profile.frameName.length,
      before: null,
    },
  };
}

function rank(category: Category): number {
  const at = CATEGORIES.indexOf(category);
  return at < 0 ? CATEGORIES.length : at;
}

/** Layouts may have room for more boxes than they hold: nodes without time have no place. */
function cut(all: Boxes, count: number): Boxes {
  if (all.node.length === count) return all;
  const tiers = all.node.length ? all.tierValue.length / all.node.length : 0;
  const first = (column: Boxes["node"], each = 1) => (column as Float64Array).subarray(0, count * each);
  return {
    ...all,
    node: first(all.node),
    row: first(all.row),
    x0: first(all.x0),
    x1: first(all.x1),
    parent: first(all.parent),
    frame: first(all.frame),
    selfValue: first(all.selfValue),
    totalValue: first(all.totalValue),
    samples: first(all.samples),
    tierValue: first(all.tierValue, tiers),
    mark: first(all.mark),
  };
}
