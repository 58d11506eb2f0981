import { Filter, FunctionText, TIER_NAMES } from "./filter";
import { parseFilter } from "./filter_parse";
import { absolutePath, frameInfo, sourceName } from "./frames";
import { lineEntries, mainTiers, type LinePlace } from "./local_lines";
import { CallTree, type Entry } from "./local_rows";
import { mergeTree } from "./merge";
import type { Profile } from "./read";
import type { Category, FrameInfo, Row, TablePage, TableRequest } from "./wire";

/** Most rows of a page. */
const MOST_ROWS = 200;

/** What is hidden changes by a click, and back. */
const MOST_TREES = 2;

/** Orders kept: a reader goes through columns and back. */
const MOST_ORDERS = 4;

const RECORDED = { cpu: true, allocations: false, comparison: false };

const tablesOf = new WeakMap<Profile, LocalTables>();

/**
 * A page of a table of a profile that is in this page, as server/crates/views/src/table.rs has it. A filter that cannot
 * be read is told in the answer. Throws an `Error` when the path leads to no row.
 */
export function localTable(profile: Profile, request: TableRequest): TablePage {
  let tables = tablesOf.get(profile);
  if (!tables) tablesOf.set(profile, (tables = new LocalTables(profile)));
  return tables.page(request);
}

/** A tree without the hidden categories, and what was derived of it. */
interface Shown {
  calls: CallTree;
  functions: Entry[] | null;
  lines: { entries: Entry[]; places: LinePlace[] } | null;
  /** Nodes of the call tree that a filter leaves, by filter. */
  filtered: Map<string, Uint8Array>;
}

class LocalTables {
  private readonly frames: FrameInfo[];
  private readonly texts: FunctionText[];
  private readonly tiers: Int32Array;
  private readonly baseUs: number;
  private readonly trees = new Map<string, Shown>();
  private readonly orders = new Map<string, Entry[]>();

  constructor(private readonly profile: Profile) {
    this.frames = Array.from(profile.frameName, (_, frame) => frameInfo(profile, frame) as FrameInfo);
    this.texts = this.frames.map((frame) => new FunctionText(frame.name, frame.path, frame.category, profile.meta.root ?? ""));
    this.tiers = mainTiers(profile);
    this.baseUs = profile.wholeUs - profile.idleUs;
  }

  page(request: TableRequest): TablePage {
    const read = parseFilter(request.filter, RECORDED);
    const filter = "filter" in read ? read.filter : new Filter([]);
    const shown = this.shown(request.hidden, request.nativeApart ?? false);
    const all = this.entries(shown, request, filter);
    const places = request.kind === "lines" ? (shown.lines?.places ?? null) : null;
    const limit = request.limit === 0 ? MOST_ROWS : Math.min(request.limit, MOST_ROWS);
    return {
      total: all.length,
      rows: all.slice(request.offset, request.offset + limit).map((entry) => this.row(entry, places)),
      baseUs: this.baseUs,
      baseBytes: 0,
      error: "error" in read ? read.error : null,
    };
  }

  /** All rows of a level, sorted. Outermost rows are many: their order is kept. */
  private entries(shown: Shown, request: TableRequest, filter: Filter): Entry[] {
    if (!request.path.length) {
      const key = JSON.stringify({ ...request, offset: 0, limit: 0 });
      return recent(this.orders, key, MOST_ORDERS, () => this.outermost(shown, request, filter));
    }
    const { kind, path } = request;
    const below = kind === "lines" ? null : kind === "bottomUp" ? shown.calls.callers(path) : this.below(shown, request, filter);
    if (!below) throw new Error(`there is no row at this path of functions: ${JSON.stringify(path)}`);
    return this.sorted(below, request, null);
  }

  /** The outermost rows that match. */
  private outermost(shown: Shown, request: TableRequest, filter: Filter): Entry[] {
    const matches = this.matching(filter);
    switch (request.kind) {
      case "topDown":
        return this.sorted(this.below(shown, request, filter) ?? [], request, null);
      case "bottomUp":
        shown.functions ??= shown.calls.functions();
        return this.sorted(shown.functions.filter(matches), request, null);
      case "lines":
        shown.lines ??= lineEntries(this.profile, shown.calls.tree);
        return this.sorted(shown.lines.entries.filter(matches), request, shown.lines.places);
    }
  }

  /** The rows of the call tree below a path of functions that the filter leaves; null when there is no such path. */
  private below(shown: Shown, request: TableRequest, filter: Filter): Entry[] | null {
    const { calls } = shown;
    const above = calls.nodeAt(request.path);
    if (above === null) return null;
    const matches = this.matching(filter);
    const filtered = filter.isEmpty
      ? null
      : recent(shown.filtered, request.filter, MOST_ORDERS, () => calls.shown((node) => matches(calls.entry(node))));
    const shownBelow = (node: number) => calls.childrenOf(node).filter((child) => !filtered || filtered[child] === 1);
    return Array.from(shownBelow(above), (node) => ({ ...calls.entry(node), children: shownBelow(node).length }));
  }

  private matching(filter: Filter): (entry: Entry) => boolean {
    const texts = filter.isEmpty ? [] : this.texts.map((text) => filter.matchesText(text));
    return (entry) =>
      filter.isEmpty ||
      (texts[entry.frame] &&
        filter.matchesFigures({
          selfUs: entry.selfUs,
          totalUs: entry.totalUs,
          samples: entry.samples,
          selfBytes: 0,
          totalBytes: 0,
          beforeSelfUs: 0,
          // The report's last tier has another name, and stands for the same.
          tier: TIER_NAMES.find((name) => name === this.profile.tiers[this.tiers[entry.frame]]) ?? "unknown",
          baseUs: this.baseUs,
          baseBytes: 0,
        }));
  }

  /** The order asked for. Equal rows are in the order of self, then of total, most first, whatever the direction: pages fit together. */
  private sorted(entries: Entry[], request: TableRequest, places: LinePlace[] | null): Entry[] {
    const compare = this.comparison(request, places);
    const sign = request.ascending ? 1 : -1;
    const byWeight = (a: Entry, b: Entry) => b.selfUs - a.selfUs || b.totalUs - a.totalUs || a.frame - b.frame || a.place - b.place;
    return [...entries].sort((a, b) => sign * compare(a, b) || byWeight(a, b));
  }

  private comparison({ sort }: TableRequest, places: LinePlace[] | null): (a: Entry, b: Entry) => number {
    switch (sort) {
      case "selfUs":
      case "selfChange":
      case "selfChangeSize":
        return (a, b) => a.selfUs - b.selfUs;
      case "totalUs":
      case "totalChange":
      case "totalChangeSize":
        return (a, b) => a.totalUs - b.totalUs;
      case "samples":
        return (a, b) => a.samples - b.samples;
      case "selfBytes":
      case "totalBytes":
        return () => 0;
      case "name":
        return (a, b) => compareTexts(this.texts[a.frame].name.lower, this.texts[b.frame].name.lower);
      case "place":
        return (a, b) => {
          const [x, y] = [this.place(a, places), this.place(b, places)];
          return compareTexts(x.path, y.path) || x.line - y.line || x.column - y.column;
        };
    }
  }

  private place(entry: Entry, places: LinePlace[] | null): { path: string; line: number; column: number } {
    const place = places?.[entry.place];
    return place ? { path: this.pathOf(place), line: place.line, column: 0 } : this.frames[entry.frame];
  }

  private pathOf({ source }: LinePlace): string {
    const path = sourceName(this.profile, source);
    return this.profile.sourcePath[source] >= 0 ? absolutePath(this.profile, path) : path;
  }

  private row(entry: Entry, places: LinePlace[] | null): Row {
    return {
      frame: this.frames[entry.frame],
      line: places?.[entry.place].line ?? null,
      selfUs: entry.selfUs,
      totalUs: entry.totalUs,
      samples: entry.samples,
      selfBytes: null,
      totalBytes: null,
      beforeUs: null,
      changeInterval: null,
      children: entry.children,
    };
  }

  private shown(hidden: Category[], nativeApart: boolean): Shown {
    const make = (): Shown => {
      const flags = Uint8Array.from(this.profile.categories, (category) => (hidden.includes(category) ? 1 : 0));
      return { calls: new CallTree(mergeTree(this.profile, flags, !nativeApart)), functions: null, lines: null, filtered: new Map() };
    };
    return recent(this.trees, `${nativeApart} ${[...hidden].sort().join()}`, MOST_TREES, make);
  }
}

/** What a map holds by a key, made when it is missing; the oldest is forgotten. */
function recent<T>(known: Map<string, T>, key: string, most: number, make: () => T): T {
  const value = known.get(key) ?? make();
  known.delete(key);
  known.set(key, value);
  for (const oldest of known.keys()) {
    if (known.size <= most) break;
    known.delete(oldest);
  }
  return value;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
