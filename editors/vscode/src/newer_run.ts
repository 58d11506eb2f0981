// Whether the source lines show a newer run than a view.
import { isBenchmark } from "./load";
import type { NewerRun } from "./messages";
import type { RunRecord } from "./protocol";
import { titleAndTime } from "./run_labels";

/** The newest run that the lines of the same folder show, unless the view's is among them or newer. Benchmarks are on no lines, and a comparison names its runs. */
export function newerRun({ runs, shown }: { runs: RunRecord[]; shown: string[] }, view: { runId?: string | null; compared?: object | null }, now: number): NewerRun | null {
  const own = runs.find(({ id }) => id === view.runId);
  if (own === undefined || view.compared || isBenchmark(own) || shown.includes(own.id)) {
    return null;
  }
  const [newest] = runs
    .filter((run) => shown.includes(run.id) && run.folder === own.folder && run.startedAtMs > own.startedAtMs)
    .sort((a, b) => b.startedAtMs - a.startedAtMs);
  return newest === undefined ? null : { runId: newest.id, title: titleAndTime(newest, now) };
}
