// The page in headless Chromium: a report of more than 100,000 nodes, used as a reader would.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { bundle, root } from "../scripts/build.mjs";
import { withChromium } from "../scripts/chromium.mjs";
import { render } from "../scripts/render.mjs";
import { sampleReport } from "../scripts/sample.mjs";

const EVIL = '</script><script>window.broken=1</script><img src=x onerror="window.broken=1"><!--{{script}}$&';
const NODES = 110000;

let folder;
let url;
let files;

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "tickmark-page-"));
  files = await bundle();
  url = await pageOf(sampleReport({ nodes: NODES, extraNames: [EVIL] }), "big.html");
});
after(() => rm(folder, { recursive: true, force: true }));

async function pageOf(report, name) {
  const file = path.join(folder, name);
  await writeFile(file, render({ template: files["template.html"], css: files["report.css"], script: files["report.js"], report }));
  return pathToFileURL(file).href;
}

/** Opens a page, runs `use(tab)`, and fails on any error or policy violation the page reported. */
async function withPage(at, options, use) {
  await withChromium({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce", ...options }, async (context) => {
    const tab = context.pages()[0];
    const problems = [];
    tab.on("pageerror", (error) => problems.push(String(error)));
    tab.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    if (options.script) await tab.addInitScript(options.script);
    await tab.goto(at);
    await use(tab);
    assert.deepEqual(problems, []);
  });
}

const ready = (tab) => tab.waitForFunction(() => window.__tickmark?.app.flame.graph.whole.count > 0);
const crumbs = (tab) => tab.evaluate(() => window.__tickmark.breadcrumbs());
const crumbText = (tab) => tab.locator(".breadcrumbs").innerText();
const panelName = (tab) => tab.locator(".details h2").innerText();

/** The middle of the widest box of a row, in page coordinates, and its name. */
const boxPlace = (tab, row) =>
  tab.evaluate((row) => {
    const { graph } = window.__tickmark.app.flame;
    const { boxes } = graph;
    let best = boxes.rowStart[row];
    for (let b = best; b < boxes.rowStart[row + 1]; b++) if (boxes.total[b] > boxes.total[best]) best = b;
    const rect = graph.scroller.getBoundingClientRect();
    const px = graph.scroller.clientWidth / (graph.x1 - graph.x0);
    return {
      x: rect.left + ((boxes.x0[best] + boxes.x1[best]) / 2 - graph.x0) * px,
      y: rect.top + row * 22 + 10 - graph.scroller.scrollTop,
      name: boxes.frames[boxes.frame[best]].name,
    };
  }, row);

/** How many pixels of the boxes are of a colour. */
const pixels = (tab, [r, g, b]) =>
  tab.evaluate(
    ([r, g, b]) => {
      window.__tickmark.app.flame.graph.paintNow();
      const canvas = document.querySelector("canvas.boxes");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let n = 0;
      for (let i = 0; i < data.length; i += 4) if (data[i] === r && data[i + 1] === g && data[i + 2] === b) n++;
      return n;
    },
    [r, g, b],
  );

test("dist/ is what the sources build, and building again gives the same bytes", async () => {
  const again = await bundle();
  for (const [name, text] of Object.entries(files)) {
    assert.equal(again[name], text, `${name} differs between two builds`);
    assert.equal(await readFile(path.join(root, "dist", name), "utf8"), text, `dist/${name} is out of date: npm run build`);
  }
});

test("over 100,000 boxes: drawn, zoomed, searched, driven by keys", async () => {
  await withPage(url, {}, async (tab) => {
    await ready(tab);
    const figures = await tab.evaluate(() => ({ ...window.__tickmark.bench(), timing: window.__tickmark.timing }));
    assert.ok(figures.boxes > 100000, `${figures.boxes} boxes`);
    assert.ok(figures.mostVisited > 50000 && figures.mostRects < 40000 && figures.mostLabels > 20, JSON.stringify(figures));
    console.log(JSON.stringify(figures));

    // A click selects and moves nothing, a double click zooms and changes the breadcrumbs; Escape shows everything.
    assert.deepEqual(await crumbs(tab), ["all"]);
    const target = await boxPlace(tab, 7);
    const view = () => tab.evaluate(() => { const { graph } = window.__tickmark.app.flame; return [...graph.target(), graph.scroller.scrollTop, graph.scroller.getBoundingClientRect().top]; });
    const untouched = await view();
    await tab.mouse.click(target.x, target.y);
    assert.equal(await panelName(tab), target.name);
    assert.deepEqual(await crumbs(tab), ["all"]);
    assert.deepEqual(await view(), untouched);
    await tab.mouse.dblclick(target.x, target.y);
    const path = await crumbs(tab);
    assert.equal(path.length, 8);
    assert.equal(path.at(-1), target.name);
    assert.match(await crumbText(tab), new RegExp(`${target.name}$`));
    assert.equal(await panelName(tab), target.name);
    const zoomed = await tab.evaluate(() => window.__tickmark.app.flame.graph.x1 - window.__tickmark.app.flame.graph.x0);
    await tab.keyboard.press("Escape");
    assert.deepEqual(await crumbs(tab), ["all"]);
    assert.ok(zoomed < (await tab.evaluate(() => window.__tickmark.app.flame.graph.x1)));

    // The tooltip says what is under the pointer; over a frame that was just clicked the panel does.
    assert.ok(await tab.locator(".tooltip").isHidden());
    await tab.mouse.move(2, 2);
    await tab.mouse.move(target.x, target.y);
    const tip = await tab.locator(".tooltip").innerText();
    assert.match(tip, new RegExp(`^${target.name}`));
    assert.match(tip, /Self[\s\S]*Total[\s\S]*Samples[\s\S]*turbofan|ignition|maglev|sparkplug/);

    // Wheel with ctrl zooms, dragging pans, the minimap's range follows.
    await tab.keyboard.down("Control");
    await tab.mouse.wheel(0, -400);
    await tab.keyboard.up("Control");
    await tab.waitForFunction(() => window.__tickmark.app.flame.graph.x1 < window.__tickmark.app.flame.graph.whole.width * 0.9);
    const before = await tab.evaluate(() => window.__tickmark.app.flame.graph.x0);
    await tab.mouse.down();
    await tab.mouse.move(target.x - 60, target.y, { steps: 4 });
    await tab.mouse.up();
    assert.ok((await tab.evaluate(() => window.__tickmark.app.flame.graph.x0)) > before);
    await tab.waitForSelector(".minimap-range:visible");
    await tab.keyboard.press("0");

    // Keys: down the heaviest path, back up, to the side, zoom.
    await tab.evaluate(() => window.__tickmark.app.flame.graph.select(null));
    await tab.locator(".scroller").focus();
    for (let i = 0; i < 4; i++) await tab.keyboard.press("ArrowDown");
    const at = () => tab.evaluate(() => ({ x0: window.__tickmark.app.flame.graph.selected.x0, x1: window.__tickmark.app.flame.graph.selected.x1, row: window.__tickmark.app.flame.graph.selected.row }));
    const third = await at();
    assert.equal(third.row, 3);
    await tab.keyboard.press("ArrowRight");
    const right = await at();
    assert.ok(right.row === 3 && right.x0 >= third.x1, JSON.stringify(right));
    await tab.keyboard.press("ArrowLeft");
    assert.deepEqual(await at(), third);
    await tab.keyboard.press("ArrowUp");
    assert.equal((await at()).row, 2);
    await tab.keyboard.press("Enter");
    assert.equal((await crumbs(tab)).length, 3);
    assert.match(await tab.locator("[aria-live]").innerText(), /self .*%, total .*%/);
    await tab.keyboard.press("w");
    const narrower = await tab.evaluate(() => window.__tickmark.app.flame.graph.x1 - window.__tickmark.app.flame.graph.x0);
    await tab.keyboard.press("q");
    assert.ok((await tab.evaluate(() => window.__tickmark.app.flame.graph.x1 - window.__tickmark.app.flame.graph.x0)) > narrower);
    await tab.keyboard.press("?");
    await tab.waitForSelector("dialog[open]");
    await tab.keyboard.press("Escape");
    await tab.waitForSelector("dialog[open]", { state: "hidden" });
    await tab.keyboard.press("0");

    // Search: highlight, share, invalid expressions, Enter to the next match, Escape clears.
    const match = [255, 95, 196];
    assert.equal(await pixels(tab, match), 0);
    await tab.keyboard.press("/");
    await tab.keyboard.type("PriceBook|walk$");
    await tab.waitForFunction(() => /functions · [\d.]+% of active time/.test(document.querySelector(".search-status").textContent));
    assert.ok((await pixels(tab, match)) > 1000);
    await tab.keyboard.press("Enter");
    assert.match(await panelName(tab), /PriceBook|walk/);
    await tab.locator(".toolbar input[type=search]").fill("(");
    await tab.waitForFunction(() => /Unterminated group/.test(document.querySelector(".search-status").textContent));
    assert.equal(await tab.locator(".toolbar input[type=search]").getAttribute("aria-invalid"), "true");
    await tab.keyboard.press("Escape");
    assert.equal(await pixels(tab, match), 0);
  });
});

test("orders, colours, categories and percentages", async () => {
  await withPage(url, {}, async (tab) => {
    await ready(tab);
    const state = () => tab.evaluate(() => ({ boxes: window.__tickmark.app.flame.graph.whole.count, order: window.__tickmark.app.flame.settings.order, whole: window.__tickmark.app.flame.graph.whole.width }));
    const merged = await state();
    await tab.getByRole("button", { name: "Time order" }).click();
    const timed = await state();
    assert.equal(timed.order, "timeOrder");
    assert.ok(timed.boxes > merged.boxes, "time order splits what left heavy merges");
    await tab.keyboard.press("t");
    assert.equal((await state()).order, "leftHeavy");

    const turbofan = [90, 155, 216];
    assert.equal(await pixels(tab, turbofan), 0);
    await tab.getByRole("button", { name: "Tier" }).click();
    assert.ok((await pixels(tab, turbofan)) > 1000);
    await tab.getByRole("button", { name: "Category" }).click();

    const chip = tab.locator('[data-category="dependency"]');
    await chip.click();
    assert.equal(await chip.getAttribute("aria-pressed"), "false");
    const folded = await state();
    assert.ok(folded.boxes < merged.boxes);
    assert.equal(folded.whole, merged.whole, "folding keeps the time");
    await tab.locator('[data-category="gc"]').click();
    assert.ok((await state()).whole < merged.whole, "leaving gc out takes its time out");
    await chip.click();
    await tab.locator('[data-category="gc"]').click();
    assert.deepEqual(await state(), merged);

    const share = () => tab.locator('[data-category="app"] small').innerText().then(parseFloat);
    const active = await share();
    await tab.locator(".keys .check input").uncheck();
    assert.ok((await share()) < active, "with idle in the base, shares are smaller");
  });
});

test("names are text: markup, script ends and placeholders in them do nothing", async () => {
  await withPage(url, {}, async (tab) => {
    await ready(tab);
    await tab.locator(".toolbar input[type=search]").fill("window\\.broken");
    await tab.keyboard.press("Enter");
    assert.equal(await panelName(tab), EVIL);
    assert.equal(await tab.evaluate(() => window.broken), undefined);
    assert.equal(await tab.locator("img").count(), 0);
    assert.equal(await tab.locator("script").count(), 2);
  });
});

test("dark and light follow the system and the switch", async () => {
  await withPage(url, { colorScheme: "dark" }, async (tab) => {
    await ready(tab);
    const background = () => tab.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(await background(), "rgb(18, 20, 24)");
    assert.ok((await pixels(tab, [240, 160, 58])) > 100, "dark fills");
    await tab.emulateMedia({ colorScheme: "light" });
    await tab.waitForFunction(() => document.documentElement.dataset.theme === "light");
    assert.equal(await background(), "rgb(246, 247, 249)");
    await tab.getByRole("button", { name: "Light or dark" }).click();
    assert.equal(await background(), "rgb(18, 20, 24)");
  });
});

test("the canvas has the screen's pixels and follows the window", async () => {
  await withPage(url, { deviceScaleFactor: 2 }, async (tab) => {
    await ready(tab);
    const size = () => tab.evaluate(() => [document.querySelector("canvas.boxes").width, document.querySelector(".scroller").clientWidth]);
    const [pixelsWide, cssWide] = await size();
    assert.equal(pixelsWide, cssWide * 2);
    await tab.setViewportSize({ width: 1000, height: 700 });
    await tab.waitForFunction((was) => document.querySelector("canvas.boxes").width < was, pixelsWide);
    const [after, css] = await size();
    assert.equal(after, css * 2);
  });
});

test("sources open as links, or through the editor that hosts the view", async () => {
  await withPage(url, {}, async (tab) => {
    await ready(tab);
    await tab.locator(".toolbar input[type=search]").fill("^tokenise$");
    await tab.keyboard.press("Enter");
    assert.equal(await tab.getByRole("link", { name: "Open in editor" }).getAttribute("href"), "vscode://file/home/dev/shop/src/routes/products.js:77:24");
  });
  const host = () => {
    window.opened = [];
    window.acquireVsCodeApi = () => ({ postMessage: (message) => window.opened.push(message) });
  };
  await withPage(url, { script: host }, async (tab) => {
    await ready(tab);
    await tab.locator(".toolbar input[type=search]").fill("^tokenise$");
    await tab.keyboard.press("Enter");
    await tab.getByRole("button", { name: "Open in editor" }).click();
    assert.deepEqual(await tab.evaluate(() => window.opened), [{ type: "openSource", path: "/home/dev/shop/src/routes/products.js", line: 77, column: 24 }]);

    // Another report takes the first one's place, keys and all.
    await tab.evaluate(() => {
      window.first = window.__tickmark.app;
      const report = JSON.parse(document.getElementById("tickmark-data").textContent);
      window.postMessage({ type: "tickmark/report", report: { ...report, title: "second" } }, "*");
    });
    await tab.waitForFunction(() => document.querySelector("h1").textContent === "second");
    await tab.keyboard.press("t");
    assert.equal(await tab.evaluate(() => window.__tickmark.app.flame.settings.order), "timeOrder");
    assert.equal(await tab.evaluate(() => window.first.flame.settings.order), "leftHeavy", "the first report still listens");
    await tab.evaluate(() => document.body.setAttribute("data-vscode-theme-kind", "vscode-dark"));
    await tab.waitForFunction(() => document.documentElement.dataset.theme === "dark");
  });
});

test("mostly idle programs start with idle out of the graph, and say so", async () => {
  const at = await pageOf(sampleReport({ nodes: 300, idleShare: 0.9 }), "idle.html");
  await withPage(at, {}, async (tab) => {
    await ready(tab);
    assert.equal(await tab.locator('[data-category="idle"]').getAttribute("aria-pressed"), "false");
    assert.match(await tab.locator('[data-category="idle"]').innerText(), /90\.\d% of all/);
    const shown = await tab.evaluate(() => window.__tickmark.app.flame.graph.whole.width / window.__tickmark.model.opened.overview.wholeUs);
    assert.ok(shown < 0.15);
  });
});

test("no timeline, nothing recorded, and data that cannot be shown", async () => {
  const plain = await pageOf(sampleReport({ nodes: 300, timeline: false }), "plain.html");
  await withPage(plain, {}, async (tab) => {
    await ready(tab);
    assert.ok(await tab.getByRole("button", { name: "Time order" }).isDisabled());
  });
  const empty = sampleReport({ nodes: 300, timeline: false });
  empty.nodes = { parent: [], frame: [], tier: [], line: [], selfUs: [], samples: [] };
  await withPage(await pageOf(empty, "empty.html"), {}, async (tab) => {
    await ready(tab);
    await tab.getByRole("tab", { name: "Bottom-up" }).click();
    await tab.getByText("Nothing was recorded").waitFor();
  });
  const bad = sampleReport({ nodes: 300 });
  bad.nodes.parent[5] = 9;
  await withPage(await pageOf(bad, "bad.html"), {}, async (tab) => {
    assert.match(await tab.getByRole("alert").innerText(), /nodes\.parent\[5\] is 9/);
  });
});
