// Draw times in headless Chromium, as JSON: node scripts/bench.mjs [NODES]
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { withChromium } from "./chromium.mjs";
import { samplePage, sampleReport } from "./sample.mjs";

const nodes = Number(process.argv[2] ?? 110000);
const folder = await mkdtemp(path.join(os.tmpdir(), "tickmark-bench-"));
try {
  const page = path.join(folder, "report.html");
  const html = await samplePage(sampleReport({ nodes, idleShare: 0.1 }));
  await writeFile(page, html);
  const result = await withChromium({ viewport: { width: 1440, height: 1000 } }, async (context) => {
    const tab = context.pages()[0];
    await tab.goto(pathToFileURL(page).href);
    await tab.waitForFunction(() => window.__tickmark);
    return tab.evaluate(() => {
      const { app, bench, timing } = window.__tickmark;
      const leftHeavy = bench();
      const began = performance.now();
      app.setOrder("timeOrder");
      const timeOrderLayoutMs = performance.now() - began;
      app.graph.paintNow();
      const timeOrder = bench();
      const searchBegan = performance.now();
      app.setQuery("parse|render");
      return { timing, leftHeavy, timeOrder, timeOrderLayoutMs, searchMs: performance.now() - searchBegan };
    });
  });
  console.log(JSON.stringify({ nodes, htmlBytes: html.length, ...result }, null, 2));
} finally {
  await rm(folder, { recursive: true, force: true });
}
