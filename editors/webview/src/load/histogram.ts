import { Choice } from "../choice";
import { count, duration, percent } from "../format";
import { Chart, type Drawing, type Table } from "./chart";
import { binned, edgesOf, percentileUs, totalOf } from "./distribution";
import { axisTitle, EDGE, horizontalAxis, inRows, line, linear, logarithmic, roomFor, s, verticalAxis, type Area } from "./svg";
import { countTick, durationTick, linearTicks, logTicks, sharePercent } from "./ticks";
import type { Counts } from "./wire";

const BINS = 60;
const PLOT_PX = 206;
const ROW_PX = 15;

/** A distribution and what it is called. */
export interface Named {
  name: string;
  counts: Counts;
}

/** How many requests took how long, on a logarithmic axis of time; with `other`, both as shares of their requests. */
export function histogram(shown: Named, other: Named | null): Chart {
  const edges = edgesOf([shown.counts, ...(other ? [other.counts] : [])], BINS);
  const bins = binned(shown.counts, edges);
  const otherBins = other ? binned(other.counts, edges) : [];
  const total = totalOf(shown.counts);
  const otherTotal = other ? totalOf(other.counts) : 0;
  const marks = ([["p50", 50], ["p90", 90], ["p99", 99], ["p99.9", 99.9]] as const).map(([name, p]) => ({ name, us: percentileUs(shown.counts, p) ?? 0 }));
  // Of two versions the heights compare as shares.
  const heights = other ? bins.map((n) => n / Math.max(total, 1)) : bins;
  const otherHeights = otherBins.map((n) => n / Math.max(otherTotal, 1));
  let isLog = false;

  const range = (bin: number) => `${duration(edges[bin])} to ${duration(edges[bin + 1])}`;
  const below: number[] = [];
  bins.reduce((sum, n, bin) => (below[bin] = sum + n), 0);
  const upTo = (bin: number) => `${sharePercent(below[bin] / Math.max(total, 1))}%`;
  const requests = (n: number) => `${count(n)} ${n === 1 ? "request" : "requests"}`;

  const textOf = (bin: number): string[] => {
    const own = `${requests(bins[bin])}, ${percent(bins[bin], total)}`;
    const text = [range(bin), other ? `${shown.name}: ${own}` : own];
    if (other) text.push(`${other.name}: ${requests(otherBins[bin])}, ${percent(otherBins[bin], otherTotal)}`);
    return [...text, `${upTo(bin)} of requests took no longer`];
  };

  const draw = (width: number): Drawing => {
    const most = Math.max(...heights, ...otherHeights);
    const least = Math.min(...[...heights, ...otherHeights].filter((height) => height > 0));
    const valueText = (value: number) => (other ? `${countTick(value * 100)}%` : countTick(value));
    // One request must be seen on a logarithmic axis too.
    const floor = least / 2;
    const ticks = (isLog ? logTicks(floor, most, 5) : linearTicks(0, most, 4).filter((value) => other || Number.isInteger(value))).map((value) => ({ value, text: valueText(value) }));
    const left = roomFor(ticks);
    const right = width - EDGE;
    const x = logarithmic(edges[0], edges[edges.length - 1], left, right);
    const labels = inRows(marks.map(({ name, us }) => ({ x: x(us), text: `${name} ${duration(us)}` })), left, right + EDGE);
    const rows = Math.max(...labels.map(({ row }) => row)) + 1;
    const area: Area = { left, right, top: 24 + rows * ROW_PX, bottom: 24 + rows * ROW_PX + PLOT_PX };
    const y = isLog ? logarithmic(floor, most, area.bottom, area.top) : linear(0, most, area.bottom, area.top);
    const gap = (right - left) / bins.length > 5 ? 1 : 0;
    const bars = heights.map((height, bin) => height > 0 && s("rect", { x: x(edges[bin]), y: y(height), width: Math.max(x(edges[bin + 1]) - x(edges[bin]) - gap, 0.5), height: area.bottom - y(height) }));
    const outline = otherHeights.flatMap((height, bin): [number, number][] => {
      const at = height > 0 ? y(height) : area.bottom;
      return [[x(edges[bin]), at], [x(edges[bin + 1]), at]];
    });
    const rowY = (row: number) => area.top - 12 - row * ROW_PX;
    // Lines first: a line that passes a label of another row goes behind it.
    const marked = [
      ...marks.map(({ us }, i) => s("line", { x1: x(us), x2: x(us), y1: rowY(labels[i].row) + 3, y2: area.bottom })),
      ...labels.map(({ row, x: middle, text }) => s("text", { x: middle, y: rowY(row), "text-anchor": "middle" }, text)),
    ];
    const wanted = Math.max(Math.floor((right - left) / 75), 2);
    return {
      height: area.bottom + 24,
      top: area.top,
      bottom: area.bottom,
      shapes: [
        axisTitle({ ...area, top: 20 }, other ? "share of requests" : "requests"),
        verticalAxis(area, y, ticks),
        s("g", { class: "bars" }, ...bars),
        ...(outline.length ? [s("path", { class: "line other", d: line(outline) })] : []),
        horizontalAxis(area, x, logTicks(edges[0], edges[edges.length - 1], wanted).map((value) => ({ value, text: durationTick(value) }))),
        s("g", { class: "percentile" }, ...marked),
      ],
      items: bins.map((_, bin) => ({ from: x(edges[bin]), to: x(edges[bin + 1]), text: textOf(bin) })),
    };
  };

  const table = (): Table => ({
    head: ["Latency", other ? `Requests, ${shown.name}` : "Requests", "Share", ...(other ? [`Requests, ${other.name}`, "Share"] : []), "Up to here"],
    rows: bins.flatMap((n, bin) =>
      n || otherBins[bin] ? [[range(bin), count(n), percent(n, total), ...(other ? [count(otherBins[bin]), percent(otherBins[bin], otherTotal)] : []), upTo(bin)]] : [],
    ),
  });

  const axis = new Choice<"linear" | "log">("Height of the bars", "", (chosen) => choose(chosen), [
    ["linear", "Linear", "Heights are in proportion to the number of requests"],
    ["log", "Log", "Each line is a multiple of the one below: single requests show"],
  ]);
  axis.press("linear");
  const chart = new Chart({
    title: "Latency histogram",
    summary: `${requests(total)}: ${marks.map(({ name, us }) => `${name} ${duration(us)}`).join(", ")}. Arrow keys step through the bars.`,
    keys: other
      ? [
          { name: "bar-key", text: shown.name, shape: "fill" },
          { name: "other", text: other.name, shape: "line" },
        ]
      : [],
    controls: axis.element,
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
