import { ReportError } from "../read";
import { FIGURES, type ConnectMs, type Counts, type FailureSample, type FigureComparison, type Generator, type LatencyMs, type Load, type LoadNote, type SideFacts, type Slice, type Verdict, type Versus } from "./wire";

const VERDICTS: readonly Verdict[] = ["better", "worse", "noDifferenceShown", "undecided"];

type Fields = Record<string, unknown>;

/** Checks a load test's report. What older versions did not write is empty; what is there and wrong throws `ReportError`. */
export function readLoad(value: unknown, where = "load"): Load {
  const report = fields(value, where);
  const at = (key: string) => `${where}.${key}`;
  const amountOf = (key: string, missing = 0) => amount(report[key], at(key)) ?? missing;
  return {
    requestsPerSecond: amountOf("requestsPerSecond"),
    latencyMs: latency(report.latencyMs, at("latencyMs")),
    latencyCounts: counts(report.latencyCounts, at("latencyCounts")),
    serviceMs: latency(report.serviceMs, at("serviceMs")),
    serviceCounts: counts(report.serviceCounts, at("serviceCounts")),
    openLoop: report.openLoop === true || (report.openLoop === undefined && report.requestedRate != null),
    protocol: typeof report.protocol === "string" ? report.protocol : null,
    inFlight: amountOf("inFlight", 1),
    interrupted: report.interrupted === true,
    sent: amountOf("sent"),
    completed: amountOf("completed"),
    failed: amountOf("failed"),
    unfinished: amountOf("unfinished"),
    retried: amountOf("retried"),
    statuses: tally(report.statuses, at("statuses")),
    errors: tally(report.errors, at("errors")),
    clientLimited: report.clientLimited === true,
    requestedRate: amount(report.requestedRate, at("requestedRate")),
    waited: amountOf("waited"),
    achievedRate: amount(report.achievedRate, at("achievedRate")),
    durationMs: amountOf("durationMs"),
    connections: amountOf("connections"),
    connects: amountOf("connects"),
    connectMs: connect(report.connectMs, at("connectMs")),
    tlsMs: connect(report.tlsMs, at("tlsMs")),
    receivedBytes: amountOf("receivedBytes"),
    serverCpuUs: optional(report.serverCpuUs, at("serverCpuUs"), (known) => ({
      mean: needed(known, "mean", at("serverCpuUs")),
      sd: amount(known.sd, at("serverCpuUs.sd")),
    })),
    generator: generator(report.generator, at("generator")),
    machine: machine(report.machine, at("machine")),
    failures: list(report.failures, at("failures")).map((item, i) => failure(item, `${at("failures")}[${i}]`)),
    slices: list(report.slices, at("slices")).map((item, i) => slice(item, `${at("slices")}[${i}]`)),
    notes: report.notes == null ? null : list(report.notes, at("notes")).map(note),
  };
}

/** Checks a comparison in turns; throws `ReportError`. */
export function readVersus(value: unknown): Versus {
  const versus = fields(value, "versus");
  return {
    a: side(versus.a, "versus.a", "A"),
    b: side(versus.b, "versus.b", "B"),
    rounds: list(versus.rounds, "versus.rounds").map((item, i) => {
      const where = `versus.rounds[${i}]`;
      const [a, b] = list(item, where);
      return [readLoad(a, `${where}[0]`), readLoad(b, `${where}[1]`)];
    }),
    serverCpuUs: list(versus.serverCpuUs, "versus.serverCpuUs").map((item, i) => {
      const where = `versus.serverCpuUs[${i}]`;
      const [a, b] = list(item, where);
      return [amount(a, where), amount(b, where)];
    }),
    figures: list(versus.figures, "versus.figures").map((item, i) => figure(item, `versus.figures[${i}]`)),
    notes: list(versus.notes, "versus.notes").map(String),
  };
}

function fields(value: unknown, where: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new ReportError(`${where} is missing or not an object`);
  return value as Fields;
}

function optional<T>(value: unknown, where: string, read: (known: Fields) => T): T | null {
  return value == null ? null : read(fields(value, where));
}

function list(value: unknown, where: string): unknown[] {
  if (value == null) return [];
  if (!Array.isArray(value)) throw new ReportError(`${where} is not a list`);
  return value;
}

/** Null when missing. */
function amount(value: unknown, where: string): number | null {
  if (value == null) return null;
  if (typeof value !== "number" || !(value >= 0 && value < Infinity)) throw new ReportError(`${where} is ${JSON.stringify(value)}: expected an amount of zero or more`);
  return value;
}

function needed(known: Fields, key: string, where: string): number {
  const value = amount(known[key], `${where}.${key}`);
  if (value === null) throw new ReportError(`${where}.${key} is missing`);
  return value;
}

function counts(value: unknown, where: string): Counts {
  const read = list(value, where).map((item, i): [number, number] => {
    const [us, count] = list(item, `${where}[${i}]`);
    return [amount(us, `${where}[${i}][0]`) ?? 0, amount(count, `${where}[${i}][1]`) ?? 0];
  });
  return read.filter(([, count]) => count > 0).sort((a, b) => a[0] - b[0]);
}

function tally(value: unknown, where: string): [string, number][] {
  const known = value == null ? {} : fields(value, where);
  return Object.entries(known)
    .map(([name, count]): [string, number] => [name, amount(count, `${where}.${name}`) ?? 0])
    .sort((a, b) => b[1] - a[1]);
}

function latency(value: unknown, where: string): LatencyMs | null {
  return optional(value, where, (known) => {
    const of = (key: string) => needed(known, key, where);
    return { min: of("min"), mean: of("mean"), p50: of("p50"), p90: of("p90"), p99: of("p99"), p999: of("p999"), max: of("max") };
  });
}

function connect(value: unknown, where: string): ConnectMs | null {
  return optional(value, where, (known) => {
    const of = (key: string) => needed(known, key, where);
    return { mean: of("mean"), p50: of("p50"), p99: of("p99"), max: of("max") };
  });
}

function generator(value: unknown, where: string): Generator | null {
  return optional(value, where, (known) => {
    const of = (key: string) => amount(known[key], `${where}.${key}`);
    const lag = known.lagMs == null ? {} : fields(known.lagMs, `${where}.lagMs`);
    return {
      threads: of("threads") ?? 1,
      cpuMs: of("cpuMs"),
      cpuShare: of("cpuShare"),
      busyShare: of("busyShare") ?? 0,
      cpuUsPerRequest: of("cpuUsPerRequest"),
      waitingShare: of("waitingShare"),
      lagMs: { mean: amount(lag.mean, `${where}.lagMs.mean`) ?? 0, max: amount(lag.max, `${where}.lagMs.max`) ?? 0 },
    };
  });
}

function machine(value: unknown, where: string): Load["machine"] {
  return optional(value, where, (known) => ({ processors: needed(known, "processors", where), busyShare: needed(known, "busyShare", where) }));
}

function failure(value: unknown, where: string): FailureSample {
  const known = fields(value, where);
  return {
    atMs: amount(known.atMs, `${where}.atMs`) ?? 0,
    kind: String(known.kind ?? ""),
    status: amount(known.status, `${where}.status`),
    message: String(known.message ?? ""),
    body: String(known.body ?? ""),
  };
}

function slice(value: unknown, where: string): Slice {
  const known = fields(value, where);
  const of = (key: string) => amount(known[key], `${where}.${key}`);
  return {
    startMs: needed(known, "startMs", where),
    durationMs: needed(known, "durationMs", where),
    completed: of("completed") ?? 0,
    failed: of("failed") ?? 0,
    p50Us: of("p50Us"),
    p99Us: of("p99Us"),
  };
}

function note(value: unknown): LoadNote {
  if (typeof value === "string") return { kind: "", text: value };
  const known = fields(value, "load.notes");
  return { kind: String(known.kind ?? ""), text: String(known.text ?? "") };
}

function side(value: unknown, where: string, missing: string): SideFacts {
  const known = fields(value, where);
  const text = (key: string) => (typeof known[key] === "string" ? (known[key] as string) : null);
  return { label: text("label") || missing, commit: text("commit"), nodeEnv: text("nodeEnv") };
}

function figure(value: unknown, where: string): FigureComparison {
  const known = fields(value, where);
  const name = FIGURES.find((figure) => figure === known.figure);
  const verdict = VERDICTS.find((verdict) => verdict === known.verdict);
  if (!name || !verdict) throw new ReportError(`${where} is of ${JSON.stringify(known.figure)} with the verdict ${JSON.stringify(known.verdict)}: this view does not know them`);
  const interval = known.interval == null ? null : list(known.interval, `${where}.interval`).map((edge) => amount(edge, `${where}.interval`) ?? 0);
  return {
    figure: name,
    a: needed(known, "a", where),
    b: needed(known, "b", where),
    ratio: needed(known, "ratio", where),
    interval: interval && [interval[0] ?? 0, interval[1] ?? 0],
    verdict,
  };
}
