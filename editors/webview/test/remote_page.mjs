// A view in an editor made up in the page: the profile stays there, the view asks for what it shows.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before } from "node:test";
import { withChromium } from "../scripts/chromium.mjs";
import { mockPage } from "../scripts/mock_page.mjs";
import { sampleReport } from "../scripts/sample.mjs";

export const report = sampleReport({ nodes: 30000 });
export let folder;
export let url;

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "tickmark-remote-"));
  url = await mockPage(folder, report);
});
after(() => rm(folder, { recursive: true, force: true }));

/** Opens the page and a profile in it, runs `use(tab)`, and fails on any error or policy violation the page reported. */
export async function withView(at, use, options = {}) {
  await withChromium({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce", ...options }, async (context) => {
    const tab = context.pages()[0];
    const problems = [];
    tab.on("pageerror", (error) => problems.push(String(error)));
    tab.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    await tab.goto(at);
    await open(tab);
    await use(tab);
    assert.deepEqual(problems, []);
  });
}

export async function open(tab, changes = {}) {
  await tab.evaluate((changes) => window.host.open(changes), changes);
  await tab.waitForFunction(() => window.__tickmark?.app.flame.graph.whole.count > 1);
}

export const tell = (tab, message) => tab.evaluate((message) => window.host.tell(message), message);
export const frameNamed = (tab, name) => tab.evaluate((name) => window.host.frame(name), name);
export const crumbs = (tab) => tab.evaluate(() => window.__tickmark.breadcrumbs());
export const panelName = (tab) => tab.locator(".details h2").innerText();
/** What is drawn: the boxes' number, the width of a pixel they are sharp for, the view. */
export const drawn = (tab) =>
  tab.evaluate(() => {
    const { graph } = window.__tickmark.app.flame;
    const { boxes } = graph;
    return { count: boxes.count, minWidth: boxes.minWidth, leftOut: boxes.leftOut, from: boxes.from, to: boxes.to, x0: graph.x0, x1: graph.x1, perPx: (graph.x1 - graph.x0) / graph.scroller.clientWidth };
  });
/** Waits until the boxes drawn are as sharp as the view asks for: sharper ones are not asked for when these are a little coarser. */
export const sharp = (tab) =>
  tab.waitForFunction(() => {
    const { graph } = window.__tickmark.app.flame;
    const { boxes } = graph;
    return boxes.leftOut === 0 || boxes.minWidth <= (1.5 * (graph.x1 - graph.x0)) / graph.scroller.clientWidth;
  });
export const asked = (tab, method) => tab.evaluate((method) => window.host.sent.filter((message) => message.method === method).map((message) => message.params), method);
/** Selects the widest box of a function, as a click does. */
export const select = (tab, name) =>
  tab.evaluate(async (name) => {
    const { flame } = window.__tickmark.app;
    const { graph } = flame;
    const { boxes } = graph;
    let best = -1;
    for (let b = 0; b < boxes.count; b++) if (boxes.frame[b] >= 0 && boxes.frames[boxes.frame[b]].name === name && (best < 0 || boxes.total[b] > boxes.total[best])) best = b;
    const px = graph.scroller.clientWidth / (graph.x1 - graph.x0);
    const rect = graph.scroller.getBoundingClientRect();
    graph.select(graph.hit(rect.left + ((boxes.x0[best] + boxes.x1[best]) / 2 - graph.x0) * px, rect.top + boxes.row[best] * 22 + 10 - graph.scroller.scrollTop));
    graph.scroller.focus();
  }, name);

/** The middle of the widest box of a function, in page coordinates. */
export const placeOf = (tab, name) =>
  tab.evaluate((name) => {
    const { graph } = window.__tickmark.app.flame;
    const { boxes } = graph;
    let best = -1;
    for (let b = 0; b < boxes.count; b++) if (boxes.frame[b] >= 0 && boxes.merged[b] <= 1 && boxes.frames[boxes.frame[b]].name === name && (best < 0 || boxes.total[b] > boxes.total[best])) best = b;
    const px = graph.scroller.clientWidth / (graph.x1 - graph.x0);
    const rect = graph.scroller.getBoundingClientRect();
    return { x: rect.left + ((boxes.x0[best] + boxes.x1[best]) / 2 - graph.x0) * px, y: rect.top + boxes.row[best] * 22 + 10 - graph.scroller.scrollTop };
  }, name);
export const openedSources = (tab) => tab.evaluate(() => window.host.sent.filter((message) => message.type === "openSource").map(({ type: _, ...rest }) => rest));
/** What of the graph a click must leave as it is. */
export const where = (tab) =>
  tab.evaluate(() => {
    const { graph } = window.__tickmark.app.flame;
    const { top, height } = graph.scroller.getBoundingClientRect();
    return { view: graph.target(), scrollTop: graph.scroller.scrollTop, top, height, page: document.documentElement.scrollTop };
  });
