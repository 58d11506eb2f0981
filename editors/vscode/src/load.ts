// Benchmarks: runs with figures and without a profile.
import type { RunRecord } from "./protocol";

/** Whether a run tells how fast a route answers, and no more. */
export function isBenchmark({ instruments }: RunRecord): boolean {
  return instruments === "load";
}

/** The newest benchmark, of any route. */
export function newestBenchmark(runs: RunRecord[]): RunRecord | undefined {
  return runs.filter(isBenchmark).reduce<RunRecord | undefined>((newest, run) => (newest && newest.startedAtMs >= run.startedAtMs ? newest : run), undefined);
}

/** Of what the source lines show and the newest benchmark, what was measured last. */
export function newestResult(shown: RunRecord | undefined, runs: RunRecord[]): RunRecord | undefined {
  const benchmark = newestBenchmark(runs);
  return benchmark && (shown === undefined || benchmark.startedAtMs > shown.startedAtMs) ? benchmark : shown;
}

/** Whether something can be verified: a benchmark is the baseline of its route. */
export function hasBaseline(runs: RunRecord[]): boolean {
  return runs.some((run) => isBenchmark(run) && run.label?.pinned === true);
}

/** A rate with the digits that the server's lenses have (`wording::rate`): `5.8k`, `2k`, `940`, `7.3`. */
export function rate(perSecond: number): string {
  if (perSecond < 10) return decimal(perSecond);
  if (perSecond < 999.5) return perSecond.toFixed(0);
  return perSecond < 999_500 ? `${decimal(perSecond / 1000)}k` : `${decimal(perSecond / 1e6)}M`;
}

/** A latency with the digits that the server's lenses have (`wording::milliseconds`): `4.1 ms`, `1 ms`, `0.38 ms`, `0.062 ms`, `1.2 s`. */
export function milliseconds(ms: number): string {
  if (ms < 1) return `${ms.toFixed(ms < 0.1 ? 3 : 2)} ms`;
  if (ms < 1000) return `${ms < 100 ? decimal(ms) : ms.toFixed(0)} ms`;
  return `${decimal(ms / 1000)} s`;
}

/** With one digit behind the point, unless it is 0. */
function decimal(value: number): string {
  return String(Math.round(value * 10) / 10);
}
