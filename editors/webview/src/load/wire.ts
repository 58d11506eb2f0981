/**
 * A load test's report as server/crates/load/src/report.rs writes it, and a comparison in turns as
 * server/crates/runs/src/versus.rs does. Reports of older versions lack keys: `read.ts` says what stands in for them.
 */

/** Durations: microseconds and how often, ascending. */
export type Counts = readonly (readonly [us: number, count: number])[];

/** Milliseconds. */
export interface LatencyMs {
  min: number;
  mean: number;
  p50: number;
  p90: number;
  p99: number;
  p999: number;
  max: number;
}

/** Milliseconds. */
export interface ConnectMs {
  mean: number;
  p50: number;
  p99: number;
  max: number;
}

export interface Generator {
  threads: number;
  cpuMs: number | null;
  /** Of one core. */
  cpuShare: number | null;
  busyShare: number;
  cpuUsPerRequest: number | null;
  /** Share of the run in which its threads were ready and other work had the processors. */
  waitingShare: number | null;
  lagMs: { mean: number; max: number };
}

export interface Slice {
  startMs: number;
  durationMs: number;
  completed: number;
  failed: number;
  p50Us: number | null;
  p99Us: number | null;
}

export interface FailureSample {
  atMs: number;
  kind: string;
  status: number | null;
  message: string;
  body: string;
}

/** What spoils a measurement. */
export interface LoadNote {
  kind: string;
  text: string;
}

/** One load test, checked. */
export interface Load {
  requestsPerSecond: number;
  /** In a closed loop from sending, in an open loop from the time the request was due; null when nothing completed. */
  latencyMs: LatencyMs | null;
  /** The distribution behind `latencyMs`; empty in reports of older versions. */
  latencyCounts: Counts;
  /** Open loop: from sending. */
  serviceMs: LatencyMs | null;
  /** The distribution behind `serviceMs`, where it is kept. */
  serviceCounts: Counts;
  openLoop: boolean;
  protocol: string | null;
  inFlight: number;
  interrupted: boolean;
  sent: number;
  completed: number;
  failed: number;
  unfinished: number;
  retried: number;
  /** Status and count, most first. */
  statuses: [string, number][];
  /** Kind of failure and count, most first. */
  errors: [string, number][];
  clientLimited: boolean;
  requestedRate: number | null;
  waited: number;
  achievedRate: number | null;
  durationMs: number;
  connections: number;
  connects: number;
  connectMs: ConnectMs | null;
  tlsMs: ConnectMs | null;
  receivedBytes: number;
  /** Processor time of the server per request, where the host measured it: mean and standard deviation over parts of the run. */
  serverCpuUs: { mean: number; sd: number | null } | null;
  generator: Generator | null;
  machine: { processors: number; busyShare: number } | null;
  failures: FailureSample[];
  slices: Slice[];
  /** Null when the host gave none: then the view makes its own of the figures. */
  notes: LoadNote[] | null;
}

export const FIGURES = ["requestsPerSecond", "p50Ms", "p99Ms", "serverCpuUs"] as const;
export type Figure = (typeof FIGURES)[number];

export type Verdict = "better" | "worse" | "noDifferenceShown" | "undecided";

/** One figure of both sides of a comparison in turns. */
export interface FigureComparison {
  figure: Figure;
  /** Median over the rounds of each side. */
  a: number;
  b: number;
  /** B through A. */
  ratio: number;
  /** Where `ratio` lies, 95 %; null of too few rounds. */
  interval: [number, number] | null;
  verdict: Verdict;
}

export interface SideFacts {
  label: string;
  commit: string | null;
  nodeEnv: string | null;
}

/** Two versions benchmarked in turns, checked. */
export interface Versus {
  a: SideFacts;
  b: SideFacts;
  rounds: [Load, Load][];
  /** Of A and B in the order of rounds; empty where it was not measured. */
  serverCpuUs: [number | null, number | null][];
  figures: FigureComparison[];
  notes: string[];
}

/** Where a result is from; whatever is known. */
export interface Environment {
  node?: string | null;
  v8?: string | null;
  flags?: string[] | null;
  nodeEnv?: string | null;
  commit?: string | null;
  dirty?: boolean | null;
  os?: string | null;
  arch?: string | null;
  cpuModel?: string | null;
  cpus?: number | null;
  governor?: string | null;
  loadAverage?: number | null;
}
