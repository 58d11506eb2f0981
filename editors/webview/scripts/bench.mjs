// Times in headless Chromium, as JSON: node scripts/bench.mjs [NODES]
// "page": all in the stand-alone page. "editor": in a made-up editor that answers from the same profile.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { withChromium } from "./chromium.mjs";
import { mockPage } from "./mock_page.mjs";
import { samplePage, sampleReport } from "./sample.mjs";

const nodes = Number(process.argv[2] ?? 110000);
const viewport = { width: 1440, height: 1000 };
const folder = await mkdtemp(path.join(os.tmpdir(), "tickmark-bench-"));

async function page(report) {
  const file = path.join(folder, "report.html");
  const html = await samplePage(report);
  await writeFile(file, html);
  const figures = await withChromium({ viewport }, async (context) => {
    const tab = context.pages()[0];
    await tab.goto(pathToFileURL(file).href);
    await tab.waitForFunction(() => window.__tickmark);
    return tab.evaluate(() => {
      const { app, bench, timing } = window.__tickmark;
      const leftHeavy = bench();
      const began = performance.now();
      app.flame.setOrder("timeOrder");
      const timeOrderLayoutMs = performance.now() - began;
      app.flame.graph.paintNow();
      const timeOrder = bench();
      const searchBegan = performance.now();
      app.flame.setQuery("parse|render");
      return { timing, leftHeavy, timeOrder, timeOrderLayoutMs, searchMs: performance.now() - searchBegan };
    });
  });
  return { htmlBytes: html.length, ...figures };
}

async function editor(report) {
  const url = await mockPage(folder, report);
  return withChromium({ viewport }, async (context) => {
    const tab = context.pages()[0];
    await tab.goto(url);
    return tab.evaluate(async () => {
      const { host } = window;
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      const until = async (condition) => {
        while (!condition()) await frame();
      };
      const graph = () => window.__tickmark?.app.flame.graph;
      // The second time the mock has the layout, as a server has that was asked before.
      const firstPaintMs = [];
      for (let i = 0; i < 2; i++) {
        const was = window.__tickmark?.app;
        const began = performance.now();
        host.open({ runId: `run-${i}` });
        await until(() => window.__tickmark?.app !== was && graph()?.lastStats.rects > 1);
        firstPaintMs.push(performance.now() - began);
      }
      const first = host.times.at(-1);
      const drawing = window.__tickmark.bench();

      // Every animation frame of zooming in by keys and panning, with what the view does in between.
      const frameMs = [];
      const work = [];
      const view = graph();
      const paint = view.drawBoxes.bind(view);
      view.drawBoxes = (viewport) => {
        const began = performance.now();
        const stats = paint(viewport);
        work.push(performance.now() - began);
        return stats;
      };
      let last = await frame();
      for (let i = 0; i < 180; i++) {
        if (i < 60) view.zoomBy(0.92, 0.3);
        else if (i < 120) view.panBy(0.03);
        else view.zoomBy(1 / 0.92, 0.3);
        const now = await frame();
        frameMs.push(now - last);
        last = now;
      }
      const spread = (values) => {
        const sorted = [...values].sort((a, b) => a - b);
        const at = (share) => Number(sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)].toFixed(2));
        return { median: at(0.5), p95: at(0.95), max: at(1) };
      };
      const sharper = host.times.filter((time) => time.method === "views/boxes").slice(2);
      return {
        firstPaintMs,
        firstAnswer: { bytes: first.bytes, computedAndWrittenMs: first.answeredMs - first.askedMs },
        boxes: view.whole.count,
        leftOut: view.whole.leftOut,
        drawing,
        interaction: { betweenFramesMs: spread(frameMs), drawMs: spread(work), answers: sharper.length, mostBytes: sharper.reduce((most, time) => Math.max(most, time.bytes), 0) },
      };
    });
  });
}

try {
  const report = sampleReport({ nodes, idleShare: 0.1 });
  console.log(JSON.stringify({ nodes, page: await page(report), editor: await editor(report) }, null, 2));
} finally {
  await rm(folder, { recursive: true, force: true });
}
