import { h } from "../dom";
import type { Opened } from "../wire";
import type { Chart } from "./chart";
import { merged, totalOf } from "./distribution";
import { connections, environmentFacts, generatorFacts, responses } from "./facts";
import { headline, ownNotes, spoilers, verdicts } from "./headline";
import { histogram, type Named } from "./histogram";
import { overTime } from "./over_time";
import { curveOf, curveThrough, percentileChart, type Curve } from "./percentiles";
import { readLoad, readVersus } from "./read";
import { roundsChart } from "./rounds";
import type { Load, Versus } from "./wire";

/** Whether a model has a load test to show. */
export function hasLoad({ load, versus }: Opened): boolean {
  return load != null || versus != null;
}

/** Whether there is nothing but a load test: then the views of a profile would be empty. */
export function isOnlyLoad(opened: Opened): boolean {
  const { wholeUs, allocatedBytes } = opened.overview;
  return hasLoad(opened) && wholeUs === 0 && !allocatedBytes;
}

/** A load test, or a comparison of two versions in turns: headline, distributions, course, and what was measured how. */
export class LoadView {
  readonly element: HTMLElement;
  private readonly charts: Chart[] = [];

  /** Throws `ReportError` when the report cannot be read. */
  constructor(opened: Opened) {
    const load = opened.load == null ? null : readLoad(opened.load);
    const before = opened.compared?.load == null ? null : readLoad(opened.compared.load, "compared.load");
    const versus = opened.versus == null ? null : readVersus(opened.versus);
    const sentences = [...(versus?.notes ?? []), ...(isOnlyLoad(opened) ? (opened.meta.notes ?? []) : [])];
    const ofLoad = load ? (load.notes ?? ownNotes(load)) : [];
    this.element = h("div", { class: "load" });
    this.add(spoilers([...ofLoad, ...sentences.map((text) => ({ kind: "", text }))]));
    if (versus) this.showVersus(versus);
    if (load) this.showLoad(load, before);
    else if (versus) this.showRounds(versus);
    const facts = load ? [responses(load), connections(load), generatorFacts(load)] : [];
    this.add(h("div", { class: "load-cards" }, ...[...facts, environmentFacts(opened.meta.environment ?? {})].filter((card) => card !== null)));
  }

  dispose(): void {
    for (const chart of this.charts) chart.dispose();
  }

  private showLoad(load: Load, before: Load | null): void {
    this.add(headline(load, before));
    this.addDistributions({ name: before ? "this run" : "latency", counts: load.latencyCounts }, before && { name: "before", counts: before.latencyCounts }, serviceCurve(load));
    if (load.completed > 0 && !load.latencyCounts.length) {
      this.add(h("p", { class: "hint" }, "The distribution of latencies is not in this report: an older version measured it. Measure again to see it."));
    }
    if (load.slices.length > 0) this.add(this.chart(overTime(load)));
  }

  private showVersus(versus: Versus): void {
    this.add(verdicts(versus));
    if (versus.rounds.length > 0) this.add(h("div", { class: "load-rounds" }, ...versus.figures.map((figure) => this.chart(roundsChart(versus, figure)))));
  }

  /** The distributions of all rounds of each side, where they were kept. */
  private showRounds({ a, b, rounds }: Versus): void {
    const sideOf = (side: 0 | 1): Named => ({ name: [a, b][side].label, counts: merged(rounds.map((round) => round[side].latencyCounts)) });
    this.addDistributions(sideOf(1), sideOf(0), null);
  }

  private addDistributions(shown: Named, before: Named | null, service: Curve | null): void {
    if (totalOf(shown.counts) === 0) return;
    const other = before && totalOf(before.counts) > 0 ? before : null;
    const curves = [curveOf(shown, "main"), ...(service ? [service] : []), ...(other ? [curveOf(other, "other")] : [])];
    this.add(h("div", { class: "load-charts" }, this.chart(histogram(shown, other)), this.chart(percentileChart(curves))));
  }

  private chart(chart: Chart): HTMLElement {
    this.charts.push(chart);
    return chart.element;
  }

  private add(...parts: (HTMLElement | null)[]): void {
    for (const part of parts) if (part) this.element.append(part);
  }
}

/** Service time as far as it is known; it differs from latency in an open loop only. */
function serviceCurve(load: Load): Curve | null {
  const name = "service time";
  if (!load.openLoop) return null;
  if (load.serviceCounts.length) return curveOf({ name, counts: load.serviceCounts }, "service");
  return load.serviceMs && curveThrough(name, load.serviceMs, "service", load.completed);
}
