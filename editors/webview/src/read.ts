import type { Meta, Report } from "./types";
import type { Category } from "./wire";

/** The report in typed arrays, checked: every index below is in range. */
export interface Profile {
  title: string;
  subtitle: string;
  meta: Meta;
  strings: string[];
  categories: Category[];
  tiers: string[];
  sourceUrl: Int32Array;
  sourcePath: Int32Array;
  frameName: Int32Array;
  frameSource: Int32Array;
  frameLine: Int32Array;
  frameColumn: Int32Array;
  frameCategory: Uint8Array;
  parent: Int32Array;
  frame: Int32Array;
  tier: Uint8Array;
  line: Int32Array;
  selfUs: Float64Array;
  samples: Float64Array;
  /** Self time plus that of everything below, per node. */
  totalUs: Float64Array;
  timeline: { node: Int32Array; startUs: Float64Array; durationUs: Float64Array };
  wholeUs: number;
  idleUs: number;
  /** Samples outside idle: the base of confidence intervals. */
  activeSamples: number;
  allSamples: number;
  /** Not read here: a load test that cannot be read leaves the profile to be seen. */
  load: Report["load"];
  compared: Report["compared"];
  versus: Report["versus"];
}

/** The data cannot be shown; the message says what and where. */
export class ReportError extends Error {
  override name = "ReportError";
}

export const SCHEMA = "tickmark/flamegraph@1";
/** What `tickmark load --format json` prints: a load test, or two versions in turns, without a profile. */
const LOAD_SCHEMA = "tickmark/load@1";
const VERSUS_SCHEMA = "tickmark/versus@1";

/** Checks a parsed report and turns it into columns. Throws `ReportError`. */
export function readReport(value: unknown): Profile {
  const given = object(value, "report");
  const report = given.schema === LOAD_SCHEMA || given.schema === VERSUS_SCHEMA ? loadAlone(given) : (given as unknown as Report);
  if (report.schema !== SCHEMA) {
    throw new ReportError(
      `schema is ${JSON.stringify(report.schema)}, this view reads ${JSON.stringify(SCHEMA)}: ` +
        "make the report again with the same version of tickmark",
    );
  }
  const strings = list(report.strings, "strings") as string[];
  const badString = strings.findIndex((s) => typeof s !== "string");
  if (badString >= 0) throw new ReportError(`strings[${badString}] is not a text`);
  const categories = list(report.categories, "categories").map(categoryOf);
  const tiers = list(report.tiers, "tiers").map(String);
  if (categories.length > 32 || tiers.length > 16) {
    throw new ReportError("more than 32 categories or 16 tiers: this is not a tickmark report");
  }

  const s = object(report.sources, "sources");
  const sourceUrl = indices(s.url, "sources.url", strings.length, -1);
  const sourcePath = indices(s.path, "sources.path", strings.length, -1, sourceUrl.length);

  const f = object(report.frames, "frames");
  const frameName = indices(f.name, "frames.name", strings.length, 0);
  const frames = frameName.length;
  const frameSource = indices(f.source, "frames.source", sourceUrl.length, -1, frames);
  const frameLine = indices(f.line, "frames.line", 2 ** 31 - 1, 0, frames);
  const frameColumn = indices(f.column, "frames.column", 2 ** 31 - 1, 0, frames);
  const frameCategory = Uint8Array.from(indices(f.category, "frames.category", categories.length, 0, frames));

  const n = object(report.nodes, "nodes");
  const frame = indices(n.frame, "nodes.frame", frames, 0);
  const count = frame.length;
  const parent = indices(n.parent, "nodes.parent", count, -1, count);
  for (let i = 0; i < count; i++) {
    if (parent[i] >= i) {
      throw new ReportError(`nodes.parent[${i}] is ${parent[i]}: parents must come before their children`);
    }
  }
  const tier = Uint8Array.from(indices(n.tier, "nodes.tier", tiers.length, 0, count));
  const line = indices(n.line, "nodes.line", 2 ** 31 - 1, 0, count);
  const selfUs = amounts(n.selfUs, "nodes.selfUs", count);
  const samples = amounts(n.samples, "nodes.samples", count);

  const t = report.timeline ? object(report.timeline, "timeline") : { node: [], startUs: [], durationUs: [] };
  const timelineNode = indices(t.node, "timeline.node", count, 0);
  const timeline = inOrder({
    node: timelineNode,
    startUs: amounts(t.startUs, "timeline.startUs", timelineNode.length),
    durationUs: amounts(t.durationUs, "timeline.durationUs", timelineNode.length),
  });

  const totalUs = selfUs.slice();
  for (let i = count - 1; i >= 0; i--) if (parent[i] >= 0) totalUs[parent[i]] += totalUs[i];
  const idle = categories.indexOf("idle");
  let wholeUs = 0;
  let idleUs = 0;
  let allSamples = 0;
  let idleSamples = 0;
  for (let i = 0; i < count; i++) {
    wholeUs += selfUs[i];
    allSamples += samples[i];
    if (frameCategory[frame[i]] === idle) {
      idleUs += selfUs[i];
      idleSamples += samples[i];
    }
  }

  return {
    title: String(report.title ?? "Profile"),
    subtitle: String(report.subtitle ?? ""),
    meta: (report.meta ?? {}) as Meta,
    strings,
    categories,
    tiers,
    sourceUrl,
    sourcePath,
    frameName,
    frameSource,
    frameLine,
    frameColumn,
    frameCategory,
    parent,
    frame,
    tier,
    line,
    selfUs,
    samples,
    totalUs,
    timeline,
    wholeUs,
    idleUs,
    activeSamples: allSamples - idleSamples,
    allSamples,
    load: report.load,
    compared: report.compared,
    versus: report.versus,
  };
}

/** A report of nothing but a load test. */
function loadAlone(load: Record<string, unknown>): Report {
  const { title, target } = load as { title?: unknown; target?: { requests?: unknown; method?: unknown; path?: unknown } | null };
  const requests = Array.isArray(target?.requests) ? target.requests.join(", ") : target?.path ? `${target.method ?? ""} ${target.path}`.trim() : "";
  return {
    schema: SCHEMA,
    title: typeof title === "string" ? title : requests || "Load test",
    meta: {},
    strings: [],
    sources: { url: [], path: [] },
    frames: { name: [], source: [], line: [], column: [], category: [] },
    categories: [],
    tiers: [],
    nodes: { parent: [], frame: [], tier: [], line: [], selfUs: [], samples: [] },
    ...(load.schema === VERSUS_SCHEMA ? { versus: load } : { load }),
  };
}

/** The report names categories as a person reads them; one that is not known stays and gets a colour of its own. */
function categoryOf(label: unknown): Category {
  return (label === "node core" ? "nodeCore" : String(label)) as Category;
}

function object(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ReportError(`${where} is missing or not an object`);
  }
  return value as Record<string, unknown>;
}

function list(value: unknown, where: string): unknown[] {
  if (!Array.isArray(value)) throw new ReportError(`${where} is missing or not a list`);
  return value;
}

function sized(value: unknown, where: string, length?: number): unknown[] {
  const items = list(value, where);
  if (length !== undefined && items.length !== length) {
    throw new ReportError(`${where} has ${items.length} rows, its table has ${length}`);
  }
  return items;
}

function indices(value: unknown, where: string, below: number, least: number, length?: number): Int32Array {
  const items = sized(value, where, length);
  const out = new Int32Array(items.length);
  for (let i = 0; i < items.length; i++) {
    const x = items[i];
    if (typeof x !== "number" || !(x >= least && x < below) || (x | 0) !== x) {
      throw new ReportError(`${where}[${i}] is ${JSON.stringify(x)}: expected a whole number from ${least} below ${below}`);
    }
    out[i] = x;
  }
  return out;
}

function amounts(value: unknown, where: string, length: number): Float64Array {
  const items = sized(value, where, length);
  const out = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    const x = items[i];
    if (typeof x !== "number" || !(x >= 0 && x < Infinity)) {
      throw new ReportError(`${where}[${i}] is ${JSON.stringify(x)}: expected an amount of zero or more`);
    }
    out[i] = x;
  }
  return out;
}

type Timeline = Profile["timeline"];

function inOrder(timeline: Timeline): Timeline {
  const { node, startUs, durationUs } = timeline;
  let sorted = true;
  for (let i = 1; i < startUs.length && sorted; i++) sorted = startUs[i] >= startUs[i - 1];
  if (sorted) return timeline;
  const order = Int32Array.from(startUs.keys()).sort((a, b) => startUs[a] - startUs[b] || a - b);
  return {
    node: order.map((i) => node[i]),
    startUs: Float64Array.from(order, (i) => startUs[i]),
    durationUs: Float64Array.from(order, (i) => durationUs[i]),
  };
}
