import assert from "node:assert/strict";
import { test } from "node:test";
import { absolutePath, editorLink, frameName, framePosition, shortLocation } from "../src/frames";
import { bytes, duration, interval, percent, points } from "../src/format";
import { readReport, ReportError } from "../src/read";
import { categoryColor, changeColors, channels, INK, MATCH_FILL, shade, SHADES, tierColor, type Theme } from "../src/palette";
import { changeStep } from "../src/style";
import type { Report } from "../src/types";
import { profileOf, reportOf } from "./tree";

function rejects(change: (report: Report) => void, message: RegExp): void {
  const report = structuredClone(reportOf("a>b 5\na 3"));
  change(report);
  assert.throws(() => readReport(report), (error) => error instanceof ReportError && message.test(error.message));
}

test("bad data is refused with its place", () => {
  rejects((r) => ((r as { schema: string }).schema = "x@9"), /schema is "x@9".*tickmark\/flamegraph@1/);
  rejects((r) => (r.nodes.parent[1] = 1), /nodes\.parent\[1\] is 1: parents must come before/);
  rejects((r) => (r.nodes.frame[0] = 99), /nodes\.frame\[0\] is 99/);
  rejects((r) => (r.nodes.selfUs[0] = -1), /nodes\.selfUs\[0\] is -1/);
  rejects((r) => r.nodes.tier.pop(), /nodes\.tier has 2 rows, its table has 3/);
  rejects((r) => (r.frames.name[0] = 0.5), /frames\.name\[0\] is 0\.5/);
  rejects((r) => ((r as { sources: unknown }).sources = null), /sources is missing/);
  rejects((r) => ((r.strings as unknown[])[0] = 7), /strings\[0\] is not a text/);
  rejects((r) => (r.timeline as NonNullable<Report["timeline"]>).startUs.pop(), /timeline\.startUs has 1 rows/);
  assert.throws(() => readReport(null), ReportError);
});

test("samples out of order are sorted by time", () => {
  const report = reportOf("a 5\nb 5");
  report.timeline = { node: [1, 0], startUs: [5, 0], durationUs: [5, 5] };
  assert.deepEqual([...readReport(report).timeline.node], [0, 1]);
});

test("names that would garble the page are made visible", () => {
  assert.equal(frameName(profileOf("evil\u202etxt\u0000 5"), 0), "evil\u00b7txt\u00b7");
  assert.equal(frameName(profileOf("価格🚀 5"), 0), "価格🚀");
});

test("links to the editor", () => {
  const link = (path: string) => editorLink({ path, line: 3, column: 7 });
  assert.equal(link("/home/a b/x#1.js"), "vscode://file/home/a%20b/x%231.js:3:7");
  assert.equal(link("C:\\src\\x.ts"), "vscode://file/C:/src/x.ts:3:7");
  assert.equal(link("src/x.ts"), null);
  const profile = profileOf("a 5", { meta: { root: "/w/shop/" } });
  assert.equal(absolutePath(profile, "src/x.ts"), "/w/shop/src/x.ts");
  assert.deepEqual(framePosition(profile, 0), { path: "/w/shop/app.js", line: 1, column: 1 });
  assert.equal(shortLocation(profile, 0), "app.js:1");
});

test("numbers", () => {
  const cases: [number, string][] = [[0, "0 \u00b5s"], [999, "999 \u00b5s"], [1500, "1.50 ms"], [99_960, "100 ms"], [12_345_678, "12.3 s"], [90e6, "1.50 min"]];
  for (const [us, text] of cases) assert.equal(duration(us), text);
  assert.deepEqual([percent(1, 3), percent(0, 3), percent(1, 1e6), percent(1, 0)], ["33.3%", "0.0%", "<0.1%", "\u2013"]);
  assert.equal(interval(50, 100), "40.4\u201359.6%");
  const sizes: [number, string][] = [[0, "0 B"], [999, "999 B"], [999.7, "1.00 kB"], [1536, "1.54 kB"], [999_600, "1.00 MB"], [5e12, "5.00 TB"]];
  for (const [value, text] of sizes) assert.equal(bytes(value), text);
  assert.deepEqual([points(3, 100), points(-12, 1000), points(0.01, 1000), points(0, 1000), points(1, 0)], ["+3.0 points", "\u22121.2 points", "+<0.1 points", "0 points", "\u2013"]);
});

const NAMES = ["app", "dependency", "nodeCore", "native", "compiler", "gc", "program", "idle"];
const TIERS = ["ignition", "sparkplug", "maglev", "turbofan"];
const linear = (c: number) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
const luminance = (color: string) => channels(color).map(linear).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);

test("dark text is readable on every fill (WCAG AA)", () => {
  for (const theme of ["light", "dark"] as Theme[]) {
    const fills = [...NAMES.flatMap((name) => Array.from({ length: SHADES }, (_, s) => shade(categoryColor(theme, name), s, theme))), ...TIERS.map((t) => tierColor(theme, t)), ...changeColors(theme), MATCH_FILL[theme]];
    for (const fill of fills) {
      const contrast = (luminance(fill) + 0.05) / (luminance(INK) + 0.05);
      assert.ok(contrast >= 4.5, `${theme} ${fill}: ${contrast.toFixed(2)}`);
    }
  }
});

/** Machado, Oliveira and Fernandes 2009, severity 1; on linear RGB. */
const VISION: Record<string, number[]> = {
  normal: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
};

function oklab(color: string, m: number[]): number[] {
  const rgb = channels(color).map(linear);
  const [r, g, b] = [0, 3, 6].map((i) => Math.max(m[i] * rgb[0] + m[i + 1] * rgb[1] + m[i + 2] * rgb[2], 0));
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const n = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [0.2104542553 * l + 0.793617785 * n - 0.0040720468 * s, 1.9779984951 * l - 2.428592205 * n + 0.4505937099 * s, 0.0259040371 * l + 0.7827717662 * n - 0.808675766 * s];
}

test("categories and tiers stay apart with any colour vision", () => {
  for (const theme of ["light", "dark"] as Theme[]) {
    for (const [vision, m] of Object.entries(VISION)) {
      for (const colors of [NAMES.map((n) => [n, categoryColor(theme, n)]), TIERS.map((t) => [t, tierColor(theme, t)])]) {
        for (const [a, x] of colors) {
          for (const [b, y] of colors) {
            if (a >= b) continue;
            const p = oklab(x, m);
            const q = oklab(y, m);
            const apart = Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
            assert.ok(apart >= 0.055, `${theme}, ${vision}: ${a} and ${b} are ${apart.toFixed(3)} apart`);
          }
        }
      }
    }
  }
});

test("less, the same and more stay apart with any colour vision", () => {
  for (const theme of ["light", "dark"] as Theme[]) {
    const colors = changeColors(theme);
    const middle = (colors.length - 1) / 2;
    const shown = [0, 1, middle, colors.length - 2, colors.length - 1];
    for (const [vision, m] of Object.entries(VISION)) {
      for (const a of shown) {
        for (const b of shown) {
          if (Math.sign(a - middle) === Math.sign(b - middle)) continue;
          const [p, q] = [oklab(colors[a], m), oklab(colors[b], m)];
          const apart = Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
          assert.ok(apart >= 0.055, `${theme}, ${vision}: ${a} and ${b} are ${apart.toFixed(3)} apart`);
        }
      }
    }
  }
});

test("a change has the colour of its side, and small changes show", () => {
  const steps = [-1, -0.1, -0.02, -0.001, 0, 0.001, 0.02, 0.1, 1].map((change) => changeStep(change, 0.1, 9));
  assert.deepEqual(steps, [0, 0, 2, 4, 4, 4, 6, 8, 8]);
});
