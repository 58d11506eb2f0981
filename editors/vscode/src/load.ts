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
