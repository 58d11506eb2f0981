import { h } from "../dom";
import { count, digits, duration, percent } from "../format";
import { figuresTable } from "./chart";
import type { LatencyMs, Load, LoadNote, Versus } from "./wire";
import { figureName, verdictText } from "./rounds";

const COLUMNS: [keyof LatencyMs, string][] = [
  ["p50", "p50"],
  ["p90", "p90"],
  ["p99", "p99"],
  ["p999", "p99.9"],
  ["max", "max"],
  ["mean", "mean"],
];

const CLOSED_LOOP =
  "Each connection sends its next request when it has the response to the one before. While the server stalls, nothing is sent, " +
  "so the requests that would have waited are missing: the slow end looks better than users would find it. For latencies, send at a fixed rate (--rate).";
const OPEN_LOOP = "Latency counts from the time each request was due, so it includes waiting for the server to keep up; service time counts from when the request was sent.";

/** Notes that bound what may be read from the figures, but do not spoil them: they stand with the figures. */
const MILD = ["fewForTail", "closedLoopTail"];

/** What spoils the measurement; null when nothing is known to. */
export function spoilers(all: LoadNote[]): HTMLElement | null {
  const notes = all.filter(({ kind, text }, i) => !MILD.includes(kind) && all.findIndex((other) => other.text === text) === i);
  if (!notes.length) return null;
  return h(
    "section",
    { class: "load-notes", "aria-labelledby": "load-notes" },
    h("h2", { id: "load-notes" }, notes.length === 1 ? "What limits this measurement" : `What limits this measurement (${count(notes.length)})`),
    h("ul", {}, ...notes.map(({ kind, text }) => h("li", { "data-kind": kind }, text))),
  );
}

/** What the figures themselves say against the measurement, where the host gave no notes. */
export function ownNotes(load: Load): LoadNote[] {
  const notes: LoadNote[] = [];
  if (load.clientLimited) notes.push({ kind: "clientLimited", text: "The load generator was busy most of the time: the server may be faster than these figures say. Use more threads, or another machine." });
  if (load.failed > 0) notes.push({ kind: "failed", text: `${count(load.failed)} of ${count(load.sent)} requests failed; latencies are of those that completed.` });
  if (load.interrupted) notes.push({ kind: "interrupted", text: `The run was ended before its limit, after ${duration(load.durationMs * 1000)}.` });
  if (load.completed === 0) notes.push({ kind: "empty", text: "No request completed: there are no latencies." });
  return notes;
}

/** What is to be known of the figures themselves. */
function hints(load: Load, kind: string, own: string): HTMLElement[] {
  const told = (load.notes ?? []).filter((note) => MILD.includes(note.kind));
  const texts = told.some((note) => note.kind === kind) ? told.map(({ text }) => text) : [own, ...told.map(({ text }) => text)];
  return texts.map((text) => h("p", { class: "hint" }, text));
}

/** The figure that the run was made for; with `before`, beside the run compared with. */
export function headline(load: Load, before: Load | null): HTMLElement {
  return load.openLoop ? openLoop(load, before) : closedLoop(load, before);
}

function closedLoop(load: Load, before: Load | null): HTMLElement {
  return h(
    "section",
    { class: "headline" },
    h("h2", {}, "Maximum throughput"),
    h("p", { class: "headline-figure" }, h("b", {}, digits(load.requestsPerSecond)), " requests/s", change(load.requestsPerSecond, before?.requestsPerSecond, rateText)),
    load.latencyMs &&
      h(
        "dl",
        { class: "headline-latency" },
        ...COLUMNS.map(([key, name]) => {
          const us = (load.latencyMs as LatencyMs)[key] * 1000;
          const was = before?.latencyMs ? before.latencyMs[key] * 1000 : undefined;
          return h("div", {}, h("dt", {}, name), h("dd", {}, duration(us), change(us, was, duration)));
        }),
      ),
    ...hints(load, "closedLoopTail", CLOSED_LOOP),
  );
}

function openLoop(load: Load, before: Load | null): HTMLElement {
  const requested = load.requestedRate;
  const achieved = load.achievedRate ?? 0;
  const row = (name: string, latency: LatencyMs | null) => latency && [name, ...COLUMNS.map(([key]) => duration(latency[key] * 1000))];
  const rows = [row("Latency", load.latencyMs), row("Service time", load.serviceMs), row("Latency before", before?.latencyMs ?? null)].filter((row) => row !== null);
  const rates =
    requested === null
      ? `${digits(achieved)} requests/s sent.`
      : `${digits(requested)} requests/s asked for, ${digits(achieved)} sent (${percent(achieved, requested)}).`;
  const late = load.waited > 0 ? ` ${count(load.waited)} were sent late, since every connection was busy.` : "";
  return h(
    "section",
    { class: "headline" },
    h("h2", {}, requested === null ? "Latency" : `Latency at ${digits(requested)} requests/s`),
    rows.length > 0 && h("div", { class: "scrolled" }, figuresTable(["", ...COLUMNS.map(([, name]) => name)], rows, "Percentiles of latency and service time")),
    h("p", {}, `${rates}${late}`),
    ...hints(load, "", OPEN_LOOP),
  );
}

/** The verdicts of a comparison in turns. */
export function verdicts({ a, b, rounds, figures }: Versus): HTMLElement {
  const commits = [a, b].map(({ label, commit, nodeEnv }) => [label, commit && `commit ${commit.slice(0, 10)}`, nodeEnv && `NODE_ENV=${nodeEnv}`].filter(Boolean).join(", "));
  return h(
    "section",
    { class: "headline" },
    h("h2", {}, `${b.label} against ${a.label}`),
    h(
      "ul",
      { class: "verdicts" },
      ...figures.map((figure) => {
        const { verdict, change } = verdictText(figure);
        return h("li", { "data-verdict": figure.verdict }, h("b", {}, `${figureName(figure.figure)}: ${verdict}`), ` \u2013 ${change}`);
      }),
    ),
    h("p", { class: "hint" }, `${count(rounds.length)} ${rounds.length === 1 ? "round" : "rounds"} in turns. ${commits[1]}; against ${commits[0]}.`),
  );
}

function rateText(rate: number): string {
  return `${digits(rate)}/s`;
}

/** A figure before, and by how much it changed: of two single runs, without a verdict. */
function change(now: number, before: number | undefined, text: (value: number) => string): HTMLElement | null {
  if (before === undefined) return null;
  const by = before > 0 ? ` (${now < before ? "\u2212" : "+"}${Math.abs(100 * (now / before - 1)).toFixed(1)}%)` : "";
  return h("small", {}, `before ${text(before)}${by}`);
}
