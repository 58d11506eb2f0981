// Tickmark's own methods, as server/src/lsp/ext.rs defines them.
import { NotificationType, RequestType, RequestType0, type TextDocumentIdentifier } from "vscode-languageclient/node";

/** What a run measures. */
export type Target =
  | { kind: "route"; entry: string; method: string; path: string }
  | { kind: "program"; entry: string; args: string[] };

/** A run began or ended. */
export interface RunChanged {
  launchId: string;
  runId?: string;
  status: "started" | "finished" | "stopped" | "failed";
  target: Target;
  message?: string;
}

/** What a line costs; shares of active time in percent. */
export interface HeatLine {
  /** 0-based. */
  line: number;
  selfPercent: number;
  totalPercent: number;
  samples: number;
  /** The function around it was changed since it was measured. */
  stale: boolean;
}

/** What is used here of a stored run. */
export interface RunRecord {
  id: string;
  target: Target;
  startedAtMs: number;
  samples: number;
  load?: { requestsPerSecond: number; latencyMs?: { p99: number } | null } | null;
  program?: { wallMs: number } | null;
}

export interface Runs {
  running: RunChanged[];
  /** The run that each workspace folder shows. */
  shown: string[];
  /** Newest first. */
  runs: RunRecord[];
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
}

export const runChanged = new NotificationType<RunChanged>("tickmark/runChanged");
export const heat = new RequestType<{ textDocument: TextDocumentIdentifier }, { lines: HeatLine[] }, void>("tickmark/heat");
export const runs = new RequestType0<Runs, void>("tickmark/runs");

/** Commands of the server. The language client registers each under its own name. */
export const ServerCommand = {
  profile: { route: "tickmark.profileRoute", entry: "tickmark.profileEntry" },
  explain: { route: "tickmark.explainRoute", entry: "tickmark.explainEntry" },
  stop: "tickmark.stopRun",
  clear: "tickmark.clearResults",
  flamegraph: "tickmark.showFlamegraph",
  hotspots: "tickmark.hotspots",
} as const;

/** A target as the user knows it. */
export function describe(target: Target): string {
  return target.kind === "route" ? `${target.method} ${target.path}` : [target.entry, ...target.args].join(" ");
}
