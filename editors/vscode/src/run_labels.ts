// How runs are written for people.
import { isBenchmark, milliseconds, rate } from "./load";
import type { RunRecord, Target } from "./protocol";

/** A target as the user knows it: `GET /hello`, or a program with its arguments. */
export function describe(target: Target): string {
  return target.kind === "route" ? `${target.method} ${target.path}` : [target.entry, ...target.args].join(" ");
}

/** The name that the user gave, else what was measured. */
export function title(run: RunRecord): string {
  return run.label?.name ?? describe(run.target);
}

/** What tells runs of one target apart: `GET /hello · 14:02`, of another day `GET /hello · 20 Nov 14:02`. A name is enough. */
export function titleAndTime(run: RunRecord, now: number): string {
  return run.label?.name ?? `${title(run)} · ${clock(run.startedAtMs, now)}`;
}

/** The time of day, local; with the day where it is not today's. Both in ms. */
export function clock(then: number, now: number): string {
  const time = new Date(then).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  const day = (at: number): string => new Date(at).toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  return day(then) === day(now) ? time : `${day(then)} ${time}`;
}

/** Such as `5.8k req/s · p99 4.1 ms · 0.12 ms CPU per request`; of a program, how long it took. At full throughput the median tells more. */
export function figures(run: RunRecord): string[] {
  const { load, program, overhead } = run;
  if (load) {
    const isMaximum = isBenchmark(run) && load.requestedRate == null;
    return [
      `${rate(load.requestsPerSecond)} req/s`,
      ...(load.latencyMs ? [isMaximum ? `p50 ${milliseconds(load.latencyMs.p50)}` : `p99 ${milliseconds(load.latencyMs.p99)}`] : []),
      ...(overhead ? [`${milliseconds(overhead.plainCpuMsPerRequest)} CPU/req`] : []),
    ];
  }
  return program ? [milliseconds(program.wallMs)] : [];
}

/** For the status bar: `GET /hello · 5.8k req/s · p99 4.1 ms`; of several folders, `api: GET /hello · …`. */
export function summary(run: RunRecord): string {
  const named = run.place === undefined ? title(run) : `${run.place}: ${title(run)}`;
  return [named, ...figures(run).slice(0, 2)].join(" · ");
}

/** How long ago, in the largest unit that is whole: `just now`, `5 min ago`, `3 h ago`, `2 days ago`; both in ms. */
export function ago(then: number, now: number): string {
  const seconds = Math.max(0, now - then) / 1000;
  const [minutes, hours, days] = [seconds / 60, seconds / 3600, seconds / 86_400].map(Math.floor) as [number, number, number];
  if (minutes < 1) return "just now";
  if (hours < 1) return `${minutes} min ago`;
  if (days < 1) return `${hours} h ago`;
  return days === 1 ? "yesterday" : `${days} days ago`;
}

/** What a list says after the title: figures first, for narrow lists cut the end. */
export function details(run: RunRecord, now: number): string {
  return [
    ...figures(run),
    ...(run.instruments === "explain" ? ["explained"] : isBenchmark(run) ? ["benchmark"] : []),
    ...(run.label?.name ? [describe(run.target)] : []),
    ...(run.place === undefined ? [] : [run.place]),
    ago(run.startedAtMs, now),
  ].join(" · ");
}

/** The order of the list: baselines first, then as they come, newest first. */
export function inOrder(runs: RunRecord[]): RunRecord[] {
  const isBaseline = (run: RunRecord): number => (run.label?.pinned ? 0 : 1);
  return [...runs].sort((a, b) => isBaseline(a) - isBaseline(b) || b.startedAtMs - a.startedAtMs);
}

/** What a run can sensibly be compared with: runs of the same target first, the baseline before all. The run itself is none, nor is what has no profile for one that has. */
export function comparable(run: RunRecord, runs: RunRecord[]): { same: RunRecord[]; other: RunRecord[] } {
  const others = inOrder(runs.filter((other) => other.id !== run.id && isBenchmark(other) === isBenchmark(run)));
  const isSame = ({ target, folder }: RunRecord): boolean =>
    describe(target) === describe(run.target) && target.entry === run.target.entry && folder === run.folder;
  return { same: others.filter(isSame), other: others.filter((each) => !isSame(each)) };
}

/** Of two runs, the one that was before is what the other is compared with. */
export function olderFirst(a: RunRecord, b: RunRecord): [RunRecord, RunRecord] {
  return a.startedAtMs <= b.startedAtMs ? [a, b] : [b, a];
}

/** A file's name without characters that a file system or a shell dislikes. */
export function fileName(run: RunRecord): string {
  const words = title(run).replace(/[^\p{L}\p{N}.-]+/gu, "-").replace(/^[-.]+|[-.]+$/g, "");
  return `${words === "" ? "run" : words}-${run.id}`;
}
