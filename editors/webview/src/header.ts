import { bar, h } from "./dom";
import { count, digits, duration, percent } from "./format";
import type { Profile } from "./read";

const SVG = "http://www.w3.org/2000/svg";

/** Title, key numbers, and how exact they are. */
export function header(profile: Profile, categoryUs: number[]): HTMLElement {
  const { meta } = profile;
  const run = [
    meta.target && meta.target !== profile.title ? meta.target : "",
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
        h("h1", {}, profile.title),
        profile.subtitle && h("p", { class: "subtitle" }, profile.subtitle),
        h("p", { class: "run" }, ...run.map((item) => h("span", {}, item))),
      ),
    ),
    h("dl", { class: "figures" }, ...figures(profile, categoryUs)),
    exactness(profile),
  );
}

function figures(profile: Profile, categoryUs: number[]): HTMLElement[] {
  const { meta } = profile;
  const active = profile.wholeUs - profile.idleUs;
  const out: HTMLElement[] = [];
  const add = (name: string, value: string, note = "") =>
    out.push(h("div", { class: "figure" }, h("dt", {}, name), h("dd", {}, value, note && h("small", {}, note))));
  const load = meta.load;
  if (load) {
    if (load.requestsPerSecond !== undefined) add("Requests", `${digits(load.requestsPerSecond)}/s`, load.clientLimited ? "limited by the client" : "");
    if (load.p50Ms !== undefined) add("Latency p50", duration(load.p50Ms * 1000));
    if (load.p99Ms !== undefined) add("Latency p99", duration(load.p99Ms * 1000));
    if (load.failed) add("Failed", count(load.failed), "requests");
  }
  add("Active time", duration(active), profile.idleUs > 0 ? `of ${duration(profile.wholeUs)}` : "");
  add("Samples", count(meta.samples ?? profile.allSamples), meta.intervalUs ? `every ${duration(meta.intervalUs)}` : "");
  const other = (name: string, ms: number | undefined, category: string, whole: number) => {
    const us = ms === undefined ? (categoryUs[profile.categories.indexOf(category)] ?? 0) : ms * 1000;
    if (us > 0) add(name, percent(us, whole), duration(us));
  };
  other("GC", meta.other?.gcMs, "gc", active);
  other("Program", meta.other?.programMs, "program", active);
  other("Idle", meta.other?.idleMs, "idle", profile.wholeUs);
  return out;
}

function exactness(profile: Profile): HTMLElement | null {
  const { attribution } = profile.meta;
  const dropped = Object.entries(profile.meta.dropped ?? {}).filter(([, n]) => n > 0);
  if (!attribution && !dropped.length) return null;
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
