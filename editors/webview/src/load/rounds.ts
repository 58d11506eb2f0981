import { count, digits, duration } from "../format";
import { Chart, type Drawing, type Item, type Table } from "./chart";
import { EDGE, horizontalAxis, linear, s, textWidth, type Area } from "./svg";
import { countTick, durationTick, linearTicks } from "./ticks";
import type { Figure, FigureComparison, Versus } from "./wire";

const ROW_PX = 26;

/** What a figure is called, how it is written, and which way is better. */
const FIGURE: Record<Figure, { name: string; text(value: number): string; tick(value: number): string; more: [string, string]; of(versus: Versus, round: number, side: 0 | 1): number | null }> = {
  requestsPerSecond: { name: "Requests/s", text: (value) => `${digits(value)}/s`, tick: countTick, more: ["more", "fewer"], of: ({ rounds }, round, side) => rounds[round][side].requestsPerSecond },
  p50Ms: { name: "Latency p50", text: (ms) => duration(ms * 1000), tick: (ms) => durationTick(ms * 1000), more: ["longer", "shorter"], of: ({ rounds }, round, side) => rounds[round][side].latencyMs?.p50 ?? null },
  p99Ms: { name: "Latency p99", text: (ms) => duration(ms * 1000), tick: (ms) => durationTick(ms * 1000), more: ["longer", "shorter"], of: ({ rounds }, round, side) => rounds[round][side].latencyMs?.p99 ?? null },
  serverCpuUs: { name: "Server CPU per request", text: duration, tick: durationTick, more: ["more", "less"], of: ({ serverCpuUs }, round, side) => serverCpuUs[round]?.[side] ?? null },
};

/** A comparison in words: what follows, by how much, and how surely. */
export function verdictText({ ratio, interval, verdict, figure }: FigureComparison): { verdict: string; change: string } {
  const relative = (by: number) => `${Math.abs(100 * (by - 1)) < 0.05 ? "0" : Math.abs(100 * (by - 1)).toFixed(1)}%`;
  const signed = (by: number) => (relative(by) === "0%" ? "0%" : `${by < 1 ? "\u2212" : "+"}${relative(by)}`);
  const [more, less] = FIGURE[figure].more;
  const size = Math.abs(ratio - 1) < 0.0005 ? "the same" : `${relative(ratio)} ${ratio > 1 ? more : less}`;
  const sure = interval ? `95% interval ${signed(interval[0])} to ${signed(interval[1])}` : "too few rounds for an interval";
  return {
    verdict: { better: "Better", worse: "Worse", noDifferenceShown: "No difference shown", undecided: "Undecided: more rounds are needed" }[verdict],
    change: `${size} (${sure})`,
  };
}

export function figureName(figure: Figure): string {
  return FIGURE[figure].name;
}

/** Every round of both sides as a dot on one axis, and the medians as strokes. */
export function roundsChart(versus: Versus, comparison: FigureComparison): Chart {
  const { a, b, rounds } = versus;
  const { name, text, tick, of } = FIGURE[comparison.figure];
  const sides = ([0, 1] as const).map((side) => ({
    side: (["a", "b"] as const)[side],
    label: [a, b][side].label,
    median: [comparison.a, comparison.b][side],
    values: rounds.map((_, round) => of(versus, round, side)),
  }));
  const known = sides.flatMap(({ values, median }) => [median, ...values.filter((value) => value !== null)]);
  const least = Math.min(...known);
  const most = Math.max(...known);
  const pad = (most - least || most || 1) * 0.08;

  const draw = (width: number): Drawing => {
    const labels = sides.map(({ label }) => fitted(label, Math.min(width * 0.35, 240)));
    const left = Math.max(...labels.map(textWidth)) + 14;
    const area: Area = { left, right: width - EDGE, top: 6, bottom: 6 + 2 * ROW_PX };
    const x = linear(least - pad, most + pad, area.left, area.right);
    const wanted = Math.max(Math.floor((area.right - area.left) / 90), 2);
    const ticks = linearTicks(least - pad, most + pad, wanted).filter((value) => value >= 0).map((value) => ({ value, text: tick(value) }));
    const rowY = (row: number) => area.top + (row + 0.5) * ROW_PX;
    const shapes = sides.flatMap(({ side, values, median }, row) => [
      s("text", { class: "side", x: area.left - 10, y: rowY(row) + 4, "text-anchor": "end" }, labels[row]),
      s("line", { class: "grid", x1: area.left, x2: area.right, y1: rowY(row), y2: rowY(row) }),
      ...values.flatMap((value) => (value === null ? [] : [s("circle", { class: `round ${side}`, cx: x(value), cy: rowY(row), r: 4.5 })])),
      s("line", { class: `median ${side}`, x1: x(median), x2: x(median), y1: rowY(row) - 10, y2: rowY(row) + 10 }),
    ]);
    const items = sides.flatMap(({ label, values, median }): Item[] => {
      const dot = (value: number, what: string): Item => ({ from: x(value) - 2, to: x(value) + 2, text: [what, text(value)] });
      return [...values.flatMap((value, i) => (value === null ? [] : [dot(value, `${label}, round ${i + 1}`)])), dot(median, `${label}, median`)];
    });
    return { height: area.bottom + 24, top: area.top, bottom: area.bottom, shapes: [horizontalAxis(area, x, ticks), ...shapes], items };
  };
  const table = (): Table => ({
    head: ["Round", a.label, b.label],
    rows: [
      ...rounds.map((_, i) => [count(i + 1), ...sides.map(({ values }) => (values[i] === null ? "\u2013" : text(values[i])))]),
      ["median", ...sides.map(({ median }) => text(median))],
    ],
  });
  const { verdict, change } = verdictText(comparison);
  const summary = `${text(comparison.a)} to ${text(comparison.b)}: ${verdict.toLowerCase()}, ${change}`;
  return new Chart({ title: name, summary, note: summary, keys: [], draw, table });
}

/** A text cut to a width, with an ellipsis. */
function fitted(text: string, width: number): string {
  let shown = text;
  while (shown.length > 1 && textWidth(`${shown}\u2026`) > width) shown = shown.slice(0, -1);
  return shown === text || textWidth(text) <= width ? text : `${shown}\u2026`;
}
