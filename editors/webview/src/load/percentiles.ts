import { Choice } from "../choice";
import { duration } from "../format";
import { Chart, type Drawing, type Item, type Key, type Table } from "./chart";
import { percentileUs, stepsOf, totalOf } from "./distribution";
import type { Named } from "./histogram";
import { axisTitle, EDGE, horizontalAxis, line, linear, logarithmic, roomFor, s, verticalAxis, type Area, type Scale } from "./svg";
import { durationTick, durationTicks, linearTicks, logTicks, percentileName, percentileSteps, percentileTicks, sharePercent } from "./ticks";
import type { LatencyMs } from "./wire";

const PLOT_PX = 220;
/** Where the slowest request is this many times the median, a linear axis would show nothing but it. */
const FAR = 50;

/** A curve: a whole distribution, or the few percentiles that are known of one. */
export interface Curve {
  name: string;
  /** How its line is drawn. */
  look: "main" | "other" | "service";
  /** Ascending, by the share of requests (0 to 1) that took at most this long. */
  steps: { from: number; to: number; us: number }[];
  requests: number;
  at(share: number): number | null;
}

export function curveOf({ name, counts }: Named, look: Curve["look"]): Curve {
  return { name, look, steps: stepsOf(counts), requests: totalOf(counts), at: (share) => percentileUs(counts, 100 * share) };
}

/** The curve through the percentiles of a report that has no distribution. */
export function curveThrough(name: string, latency: LatencyMs, look: Curve["look"], requests: number): Curve {
  const known: [number, number][] = [[0, latency.min], [0.5, latency.p50], [0.9, latency.p90], [0.99, latency.p99], [0.999, latency.p999], [1, latency.max]];
  const points = known.filter(([share]) => share === 1 || (1 - share) * requests >= 1);
  return {
    name,
    look,
    steps: points.map(([share, ms]) => ({ from: share, to: share, us: ms * 1000 })),
    requests,
    at: (share) => {
      const point = points.find(([known]) => Math.abs(known - share) < 1e-9);
      return point ? point[1] * 1000 : null;
    },
  };
}

/** Latency by percentile, each nine as wide as the one before: the curve of HdrHistogram. */
export function percentileChart(curves: Curve[]): Chart {
  const requests = Math.max(...curves.map((curve) => curve.requests));
  const slowest = Math.max(...curves.flatMap((curve) => curve.steps.map(({ us }) => us)));
  const fastest = Math.min(...curves.flatMap((curve) => curve.steps.map(({ us }) => us)).filter((us) => us > 0));
  const median = curves[0].at(0.5) ?? slowest;
  let isLog = slowest > FAR * median;
  const shares = percentileSteps(requests);
  const textOf = (share: number) =>
    curves.flatMap((curve) => {
      const us = curve.at(share);
      return us === null ? [] : [curves.length > 1 ? `${curve.name}: ${duration(us)}` : duration(us)];
    });

  const draw = (width: number): Drawing => {
    const most = isLog ? slowest : slowest * 1.02;
    const least = isLog ? Math.min(fastest, most / 2) : 0;
    const values = isLog ? logTicks(least, most, 7) : linearTicks(0, most, 5);
    const ticks = isLog ? values.map((value) => ({ value, text: durationTick(value) })) : durationTicks(values);
    const area: Area = { left: roomFor(ticks), right: width - EDGE, top: 28, bottom: 28 + PLOT_PX };
    // The slowest request alone would lie at infinity.
    const far = Math.max(requests, 10) * 1.3;
    const across = logarithmic(1, far, area.left, area.right);
    const x: Scale = (share) => across(share >= 1 ? far : Math.min(1 / (1 - share), far));
    const y = isLog ? logarithmic(least, most, area.bottom, area.top) : linear(0, most, area.bottom, area.top);
    const items = shares.map((share, i): Item => {
      const edge = (other: number | undefined) => (other === undefined ? x(share) : (x(other) + x(share)) / 2);
      return { from: edge(shares[i - 1]), to: edge(shares[i + 1]), text: [`${sharePercent(share)}% of requests took at most`, ...textOf(share)] };
    });
    return {
      height: area.bottom + 24,
      top: area.top,
      bottom: area.bottom,
      shapes: [
        axisTitle(area, isLog ? "latency, log scale" : "latency"),
        verticalAxis(area, y, ticks),
        horizontalAxis(area, x, percentileTicks(requests).map((share) => ({ value: share, text: `${sharePercent(share)}%` }))),
        // The first one lies above the others.
        ...curves.toReversed().map(({ steps, look }) => s("path", { class: `line ${look}`, d: line(sparse(steps, x, y)) })),
        ...curves.filter(isKnownInPoints).flatMap(({ steps, look }) => steps.map(({ from, us }) => s("circle", { class: `dot ${look}`, cx: x(from), cy: y(us), r: 3 }))),
      ],
      items,
    };
  };
  const table = (): Table => ({
    head: ["Percentile", ...curves.map(({ name }) => name)],
    rows: shares.map((share) => [
      percentileName(share),
      ...curves.map((curve) => {
        const us = curve.at(share);
        return us === null ? "\u2013" : duration(us);
      }),
    ]),
  });
  const axis = new Choice<"linear" | "log">("Height of the curve", "", (chosen) => choose(chosen), [
    ["linear", "Linear", "Heights are in proportion to the latency"],
    ["log", "Log", "Each line is a multiple of the one below"],
  ]);
  axis.press(isLog ? "log" : "linear");
  const chart = new Chart({
    title: "Latency by percentile",
    summary: `${curves.map(({ name, at }) => `${name}: median ${duration(at(0.5) ?? 0)}, slowest ${duration(at(1) ?? 0)}`).join("; ")}. Arrow keys step through percentiles.`,
    keys: curves.length > 1 ? curves.map(({ name, look }): Key => ({ name: look, text: name, shape: "line" })) : [],
    controls: axis.element,
    note: "Each further 9 has the same width.",
    draw,
    table,
  });
  const choose = (chosen: "linear" | "log") => {
    isLog = chosen === "log";
    axis.press(chosen);
    chart.redraw();
  };
  return chart;
}

function isKnownInPoints({ steps }: Curve): boolean {
  return steps.every(({ from, to }) => from === to);
}

/** A curve's points without those that lie on the same pixel as the one before. */
function sparse(steps: Curve["steps"], x: Scale, y: Scale): [number, number][] {
  const points: [number, number][] = [];
  const add = (px: number, py: number) => {
    const last = points.at(-1);
    if (!last || Math.abs(last[0] - px) + Math.abs(last[1] - py) >= 0.5) points.push([px, py]);
  };
  for (const { from, to, us } of steps) {
    add(x(from), y(us));
    add(x(to), y(us));
  }
  return points;
}
