// The view of a load test in headless Chromium: alone, beside a profile, compared, and with what is missing or broken.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { bundle } from "../scripts/build.mjs";
import { withChromium } from "../scripts/chromium.mjs";
import { mockPage } from "../scripts/mock_page.mjs";
import { render } from "../scripts/render.mjs";
import { sampleReport } from "../scripts/sample.mjs";
import { ENVIRONMENT, sampleLoad, sampleVersus } from "../scripts/sample_load.mjs";

const EVIL = '</script><script>window.broken=1</script><img src=x onerror="window.broken=1">\u202e';

let folder;
let files;

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "tickmark-load-"));
  files = await bundle();
});
after(() => rm(folder, { recursive: true, force: true }));

/** A report as the server writes it: with an empty profile around the load test. */
function around(more) {
  const empty = { sources: { url: [], path: [] }, frames: { name: [], source: [], line: [], column: [], category: [] }, nodes: { parent: [], frame: [], tier: [], line: [], selfUs: [], samples: [] } };
  return { schema: "tickmark/flamegraph@1", title: "GET /orders", meta: {}, strings: [], categories: [], tiers: [], ...empty, ...more };
}

/** Opens pages of the reports one after the other, runs `use(tab, report)`, and fails on any error or policy violation. */
async function withReports(reports, use, options = {}) {
  await withChromium({ viewport: { width: 1280, height: 900 }, ...options }, async (context) => {
    const tab = context.pages()[0];
    const problems = [];
    tab.on("pageerror", (error) => problems.push(String(error)));
    tab.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    for (const [i, report] of reports.entries()) {
      const file = path.join(folder, `report-${i}.html`);
      await writeFile(file, render({ template: files["template.html"], css: files["report.css"], script: files["report.js"], report: { title: "Load test", ...report } }));
      await tab.goto(pathToFileURL(file).href);
      await use(tab, report);
      assert.deepEqual(problems, []);
      assert.equal(await tab.evaluate(() => window.broken), undefined);
    }
  });
}

const drawn = (tab) => tab.waitForFunction(() => [...document.querySelectorAll(".chart-svg")].every((svg) => svg.childElementCount > 2));
const chartNamed = (tab, title) => tab.locator(".chart").filter({ has: tab.getByRole("heading", { name: title, exact: true }) });
const plot = (tab, title) => chartNamed(tab, title).getByRole("slider");
const tableOf = async (tab, title) => {
  const chart = chartNamed(tab, title);
  await chart.getByText("As a table").click();
  await chart.locator("tbody tr").first().waitFor();
  return chart.locator("tr").evaluateAll((rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent)));
};
/** A number as the view writes it. */
const number = (text) => Number(text.replaceAll(",", ""));

/** Pairs of texts of one chart that overlap, and those that stick out of it. */
const badTexts = (tab) =>
  tab.evaluate(() => {
    const bad = [];
    for (const svg of document.querySelectorAll(".chart-svg")) {
      const frame = svg.getBoundingClientRect();
      const texts = [...svg.querySelectorAll("text")].map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }));
      for (const [i, { text, box }] of texts.entries()) {
        if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1) bad.push(`${text} sticks out`);
        for (const other of texts.slice(i + 1)) {
          const wide = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
          const high = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
          if (wide > 1 && high > 3) bad.push(`${text} overlaps ${other.text}`);
        }
      }
    }
    return bad;
  });

test("a closed loop: maximum throughput first, its tail with a warning; nothing of a profile", async () => {
  const load = sampleLoad();
  await withReports([load], async (tab) => {
    await drawn(tab);
    assert.match(await tab.locator(".headline").innerText(), /^Maximum throughput\s+(3,9|4,0)\d\d requests\/s/);
    assert.match(await tab.locator(".headline").innerText(), /the slow end looks better than users would find it/);
    assert.equal(await tab.getByRole("tab").count(), 0);
    assert.equal(await tab.locator("canvas:visible").count(), 0);
    assert.match(await tab.locator(".load-cards").innerText(), new RegExp(`${load.sent.toLocaleString("en-US")} = ${load.completed.toLocaleString("en-US")} completed \\+ 0 failed \\+ 3 unfinished`));
    assert.match(await tab.locator(".load-cards").innerText(), /CPU per request\s+9\.04 µs/);
  });
});

test("an open loop: latency from the intended time, service time beside it, the rates", async () => {
  const load = sampleLoad({ openLoop: true, rate: 200, stallMs: 1500, medianUs: 200 });
  await withReports([around({ load, meta: { environment: ENVIRONMENT } })], async (tab) => {
    await drawn(tab);
    const text = await tab.locator(".headline").innerText();
    assert.match(text, /^Latency at 200 requests\/s/);
    assert.match(text, /Latency\s+\d+ µs\s+(8|9)\d\d ms\s+1\.4\d s/);
    assert.match(text, /Service time\s+\d+ µs\s+\d+ µs\s+\d\.\d\d ms/);
    assert.match(text, /200 requests\/s asked for, 201 sent \(100\.\d%\)\. 300 were sent late/);
    assert.match(await chartNamed(tab, "Latency by percentile").innerText(), /service time/);
    assert.match(await tab.locator(".load-cards").innerText(), /NODE_ENV\s+not set[\s\S]*11362f1c0b, with changes[\s\S]*AMD EPYC/);
  });
});

test("every chart says the same as a table: all requests, all percentiles, all slices", async () => {
  const load = sampleLoad({ failing: 0.02, seconds: 3 });
  await withReports([load], async (tab) => {
    await drawn(tab);
    const histogram = await tableOf(tab, "Latency histogram");
    assert.deepEqual(histogram[0], ["Latency", "Requests", "Share", "Up to here"]);
    assert.equal(histogram.slice(1).reduce((sum, row) => sum + number(row[1]), 0), load.completed);
    assert.equal(histogram.at(-1)[3], "100%");
    const percentiles = await tableOf(tab, "Latency by percentile");
    const p99 = percentiles.find(([name]) => name === "p99");
    assert.match(p99[1], new RegExp(`^${load.latencyMs.p99.toPrecision(3).replace(".", "\\.")} ms$`));
    const slices = await tableOf(tab, "Over time");
    assert.equal(slices.length, 1 + load.slices.length);
    assert.equal(slices.slice(1).reduce((sum, row) => sum + number(row[2]), 0), load.failed);
  });
});

test("of very many slices the table has the first, and says so; the chart has all", async () => {
  const slices = Array.from({ length: 14400 }, (_, i) => ({ startMs: i * 250, durationMs: 250, completed: 100, failed: i % 2, p50Us: 900, p99Us: 4000 }));
  await withReports([{ ...sampleLoad({ seconds: 1 }), slices }], async (tab) => {
    await drawn(tab);
    assert.equal((await tableOf(tab, "Over time")).length, 1001);
    assert.match(await chartNamed(tab, "Over time").locator(".chart-table").innerText(), /The first 1,000 of 14,400 rows/);
    const slider = plot(tab, "Over time");
    await slider.focus();
    await tab.keyboard.press("End");
    assert.match(await slider.getAttribute("aria-valuetext"), /^3,599\.75 s to 3,600 s, 400 requests\/s, 1 failed, p50 900 µs, p99 4\.00 ms$/);
    assert.ok((await chartNamed(tab, "Over time").locator(".chart-svg .failure").count()) < 300);
  });
});

test("keys step through the bars, and each says its range, count, share and percentile", async () => {
  await withReports([sampleLoad()], async (tab) => {
    await drawn(tab);
    const slider = plot(tab, "Latency histogram");
    await slider.focus();
    await tab.keyboard.press("End");
    const last = Number(await slider.getAttribute("aria-valuemax"));
    assert.ok(last > 20 && last <= 60, String(last));
    assert.equal(await slider.getAttribute("aria-valuenow"), String(last));
    assert.match(await slider.getAttribute("aria-valuetext"), / to .*ms, \d+ requests?, [<\d.]+%, 100% of requests took no longer/);
    await tab.keyboard.press("Home");
    await tab.keyboard.press("ArrowRight");
    assert.equal(await slider.getAttribute("aria-valuenow"), "2");
    assert.ok(await chartNamed(tab, "Latency histogram").locator(".chart-tip").isVisible());
    const [tip, frame] = [await chartNamed(tab, "Latency histogram").locator(".chart-tip").boundingBox(), await slider.boundingBox()];
    assert.ok(tip.x >= frame.x && tip.x + tip.width <= frame.x + frame.width && tip.y >= frame.y && tip.y < frame.y + frame.height, JSON.stringify({ tip, frame }));
    await tab.keyboard.press("Escape");
    assert.equal(await chartNamed(tab, "Latency histogram").locator(".chart-tip").isVisible(), false);

    // The pointer tells the same.
    await plot(tab, "Over time").hover();
    assert.match(await chartNamed(tab, "Over time").locator(".chart-tip").innerText(), /\d s\s+[\d,]+ requests\/s\s+p50 .*\s+p99 /);
  });
});

test("the height of bars can be logarithmic, and the charts follow the width of the window", async () => {
  await withReports([sampleLoad()], async (tab) => {
    await drawn(tab);
    const chart = chartNamed(tab, "Latency histogram");
    const heights = () => chart.locator(".bars rect").evaluateAll((bars) => bars.map((bar) => Number(bar.getAttribute("height"))));
    const before = await heights();
    await chart.getByRole("button", { name: "Log" }).click();
    const after = await heights();
    assert.equal(after.length, before.length);
    assert.ok(Math.min(...after) > 3 && Math.min(...before) < 1, `${Math.min(...before)} and ${Math.min(...after)}`);
    const width = () => chart.locator(".chart-svg").evaluate((svg) => svg.getBoundingClientRect().width);
    const wide = await width();
    await tab.setViewportSize({ width: 500, height: 800 });
    await tab.waitForFunction((wide) => document.querySelector(".chart-svg").getBoundingClientRect().width < wide, wide);
    assert.equal(await tab.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, "the page scrolls sideways");
  });
});

test("no text overlaps another or is cut, whatever the figures and the width", async () => {
  const one = { ...sampleLoad({ rate: 1, seconds: 1 }), slices: [{ startMs: 0, durationMs: 2.16, completed: 1, failed: 0, p50Us: 760, p99Us: 760 }] };
  const reports = [sampleLoad(), one, sampleLoad({ openLoop: true, rate: 200, stallMs: 1500, medianUs: 200 }), sampleLoad({ medianUs: 61, rate: 900 }), sampleLoad({ medianUs: 40e6, rate: 20 }), around({ versus: sampleVersus() })];
  for (const width of [1280, 1600, 390]) {
    await withReports(
      reports,
      async (tab) => {
        await drawn(tab);
        assert.deepEqual(await badTexts(tab), [], `at ${width} px`);
        for (const log of await tab.getByRole("button", { name: "Log", exact: true }).all()) await log.click();
        assert.deepEqual(await badTexts(tab), [], `logarithmic at ${width} px`);
      },
      { viewport: { width, height: 900 } },
    );
  }
});

test("what spoils the measurement comes first; bodies of failures are text", async () => {
  const failures = [{ atMs: 3, kind: "status", status: 500, message: EVIL, body: EVIL }, { atMs: 4, kind: "reset", status: null, message: "", body: "" }];
  const notes = [{ kind: "clientLimited", text: `The generator was the limit ${EVIL}` }, { kind: "fewForTail", text: "Too few requests for p99.9." }];
  await withReports([around({ load: sampleLoad({ failing: 0.5, seconds: 1, notes, failures }), meta: { notes: ["NODE_ENV is development."] } })], async (tab) => {
    await drawn(tab);
    assert.equal(await tab.locator(".load > :first-child").getAttribute("class"), "load-notes");
    assert.deepEqual(await tab.locator(".load-notes li").allInnerTexts(), [notes[0].text, "NODE_ENV is development."]);
    assert.match(await tab.locator(".headline").innerText(), /Too few requests for p99\.9/);
    assert.equal(await tab.locator(".failure-sample pre").innerText(), EVIL.replace("\u202e", "\u00b7"));
    assert.equal(await tab.locator(".failure-sample").first().evaluate((details) => details.open), true);
    assert.match(await tab.locator(".load-cards").innerText(), /unexpected status\s+[\d,]+\s+(5|4)\d\.\d%/);
    assert.equal(await chartNamed(tab, "Over time").locator(".chart-svg .failure").count(), 4);
  });
});

test("nothing completed, no distribution, one slice, hours of latency, hardly any keys", async () => {
  const nothing = sampleLoad({ rate: 0 });
  const hours = sampleLoad({ medianUs: 4e9, rate: 50, seconds: 1 });
  await withReports([nothing, { schema: "tickmark/load@1" }, { ...sampleLoad(), latencyCounts: undefined, slices: [] }, hours, { ...sampleLoad(), slices: sampleLoad().slices.slice(0, 1) }], async (tab, report) => {
    await tab.locator(".load .headline").waitFor();
    await drawn(tab);
    assert.doesNotMatch(await tab.locator(".load").innerHTML(), /NaN|Infinity|undefined/);
    if (!report.completed) assert.match(await tab.locator(".load-notes").innerText(), /No request completed/);
    if (report.completed && !report.latencyCounts) assert.match(await tab.locator(".load").innerText(), /older version measured it/);
  });
});

test("a comparison: both distributions as shares, changes without a verdict", async () => {
  const compared = { runId: "run-0", title: "an hour before", load: sampleLoad({ medianUs: 1400, rate: 3000, seconds: 2, seed: 5 }) };
  await withReports([around({ load: sampleLoad({ seconds: 3 }), compared })], async (tab) => {
    await drawn(tab);
    assert.match(await tab.locator(".headline").innerText(), /before 3,000\/s \(\+33\.3%\)/);
    const rows = await tableOf(tab, "Latency histogram");
    assert.deepEqual(rows[0], ["Latency", "Requests, this run", "Share", "Requests, before", "Share", "Up to here"]);
    assert.equal(rows.slice(1).reduce((sum, row) => sum + number(row[3]), 0), compared.load.completed);
    assert.equal(await chartNamed(tab, "Latency by percentile").locator(".chart-svg .line.other").count(), 1);
  });
});

test("in turns: a verdict in words, every round as a dot", async () => {
  const versus = sampleVersus({ rounds: 7 });
  // As a run keeps it: the rounds without what is large, beside the run's own load test.
  const lean = { ...versus, rounds: versus.rounds.map((round) => round.map((load) => ({ ...load, latencyCounts: [], slices: [] }))) };
  const load = sampleLoad({ serverCpuUs: { mean: 211.3, sd: 4.2, parts: [208, 214] } });
  await withReports([around({ versus }), around({ versus: lean, load })], async (tab, report) => {
    await drawn(tab);
    assert.match(await tab.locator(".verdicts").innerText(), /Requests\/s: Better – 11\.1% more \(95% interval \+8\.1% to \+14\.1%\)/);
    assert.match(await tab.locator(".verdicts").innerText(), /Server CPU per request: No difference shown/);
    for (const title of ["Requests/s", "Latency p50", "Server CPU per request"]) {
      const chart = chartNamed(tab, title);
      assert.equal(await chart.locator("circle.round.a").count(), 7, title);
      assert.equal(await chart.locator("circle.round.b").count(), 7, title);
      const rows = await tableOf(tab, title);
      assert.deepEqual([rows.length, rows[0][1], rows.at(-1)[0]], [9, "main~1", "median"]);
    }
    const histogram = await chartNamed(tab, "Latency histogram").getByRole("slider").getAttribute("aria-label");
    const requests = report.load ? load.completed : versus.rounds.reduce((sum, [, b]) => sum + b.completed, 0);
    assert.match(histogram, new RegExp(`${requests.toLocaleString("en-US")} requests`));
    if (report.load) assert.match(await tab.locator(".load-cards").innerText(), /Server CPU per request\s+211 µs, standard deviation 4\.20 µs/);
  });
});

test("beside a profile the load test is one of the tabs; one that cannot be read leaves the profile", async () => {
  const profile = sampleReport({ nodes: 2000 });
  await withReports([{ ...profile, load: sampleLoad() }, { ...profile, load: { sent: "many" } }], async (tab, { load }) => {
    await tab.waitForFunction(() => window.__tickmark?.app.flame.graph.whole.count > 1);
    assert.deepEqual(await tab.getByRole("tab").allInnerTexts(), ["Flamegraph", "Bottom-up", "Top-down", "Lines", "Load"]);
    assert.equal(await tab.getByRole("tab", { selected: true }).innerText(), "Flamegraph");
    await tab.getByRole("tab", { name: "Load" }).click();
    assert.equal(await tab.locator(".panel:visible").getAttribute("id"), "panel-load");
    if (load.sent === "many") assert.match(await tab.locator("#panel-load").innerText(), /cannot be shown: load\.sent is "many"/);
    else await drawn(tab);
    await tab.keyboard.press("ArrowLeft");
    assert.equal(await tab.getByRole("tab", { selected: true }).innerText(), "Lines");
  });
});

test("in an editor: a benchmark asks nothing of its empty profile, and follows the editor's colours", async () => {
  const at = await mockPage(folder, around({ load: sampleLoad() }), { theme: "vscode-dark" });
  await withChromium({ viewport: { width: 900, height: 800 } }, async (context) => {
    const tab = context.pages()[0];
    const problems = [];
    tab.on("pageerror", (error) => problems.push(String(error)));
    tab.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    await tab.goto(at);
    await tab.evaluate(() => window.host.open());
    await drawn(tab);
    assert.deepEqual(await tab.evaluate(() => window.host.sent.filter(({ type }) => type === "request")), []);
    assert.deepEqual(await tab.locator(".host-actions button").allInnerTexts(), ["Compare \u2026", "Export \u2026"]);
    const fill = () => tab.locator(".bars rect").first().evaluate((bar) => getComputedStyle(bar).fill);
    const dark = await fill();
    await tab.evaluate(() => document.body.setAttribute("data-vscode-theme-kind", "vscode-light"));
    await tab.waitForFunction((dark) => getComputedStyle(document.querySelector(".bars rect")).fill !== dark, dark);
    // Asked for by name, a view that is not there changes nothing.
    await tab.evaluate(() => window.host.tell({ type: "tickmark/show", tab: "flamegraph" }));
    await tab.evaluate(() => window.host.tell({ type: "tickmark/show", tab: "load" }));
    assert.equal(await tab.locator(".panel:visible").getAttribute("id"), "panel-load");
    assert.deepEqual(problems, []);
  });
});
