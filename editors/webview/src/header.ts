import { bar, h } from "./dom";
import { isOnlyLoad } from "./load/load_view";
import { bytes, count, digits, duration, percent } from "./format";
import { menu } from "./menu";
import { Roving } from "./roving";
import type { Category, Opened } from "./wire";

const SVG = "http://www.w3.org/2000/svg";

/** What the editor that hosts the view can do with the profile. */
export interface HostActions {
  compare(): void;
  exportAs(): void;
  /** Shows the profile on the source lines; null without one. */
  apply: (() => void) | null;
}

/** Title, key numbers, and how exact they are. */
export function header(opened: Opened): HTMLElement {
  const { meta, compared } = opened;
  // An editor's subtitle has all that matters of these.
  const run = opened.subtitle ? [] : [
    meta.target && meta.target !== opened.title ? meta.target : "",
    meta.node ? `Node.js ${meta.node}` : "",
    meta.v8 ? `V8 ${meta.v8}` : "",
    meta.date ?? "",
  ].filter(Boolean);
  return h(
    "header",
    { class: "top" },
    h(
      "div",
      { class: "heading" },
      mark(),
      h(
        "div",
        { class: "titles" },
        h("h1", {}, opened.title),
        opened.subtitle && h("p", { class: "subtitle" }, opened.subtitle),
        compared && h("p", { class: "subtitle compared" }, `Compared with ${compared.title}`),
        run.length > 0 && h("p", { class: "run" }, ...run.map((item) => h("span", {}, item))),
      ),
    ),
    // A load test's figures and notes are in its own view.
    ...(isOnlyLoad(opened) ? [] : [h("dl", { class: "figures" }, ...figures(opened)), exactness(opened)]),
  );
}

/** The same in one line, for an editor, where height is scarce; the rest unfolds. */
export function foldedHeader(opened: Opened, toggled: () => void): { element: HTMLElement; fold: HTMLDetailsElement } {
  const { compared } = opened;
  const rest = isOnlyLoad(opened) ? [] : [h("dl", { class: "figures" }, ...figures(opened)), exactness(opened)];
  const summary = h(
    "summary",
    { title: "All figures, and how exact they are" },
    h("h1", { title: opened.title }, opened.title),
    compared && h("span", { class: "subtitle compared" }, `Compared with ${compared.title}`),
    !isOnlyLoad(opened) && h("span", { class: "key-figures" }, keyFigures(opened).join(" \u00b7 ")),
  );
  const fold = h("details", { class: "about", ontoggle: toggled }, summary, h("div", { class: "about-rest" }, opened.subtitle && h("p", { class: "subtitle" }, opened.subtitle), ...rest));
  return { element: h("header", { class: "top" }, fold), fold };
}

/** The few figures that matter most. */
function keyFigures({ meta, overview }: Opened): string[] {
  const { load, notes } = meta;
  const { wholeUs, idleUs, allocatedBytes, hasCpu, samples } = overview;
  return [
    load?.requestsPerSecond != null ? `${digits(load.requestsPerSecond)} requests/s` : "",
    load?.failed ? `${count(load.failed)} failed` : "",
    load?.p99Ms != null ? `p99 ${duration(load.p99Ms * 1000)}` : "",
    hasCpu ? `${duration(wholeUs - idleUs)} active` : "",
    allocatedBytes != null ? `Allocated ${bytes(allocatedBytes)}` : "",
    samples > 0 && !load ? `${count(samples)} samples` : "",
    notes?.length ? `${count(notes.length)} ${notes.length === 1 ? "note" : "notes"}` : "",
  ].filter(Boolean);
}

export function hostActions({ compare, exportAs, apply }: HostActions): HTMLElement {
  const button = (text: string, title: string, act: () => void) => h("button", { class: "button", title, onclick: act }, text);
  const buttons = h(
    "div",
    { class: "host-actions" },
    apply && button("Show on source lines", "The editor\u2019s hints and lenses show this profile", apply),
    button("Compare \u2026", "Choose a run to compare with", compare),
    button("Export \u2026", "Write this profile to a file", exportAs),
  );
  new Roving(buttons, "This profile");
  return menu("More actions", buttons);
}

function figures({ meta, overview }: Opened): HTMLElement[] {
  const { wholeUs, idleUs, allocatedBytes, hasCpu } = overview;
  const active = wholeUs - idleUs;
  const out: HTMLElement[] = [];
  const add = (name: string, value: string, note = "") =>
    out.push(h("div", { class: "figure" }, h("dt", {}, name), h("dd", {}, value, note && h("small", {}, note))));
  const load = meta.load;
  if (load) {
    if (load.requestsPerSecond != null) add("Requests", `${digits(load.requestsPerSecond)}/s`, load.clientLimited ? "limited by the client" : "");
    if (load.p50Ms != null) add("Latency p50", duration(load.p50Ms * 1000));
    if (load.p99Ms != null) add("Latency p99", duration(load.p99Ms * 1000));
    if (load.failed) add("Failed", count(load.failed), "requests");
  }
  if (hasCpu) add("Active time", duration(active), idleUs > 0 ? `of ${duration(wholeUs)}` : "");
  if (allocatedBytes != null) add("Allocated", bytes(allocatedBytes));
  if (overview.samples > 0) add("Samples", count(overview.samples), overview.intervalUs ? `every ${duration(overview.intervalUs)}` : "");
  const other = (name: string, category: Category, whole: number) => {
    const us = overview.categories.find(([known]) => known === category)?.[1] ?? 0;
    if (hasCpu && us > 0) add(name, percent(us, whole), duration(us));
  };
  other("GC", "gc", active);
  other("Program", "program", active);
  other("Idle", "idle", wholeUs);
  return out;
}

function exactness({ meta }: Opened): HTMLElement | null {
  const known = meta.attribution;
  // A profile without JavaScript time has nothing to be exact about.
  const attribution = known && known.exact + known.function + known.none > 0 ? known : null;
  const notes = meta.notes ?? [];
  const dropped = Object.entries(meta.dropped ?? {}).filter(([, n]) => n > 0);
  if (!attribution && !dropped.length && !notes.length) return null;
  const parts = attribution
    ? [
        { name: "exact line", share: attribution.exact, color: "var(--exact)" },
        { name: "function only", share: attribution.function, color: "var(--function)" },
        { name: "neither", share: attribution.none, color: "var(--none)" },
      ]
    : [];
  const text = parts.map((p) => `${p.name} ${percent(p.share, 1)}`).join(", ");
  const lost = dropped.reduce((sum, [, n]) => sum + n, 0);
  return h(
    "div",
    { class: "exactness" },
    attribution && h("span", { class: "exactness-title" }, "How exact"),
    attribution && bar(`Share of JavaScript time: ${text}`, parts.map((p) => ({ ...p, title: `${p.name}: ${percent(p.share, 1)} of JavaScript time` }))),
    ...parts.map((p) => {
      const dot = h("i", { "aria-hidden": "true" });
      dot.style.background = p.color;
      return h("span", { class: "exactness-part" }, dot, `${p.name} `, h("b", {}, percent(p.share, 1)));
    }),
    dropped.length > 0 &&
      h(
        "details",
        { class: "dropped" },
        h("summary", {}, `${count(lost)} ${lost === 1 ? "record" : "records"} left out`),
        h("ul", {}, ...dropped.map(([kind, n]) => h("li", {}, `${kind}: ${count(n)}`))),
      ),
    ...notes.map((note) => h("p", { class: "note" }, note)),
  );
}

/** The mark: a tick made of two bars of a flamegraph. */
function mark(): Element {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 32 32");
  svg.setAttribute("class", "mark");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", "Tickmark");
  const path = (d: string, name: string) => {
    const element = document.createElementNS(SVG, "path");
    element.setAttribute("d", d);
    element.setAttribute("class", name);
    svg.append(element);
  };
  path("M8 1h16a7 7 0 0 1 7 7v16a7 7 0 0 1-7 7H8a7 7 0 0 1-7-7V8a7 7 0 0 1 7-7z", "mark-tile");
  path("M8.5 16.5l5.2 5.6L24 10", "mark-tick");
  return svg;
}
