// Tickmark's own methods, as server/src/lsp/ext defines them.
import type { Boxes, BoxesRequest, Overview } from "../../webview/src/wire";
import { NotificationType, RequestType, RequestType0, type Position, type TextDocumentIdentifier } from "vscode-languageclient/node";

/** What a run measures. */
export type Target =
  | { kind: "route"; entry: string; method: string; path: string }
  | { kind: "program"; entry: string; args: string[] };

/** A run began or ended. */
export interface RunChanged {
  launchId: string;
  runId?: string;
  status: "started" | "finished" | "stopped" | "failed";
  /** `load` is a benchmark, `verify` its comparison with the baseline. */
  kind?: "profile" | "explain" | "load" | "verify";
  target: Target;
  /** Absolute. */
  folder?: string;
  /** Why it failed, with the end of what the program printed. */
  message?: string;
  /** The same in one line. */
  summary?: string;
  /** Where the program threw: an absolute path, line and column 1-based. */
  place?: { path: string; line: number; column: number };
}

/** What a line costs; shares of active time in percent. */
export interface HeatLine {
  /** 0-based. */
  line: number;
  selfPercent: number;
  totalPercent: number;
  /** Of calls that leave the file, or are one of several lines of their function. A server from before that has none. */
  callsPercent?: number;
  samples: number;
  /** The function around it was changed since it was measured. */
  stale: boolean;
}

/** What the user says of a run. */
export interface RunLabel {
  name: string | null;
  /** The baseline of its target. */
  pinned: boolean;
}

/** What is used here of a stored run. */
export interface RunRecord {
  id: string;
  target: Target;
  /** `load` is a benchmark: it has figures and no profile. */
  instruments?: "profile" | "explain" | "load";
  startedAtMs: number;
  durationMs?: number;
  samples: number;
  node?: { version: string } | null;
  git?: { commit: string; dirty: boolean } | null;
  load?: { requestsPerSecond: number; requestedRate?: number | null; latencyMs?: { p50: number; p99: number } | null } | null;
  program?: { wallMs: number; exit?: string } | null;
  /** In ms. */
  overhead?: { plainCpuMsPerRequest: number } | null;
  notes?: string[];
  artifacts?: { raw?: string[] } | null;
  label?: RunLabel;
  /** That it was measured in, absolute. */
  folder?: string;
  /** What that is called here, where it is not the only one. */
  place?: string;
}

/** A function. Lines and columns are 1-based, 0 unknown. */
export interface FrameInfo {
  id: number;
  name: string;
  path: string;
  isFile: boolean;
  line: number;
  column: number;
}

/** The function that the editor's percentages are of. */
export interface Focus {
  frame: FrameInfo;
  label: string;
  sharePercent: number;
}

export interface Runs {
  running: RunChanged[];
  /** The run that each workspace folder shows. */
  shown: string[];
  /** The file whose profile is shown instead. */
  shownFile?: string | null;
  focus?: Focus | null;
  /** Newest first. */
  runs: RunRecord[];
  /** Stored runs that cannot be read, and why. */
  unreadable?: string[];
}

/** What a view is of. With neither a run nor a file: of what is shown on the source lines. */
export interface Source {
  runId?: string;
  /** Absolute. */
  path?: string;
  /** A run. */
  compareWith?: string;
}

/** What is used here of a model that the server has opened. */
export interface Opened {
  model: string;
  runId?: string;
  path?: string;
  title: string;
  subtitle?: string;
  compared?: { runId: string; title: string } | null;
  meta?: { date?: string };
  overview: Overview;
}

/** A function with much self time. */
export interface Hotspot {
  name: string;
  file?: string | null;
  /** 1-based; 0 when not known. */
  line: number;
  /** 1-based; 0 when not known. */
  column: number;
  selfPercent: number;
  totalPercent: number;
  tier: string;
  /** Of one that is in no file: the nearest function of a file that calls it. */
  caller?: { name: string; file: string; line: number; column: number };
}

export type ExportFormat = "cpuprofile" | "speedscope" | "pprof" | "folded" | "svg" | "html" | "json";

type Place = { textDocument: TextDocumentIdentifier; position: Position };

export const runChanged = new NotificationType<RunChanged>("tickmark/runChanged");
export const runsChanged = new NotificationType<object>("tickmark/runsChanged");
export const heat = new RequestType<{ textDocument: TextDocumentIdentifier }, { lines: HeatLine[] }, void>("tickmark/heat");
export const runs = new RequestType0<Runs, void>("tickmark/runs");
export const labelRun = new RequestType<{ runId: string; name?: string | null; pinned?: boolean }, RunLabel, void>("tickmark/runs/label");
export const deleteRuns = new RequestType<{ runIds: string[] }, { deleted: string[]; failed: { runId: string; message: string }[] }, void>(
  "tickmark/runs/delete",
);
/** Of a stored run, or of a model that is open. */
type Export = { runId?: string; model?: string; format: ExportFormat; to: string };
export const exportRun = new RequestType<Export, { path: string; bytes: number }, void>("tickmark/runs/export");
export const openModel = new RequestType<Source, Opened, void>("tickmark/views/open");
export const closeModel = new RequestType<{ model: string }, null, void>("tickmark/views/close");
export const boxesOf = new RequestType<BoxesRequest & { model: string }, Boxes, void>("tickmark/views/boxes");
export const applyModel = new RequestType<{ model: string }, { runId?: string; path?: string }, void>("tickmark/views/apply");
export const frameAt = new RequestType<{ model: string } & Place, { frame: FrameInfo | null }, void>("tickmark/views/frameAt");

/** Commands of the server. The language client registers each under its own name. */
export const ServerCommand = {
  profile: { route: "tickmark.profileRoute", entry: "tickmark.profileEntry" },
  explain: { route: "tickmark.explainRoute", entry: "tickmark.explainEntry" },
  benchmark: { route: "tickmark.benchmarkRoute" },
  baseline: { route: "tickmark.setBaseline" },
  verify: { route: "tickmark.verifyBaseline" },
  stop: "tickmark.stopRun",
  clear: "tickmark.clearResults",
  flamegraph: "tickmark.showFlamegraph",
  hotspots: "tickmark.hotspots",
  clearFocus: "tickmark.clearFocus",
} as const;
