import { readReport, type Profile } from "../src/read";
import type { Report } from "../src/types";

const CATEGORIES = ["app", "dependency", "node core", "native", "compiler", "gc", "program", "idle"];
const TIERS = ["ignition", "sparkplug", "maglev", "turbofan", "none"];

/**
 * A report from stacks, one per line, written outermost first: `main>parse 5`. A frame may
 * have a tier, a line and a category: `parse/turbofan@12`, `json!native`. The time
 * is in µs; each line is one sample. Lines do not share nodes, so siblings repeat.
 */
export function reportOf(text: string, more: Partial<Report> = {}): Report {
  const strings: string[] = [];
  const report: Report = {
    schema: "tickmark/flamegraph@1",
    title: "test",
    meta: { intervalUs: 10 },
    strings,
    sources: { url: [], path: [] },
    frames: { name: [], source: [], line: [], column: [], category: [] },
    categories: CATEGORIES,
    tiers: TIERS,
    nodes: { parent: [], frame: [], tier: [], line: [], selfUs: [], samples: [] },
    timeline: { node: [], startUs: [], durationUs: [] },
    ...more,
  };
  strings.push("app.js");
  report.sources.url.push(0);
  report.sources.path.push(0);
  const frames = new Map<string, number>();
  const { nodes } = report;
  const timeline = report.timeline as NonNullable<Report["timeline"]>;
  let at = 0;
  for (const row of text.trim().split("\n")) {
    const [, stack, amount] = row.trim().match(/^(.*\S)\s+(\d+)$/) as RegExpMatchArray;
    let parent = -1;
    for (const part of stack.split(">")) {
      const [, name, tier, line, category] = part.match(/^(.*?)(?:\/(\w+))?(?:@(\d+))?(?:!(.+))?$/) as RegExpMatchArray;
      let frame = frames.get(name);
      if (frame === undefined) {
        frame = frames.size;
        frames.set(name, frame);
        report.frames.name.push(strings.push(name) - 1);
        report.frames.source.push(category ? -1 : 0);
        report.frames.line.push(category ? 0 : frame + 1);
        report.frames.column.push(category ? 0 : 1);
        report.frames.category.push(CATEGORIES.indexOf(category ?? "app"));
      }
      nodes.frame.push(frame);
      nodes.parent.push(parent);
      nodes.tier.push(TIERS.indexOf(tier ?? (category ? "none" : "ignition")));
      nodes.line.push(Number(line ?? 0));
      nodes.selfUs.push(0);
      nodes.samples.push(0);
      parent = nodes.frame.length - 1;
    }
    nodes.selfUs[parent] = Number(amount);
    nodes.samples[parent] = 1;
    timeline.node.push(parent);
    timeline.startUs.push(at);
    timeline.durationUs.push(Number(amount));
    at += Number(amount);
  }
  return report;
}

export function profileOf(text: string, more: Partial<Report> = {}): Profile {
  return readReport(reportOf(text, more));
}

export function noneHidden(profile: Profile): Uint8Array {
  return new Uint8Array(profile.categories.length);
}

export function hiding(profile: Profile, ...names: string[]): Uint8Array {
  return Uint8Array.from(profile.categories, (name) => (names.includes(name) ? 1 : 0));
}
