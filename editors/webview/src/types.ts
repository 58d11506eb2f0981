import type { Environment } from "./load/wire";
import type { LoadSummary } from "./wire";

/**
 * The report's data, `tickmark/flamegraph@1`, as the writer emits it: columnar, every
 * text in `strings` once. All times are microseconds unless the key says otherwise.
 * Lines and columns are 1-based, 0 means unknown; -1 in an index column means none.
 */
export interface Report {
  schema: "tickmark/flamegraph@1";
  title: string;
  subtitle?: string;
  meta: Meta;
  strings: string[];
  /** One row per script. `path` is a file (absolute, or relative to `meta.root`). */
  sources: { url: number[]; path: number[] };
  /** One row per function; `line`/`column` are where the function starts. */
  frames: { name: number[]; source: number[]; line: number[]; column: number[]; category: number[] };
  categories: string[];
  tiers: string[];
  /**
   * Call tree, parents before children. Siblings may repeat a frame with another tier or
   * line: the view merges them by frame. `line` is where in the frame's file it was executing.
   */
  nodes: {
    parent: number[];
    frame: number[];
    tier: number[];
    line: number[];
    selfUs: number[];
    samples: number[];
  };
  /** Samples in order of time: leaf node, start, duration. Empty when not recorded. */
  timeline?: { node: number[]; startUs: number[]; durationUs: number[] };
  /** Tables for other readers of the page's data; this view computes its own from `nodes`. */
  lines?: unknown;
  functions?: unknown;
  /** The load test of the run, the one it is compared with, and a comparison in turns: `load/read.ts` reads them. */
  load?: unknown;
  compared?: { runId: string; title: string; load?: unknown } | null;
  versus?: unknown;
}

export interface Meta {
  node?: string;
  v8?: string;
  date?: string;
  target?: string;
  /** Absolute folder that relative paths start from; only used to open files. */
  root?: string;
  samples?: number;
  intervalUs?: number;
  /** Shares (0 to 1) of JavaScript time with an exact line, a function only, neither. */
  attribution?: { exact: number; function: number; none: number } | null;
  /** What could not be read, by kind. */
  dropped?: Record<string, number> | null;
  load?: LoadSummary | null;
  environment?: Environment | null;
  notes?: string[] | null;
  other?: { gcMs?: number; programMs?: number; idleMs?: number } | null;
}

/** A place in a file, as handed to the host; line and column are 1-based. */
export interface SourcePosition {
  path: string;
  line: number;
  column: number;
}

/** What an editor that hosts the view may provide. */
export interface TickmarkHost {
  /** `preserveFocus`: the place is shown, and the keyboard stays in the view. */
  openSource(position: SourcePosition & { preserveFocus?: boolean }): void;
}
