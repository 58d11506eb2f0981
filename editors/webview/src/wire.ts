/**
 * Questions and answers of a view, as server/crates/views/src/wire.rs defines them. Values are µs of CPU time, or
 * bytes where allocations are asked for. Lines and columns are 1-based, 0 unknown; columns count UTF-16 code units.
 * A column of a table of columns is as long as its neighbours.
 */

import type { Environment } from "./load/wire";

/** A column of numbers: a list from the server, a typed array from this page. */
export type Numbers = ArrayLike<number>;

/** What kind of code; every category in display order. */
export const CATEGORIES = ["app", "dependency", "nodeCore", "native", "compiler", "gc", "program", "idle", "unresolved"] as const;
export type Category = (typeof CATEGORIES)[number];

/** What widths and shares are of: µs, or bytes. */
export type Measure = "cpu" | "allocated";

/** The callers are of one function, which is the root; the callees too. */
export type Order = "leftHeavy" | "timeOrder" | "callers" | "callees";

/** A function. */
export interface FrameInfo {
  /** Its number in the model. */
  id: number;
  /** As V8 shows it; empty for an anonymous function. */
  name: string;
  /** Absolute path, else URL; empty without source. */
  path: string;
  /** Whether `path` is a file that can be opened. */
  isFile: boolean;
  line: number;
  column: number;
  category: Category;
}

/** A model before anything of it is drawn. */
export interface Overview {
  /** Time of each category as a leaf. */
  categories: [Category, number][];
  /** Names of tiers, in the order of every list of tiers. */
  tiers: string[];
  wholeUs: number;
  idleUs: number;
  /** Null when allocations were not recorded. */
  allocatedBytes: number | null;
  hasCpu: boolean;
  hasTimeline: boolean;
  timelineUs: number;
  /** Samples of active time. */
  samples: number;
  /** µs between samples; 0 unknown. */
  intervalUs: number;
  nFrames: number;
  /** The profile it is compared with. */
  before: { wholeUs: number; idleUs: number } | null;
}

/** How a view's model is known, and what is told above it. */
export interface Opened {
  /** The model's name; another one after the server was started again. */
  model: string;
  runId?: string | null;
  path?: string | null;
  title: string;
  subtitle: string;
  compared?: { runId: string; title: string; load?: unknown } | null;
  /** The load test's report, whole; `load/read.ts` reads it. */
  load?: unknown;
  /** A comparison of two versions in turns, with `load` or without. */
  versus?: unknown;
  /** Absolute folder that shown paths are relative to. */
  root?: string | null;
  meta: OpenedMeta;
  overview: Overview;
}

export interface OpenedMeta {
  node?: string | null;
  v8?: string | null;
  date?: string | null;
  target?: string | null;
  load?: LoadSummary | null;
  /** Shares (0 to 1) of JavaScript time with an exact line, a function only, neither. */
  attribution?: { exact: number; function: number; none: number } | null;
  /** What could not be read, by kind. */
  dropped?: Record<string, number> | null;
  notes?: string[] | null;
  /** What was measured on. */
  environment?: Environment | null;
}

export interface LoadSummary {
  requestsPerSecond?: number | null;
  p50Ms?: number | null;
  p99Ms?: number | null;
  failed?: number | null;
  clientLimited?: boolean | null;
  [more: string]: unknown;
}

/** Which boxes are asked for. */
export interface BoxesRequest {
  order: Order;
  /** The function of callers and callees. */
  frame?: number | null;
  /** Categories switched off: code is folded into its callers, states of the VM are left out. */
  hidden: Category[];
  measure: Measure;
  /** Edges of what is visible; everything without `to`. */
  from: number;
  to?: number | null;
  /**
   * What is narrower is merged with such neighbours of its row. What has not even a quarter of this width with them is
   * left out, unless it has a mark or leads to one. 0: every box.
   */
  minWidth: number;
  /** Marks boxes of matching functions. */
  query?: string | null;
  /** Marks boxes of this function. */
  highlight?: number | null;
}

/** Boxes in order of row, then of x. Those of one row do not overlap. */
export interface Boxes {
  /** Width of everything. */
  width: number;
  /** Rows of everything, the root's included. */
  nRows: number;
  /** Boxes without a place of their own in this answer: outside, merged, or too narrow. */
  leftOut: number;
  /** The functions that occur. */
  frames: FrameInfo[];
  /** Number of the merged node: the same for the same order and hidden categories. The root is 0. */
  node: Numbers;
  row: Numbers;
  x0: Numbers;
  x1: Numbers;
  /**
   * How many boxes it stands for; missing where all stand for themselves. Of a merged box, `selfValue`, `totalValue`,
   * `samples` and `before` are sums, `node`, `frame` and `tierValue` are those of its heaviest box, and `mark` is set when
   * one of its boxes has it. What is below its boxes hangs below it.
   */
  merged?: Numbers;
  /** Place of the box above in this answer, -1 for the root. */
  parent: Numbers;
  /** Place in `frames`, -1 for the root of everything. */
  frame: Numbers;
  selfValue: Numbers;
  totalValue: Numbers;
  /** Samples below. */
  samples: Numbers;
  /** Value per tier, `tiers.length` numbers per box; empty for allocations. */
  tierValue: Numbers;
  /** 1: matches the query; 2: is highlighted; 3: both; 0: neither. */
  mark: Numbers;
  /** Total before, scaled to the same whole active time; empty without comparison. */
  before: Numbers;
}

export interface SearchRequest {
  order: Order;
  frame?: number | null;
  hidden: Category[];
  measure: Measure;
  query: string;
}

export interface SearchResult {
  /** Functions that match. */
  functions: number;
  /** Value of stacks with a match, each counted once. */
  value: number;
  /** The heaviest boxes that match, heaviest first, 500 at most. */
  hits: Hit[];
  /** Why the query cannot be read. */
  error: QueryError | null;
}

export interface Hit {
  node: number;
  row: number;
  x0: number;
  x1: number;
}

/** A query or filter that cannot be read. */
export interface QueryError {
  message: string;
  /** Where it is wrong, in UTF-16 code units from the start. */
  at: number;
  length: number;
}

export interface DetailsRequest {
  frame: number;
  measure: Measure;
}

/** One function, wherever it was called. */
export interface Details {
  frame: FrameInfo;
  selfValue: number;
  /** With all it calls; recursion counts once. */
  totalValue: number;
  /** Samples behind `selfValue` and `totalValue`. */
  samples: [number, number];
  /** Self value per tier. */
  tiers: number[];
  /** Its hottest lines, 20 at most. */
  lines: LineInfo[];
  /** Who calls it, most value first, 50 at most. */
  callers: Related[];
  /** What it calls, most value first, 50 at most. */
  callees: Related[];
  /** Self and total before, scaled to the same whole active time. */
  before: [number, number] | null;
}

export interface LineInfo {
  path: string;
  line: number;
  selfValue: number;
  totalValue: number;
  samples: number;
}

/** A caller or callee, and the value that goes that way. */
export interface Related {
  frame: FrameInfo;
  value: number;
}

/** Functions with callers below them; the call tree; lines, flat. */
export type TableKind = "bottomUp" | "topDown" | "lines";

/** A column to sort by; changes are of the share since the profile compared with. */
export type Column =
  | "selfUs"
  | "totalUs"
  | "samples"
  | "selfBytes"
  | "totalBytes"
  | "selfChange"
  | "totalChange"
  /** Whatever the direction; those beyond the noise first when descending. */
  | "selfChangeSize"
  | "totalChangeSize"
  | "name"
  | "place";

export interface TableRequest {
  kind: TableKind;
  /** Functions from an outermost row down to the one whose children are asked for; empty for the outermost rows. */
  path: number[];
  /** The filter's language; it applies to the outermost rows, and in top-down to what leads to a match. */
  filter: string;
  sort: Column;
  /** Smallest first. */
  ascending: boolean;
  hidden: Category[];
  /**
   * Native code and compilers that JavaScript calls have rows of their own. Otherwise their time is self time of that
   * JavaScript, as on source lines; what no JavaScript calls has its own row. In a table of lines it is always the line's.
   */
  nativeApart?: boolean;
  /** Rows to skip. */
  offset: number;
  /** Most rows, 200 at most. */
  limit: number;
}

export interface TablePage {
  /** Rows there are. */
  total: number;
  /** Some of them. */
  rows: Row[];
  /** What shares are of, µs: active time. */
  baseUs: number;
  /** What shares of bytes are of. */
  baseBytes: number;
  /** Why the filter cannot be read; then all rows are answered. */
  error: QueryError | null;
}

export interface Row {
  /** The function; in a table of lines, the function that the line is in most. */
  frame: FrameInfo;
  /** The line, in a table of lines. */
  line: number | null;
  /** In bottom-up below the outermost rows: of the outermost function when called this way. */
  selfUs: number;
  /** With all it calls; recursion counts once. */
  totalUs: number;
  samples: number;
  /** Null when allocations were not recorded. */
  selfBytes: number | null;
  totalBytes: number | null;
  /** Self and total µs before, scaled to the same whole active time; null without comparison. */
  beforeUs: [number, number] | null;
  /**
   * Where the differences of the shares of self and of total time (-1 to 1) lie with 95 % confidence, as far as the numbers
   * of samples tell: low and high of each. A difference is noise when 0 lies within. Null without comparison or samples.
   */
  changeInterval?: [[number, number], [number, number]] | null;
  /** Rows below. */
  children: number;
}

/** What the editor's percentages are restricted to: the stacks through a function. */
export interface Focus {
  frame: FrameInfo;
  label: string;
  sharePercent: number;
}
