import { count, digits, duration } from "../format";
import { Chart, type Drawing, type Table } from "./chart";
import { axisTitle, EDGE, horizontalAxis, line, linear, logarithmic, roomFor, s, verticalAxis, type Area } from "./svg";
import { countTick, durationTick, durationTicks, linearTicks, logTicks } from "./ticks";
import type { Load, Slice } from "./wire";

const RATE_PX = 120;
const LATENCY_PX = 120;
const BETWEEN_PX = 40;
const FAR = 30;

/** Requests per second over the run, and below it, on the same axis of time, how long they took. */
export function overTime(load: Load): Chart {
  const slices = joined(load.slices);
  const isFailing = slices.some(({ failed }) => failed > 0);
  const end = Math.max(...slices.map(({ startMs, durationMs }) => startMs + durationMs));
  const ends = slices.map(rate);
  const latencies = slices.flatMap(({ p50Us, p99Us }) => [p50Us, p99Us]).filter((us): us is number => us !== null && us > 0);
  const slowest = Math.max(...latencies, 0);
  const fastest = Math.min(...latencies, slowest);
  const medians = slices.map(({ p50Us }) => p50Us ?? 0).sort((a, b) => a - b);
  const isLog = slowest > FAR * Math.max(medians[medians.length >> 1], 1);
  const failedText = (failed: number) => `${count(failed)} failed`;

  const textOf = (slice: Slice): string[] => [
    `${seconds(slice.startMs)} to ${seconds(slice.startMs + slice.durationMs)}`,
    `${digits(rate(slice))} requests/s`,
    ...(slice.failed > 0 ? [failedText(slice.failed)] : []),
    ...(slice.p50Us === null ? ["nothing completed"] : [`p50 ${duration(slice.p50Us)}`]),
    ...(slice.p99Us === null ? [] : [`p99 ${duration(slice.p99Us)}`]),
  ];

  const draw = (width: number): Drawing => {
    const mostRate = Math.max(...ends, load.requestedRate ?? 0, 1);
    const rateTicks = linearTicks(0, mostRate, 4).map((value) => ({ value, text: countTick(value) }));
    const most = slowest || 1000;
    const least = isLog ? fastest / 1.2 : 0;
    const latencyTicks = isLog ? logTicks(least, most, 5).map((value) => ({ value, text: durationTick(value) })) : durationTicks(linearTicks(0, most, 4));
    const left = roomFor([...rateTicks, ...latencyTicks]);
    const right = width - EDGE;
    const top = isFailing ? 40 : 28;
    const rates: Area = { left, right, top, bottom: top + RATE_PX };
    const below: Area = { left, right, top: rates.bottom + BETWEEN_PX, bottom: rates.bottom + BETWEEN_PX + LATENCY_PX };
    const x = linear(0, Math.max(end, 1), left, right);
    const rateY = linear(0, mostRate, rates.bottom, rates.top);
    const latencyY = isLog ? logarithmic(least, most, below.bottom, below.top) : linear(0, most, below.bottom, below.top);
    const outline = slices.flatMap((slice, i): [number, number][] => [
      [x(slice.startMs), rateY(ends[i])],
      [x(slice.startMs + slice.durationMs), rateY(ends[i])],
    ]);
    const area = `${line([[x(slices[0].startMs), rates.bottom], ...outline, [x(end), rates.bottom]])}Z`;
    const wanted = Math.max(Math.floor((right - left) / 80), 2);
    const ticks = durationTicks(linearTicks(0, Math.max(end, 1) * 1000, wanted)).map(({ value, text }) => ({ value: value / 1000, text }));
    const requested = load.requestedRate;
    return {
      height: below.bottom + 24,
      top: rates.top,
      bottom: below.bottom,
      shapes: [
        axisTitle(isFailing ? { ...rates, top: rates.top - 12 } : rates, "requests/s"),
        verticalAxis(rates, rateY, rateTicks),
        s("path", { class: "completed", d: area }),
        s("path", { class: "line main", d: line(outline) }),
        ...(requested === null ? [] : [s("line", { class: "requested", x1: left, x2: right, y1: rateY(requested), y2: rateY(requested) })]),
        ...failures(slices, x).map((at) => s("path", { class: "failure", d: `M${at.toFixed(1)} ${rates.top - 11}l4.5 8h-9z` })),
        s("line", { class: "base", x1: left, x2: right, y1: rates.bottom, y2: rates.bottom }),
        axisTitle(below, isLog ? "latency, log scale" : "latency"),
        verticalAxis(below, latencyY, latencyTicks),
        horizontalAxis(below, x, ticks),
        ...percentileLine(slices, "p99Us", "p99", x, latencyY),
        ...percentileLine(slices, "p50Us", "main", x, latencyY),
      ],
      items: slices.map((slice) => ({ from: x(slice.startMs), to: x(slice.startMs + slice.durationMs), text: textOf(slice) })),
    };
  };
  const table = (): Table => ({
    head: ["From", "Completed/s", "Failed", "p50", "p99"],
    rows: slices.map((slice) => [seconds(slice.startMs), digits(rate(slice)), count(slice.failed), latencyText(slice.p50Us), latencyText(slice.p99Us)]),
  });
  return new Chart({
    title: "Over time",
    summary: `Requests per second and latency of ${count(slices.length)} ${slices.length === 1 ? "part" : "parts"} of the run. Arrow keys step through them.`,
    keys: [
      { name: "completed", text: "completed/s", shape: "fill" },
      ...(load.requestedRate === null ? [] : [{ name: "requested", text: "requested/s", shape: "line" } as const]),
      ...(isFailing ? [{ name: "failure", text: "failed requests", shape: "mark" } as const] : []),
      { name: "main", text: "p50", shape: "line" },
      { name: "p99", text: "p99", shape: "line" },
    ],
    draw,
    table,
  });
}

/** Shorter than this share of its neighbour, the last slice says nothing of its own: its rate would be noise. */
const LEAST_SLICE = 0.1;

/** Slices with a very short last one as a part of the one before, whose percentiles stay: it has nearly all requests of both. */
export function joined(slices: readonly Slice[]): Slice[] {
  const [before, last] = slices.slice(-2);
  if (!last || last.durationMs >= LEAST_SLICE * before.durationMs) return [...slices];
  const { startMs, p50Us, p99Us } = before;
  const both = { startMs, p50Us, p99Us, durationMs: before.durationMs + last.durationMs, completed: before.completed + last.completed, failed: before.failed + last.failed };
  return [...slices.slice(0, -2), both];
}

/** Completed requests per second. */
function rate({ completed, durationMs }: Slice): number {
  return durationMs > 0 ? (1000 * completed) / durationMs : 0;
}

/** A line through the middles of slices; where nothing completed it is broken, and a point alone is a dot. */
function percentileLine(slices: readonly Slice[], key: "p50Us" | "p99Us", look: string, x: (ms: number) => number, y: (us: number) => number): SVGElement[] {
  const points = slices.map((slice): [number, number] | null => {
    const us = slice[key];
    return us === null ? null : [x(slice.startMs + slice.durationMs / 2), y(us)];
  });
  const alone = points.flatMap((point, i) => (point && !points[i - 1] && !points[i + 1] ? [point] : []));
  return [s("path", { class: `line ${look}`, d: line(points) }), ...alone.map(([cx, cy]) => s("circle", { class: `dot ${look}`, cx, cy, r: 3 }))];
}

/** Where requests failed, px; a mark that would cover the one before is left out. */
function failures(slices: readonly Slice[], x: (ms: number) => number): number[] {
  const marks: number[] = [];
  for (const { startMs, durationMs, failed } of slices) {
    const at = x(startMs + durationMs / 2);
    if (failed > 0 && at - (marks.at(-1) ?? -Infinity) >= 6) marks.push(at);
  }
  return marks;
}

function seconds(ms: number): string {
  return ms === 0 ? "0 s" : durationTick(Math.round(ms * 1000));
}

function latencyText(us: number | null): string {
  return us === null ? "\u2013" : duration(us);
}
