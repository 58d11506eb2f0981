// Which boxes a view asks its editor for, and what it draws until they are here.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { test } from "node:test";
import { withChromium } from "../scripts/chromium.mjs";
import { samplePage } from "../scripts/sample.mjs";
import { asked, crumbs, drawn, folder, open, panelName, report, select, sharp, url, withView } from "./remote_page.mjs";

test("one request draws the whole, as sharp as the screen; zooming asks for sharper boxes of the part", async () => {
  await withView(url, async (tab) => {
    assert.equal(await tab.locator("h1").innerText(), report.title);
    const first = await asked(tab, "views/boxes");
    assert.equal(first.length, 1);
    assert.ok(first[0].minWidth > 0 && first[0].from === 0);
    const whole = await drawn(tab);
    assert.ok(whole.leftOut > 1000 && whole.count < 20000, JSON.stringify(whole));
    assert.equal(await tab.evaluate(() => JSON.stringify(window.__tickmark.model).includes("escapeHtml")), false, "the profile is in the page");

    await tab.locator(".scroller").focus();
    for (let i = 0; i < 12; i++) await tab.keyboard.press("ArrowDown");
    await tab.keyboard.press("Enter");
    const path = await crumbs(tab);
    assert.ok(path.length > 8, String(path));
    await sharp(tab);
    const zoomed = await drawn(tab);
    assert.ok(zoomed.from <= zoomed.x0 && zoomed.to >= zoomed.x1 && zoomed.minWidth < whole.minWidth / 4, JSON.stringify({ whole, zoomed }));
    assert.deepEqual(await crumbs(tab), path, "sharper boxes change nothing else");
    assert.equal(await panelName(tab), path.at(-1));

    await tab.keyboard.press("0");
    assert.deepEqual(await crumbs(tab), ["all"]);
    assert.equal((await drawn(tab)).count, whole.count, "the whole is still here");
    assert.deepEqual(await tab.evaluate(() => window.host.mostAtOnce["views/boxes"]), 1);
  });
});

test("a sketch that comes with the profile is shown until boxes as sharp as the screen are here", async () => {
  await withView(url, async (tab) => {
    await tab.evaluate(() => (window.host.held = []));
    await tab.evaluate(() => window.host.open({ runId: "run-2", title: "sketched" }, 300));
    await tab.waitForFunction(() => document.querySelector("h1").textContent === "sketched" && window.__tickmark.app.flame.graph.whole.count > 1);
    const sketch = await drawn(tab);
    assert.ok(sketch.minWidth > sketch.perPx * 3, JSON.stringify(sketch));
    await tab.locator(".scroller").focus();
    for (let i = 0; i < 3; i++) await tab.keyboard.press("ArrowDown");
    const selected = await panelName(tab);
    await tab.waitForFunction(() => window.host.sent.filter((message) => message.method === "views/boxes").length === 2);
    await tab.evaluate(() => window.host.release());
    await sharp(tab);
    const whole = await drawn(tab);
    assert.ok(whole.count > sketch.count && whole.from === 0, JSON.stringify({ sketch, whole }));
    assert.equal(await panelName(tab), selected, "sharper boxes change nothing else");
  });
});

test("time order of many samples paints every row as the stand-alone page does, and merged boxes are places to zoom to", async () => {
  const columns = (tab) =>
    tab.evaluate(() => {
      const { graph } = window.__tickmark.app.flame;
      graph.paintNow();
      const canvas = document.querySelector("canvas.boxes");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const painted = [];
      for (let y = 10; y < canvas.height; y += 22) {
        let n = 0;
        for (let x = 0; x < canvas.width; x++) if (data[(y * canvas.width + x) * 4 + 3] > 0) n++;
        painted.push(n);
      }
      return painted;
    });
  const inTimeOrder = async (tab) => {
    await tab.getByRole("button", { name: "Time order" }).click();
    await tab.waitForFunction(() => document.querySelector(".segment[aria-pressed=true]").textContent === "Time order" && window.__tickmark.app.flame.graph.whole.width > 0);
  };
  let alone;
  const page = path.join(folder, "alone.html");
  await writeFile(page, await samplePage(report));
  await withChromium({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce" }, async (context) => {
    const [tab] = context.pages();
    await tab.goto(pathToFileURL(page).href);
    await inTimeOrder(tab);
    alone = await columns(tab);
  });
  await withView(url, async (tab) => {
    await inTimeOrder(tab);
    await tab.waitForFunction(() => window.__tickmark.app.flame.graph.whole.merged.length > 0 && window.host.sent.at(-1)?.params?.order === "timeOrder");
    await tab.waitForFunction(() => window.host.times.length === window.host.sent.filter((message) => message.type === "request").length);
    const remote = await columns(tab);
    assert.ok(alone.filter((n) => n > 200).length > 10, `rows of the stand-alone page: ${alone}`);
    // The pages leave room for one row more or less. The stand-alone page joins boxes with a pixel between them, an answer those with half of one.
    remote.slice(0, alone.length).forEach((n, row) => assert.ok(n >= alone[row] * 0.6 && n <= alone[row] * 1.1 + 8, `row ${row} paints ${n} columns, the stand-alone page ${alone[row]}`));

    const at = await tab.evaluate(() => {
      const { graph } = window.__tickmark.app.flame;
      const { boxes } = graph;
      let best = -1;
      for (let b = 0; b < boxes.count; b++) if (boxes.merged[b] > 1 && boxes.row[b] < 12 && (best < 0 || boxes.x1[b] - boxes.x0[b] > boxes.x1[best] - boxes.x0[best])) best = b;
      const rect = graph.scroller.getBoundingClientRect();
      const px = graph.scroller.clientWidth / (graph.x1 - graph.x0);
      return { x: rect.left + ((boxes.x0[best] + boxes.x1[best]) / 2 - graph.x0) * px, y: rect.top + boxes.row[best] * 22 + 10, x0: boxes.x0[best], x1: boxes.x1[best], n: boxes.merged[best] };
    });
    await tab.mouse.move(at.x, at.y);
    assert.match(await tab.locator(".tooltip").innerText(), new RegExp(`^${at.n.toLocaleString("en-US")} boxes, narrower than a pixel: zoom in`));
    await tab.mouse.click(at.x, at.y);
    const now = await drawn(tab);
    assert.deepEqual([now.x0, now.x1], [at.x0, at.x1]);
    assert.equal(await tab.evaluate(() => window.__tickmark.app.flame.graph.selected), null);
    await sharp(tab);
    assert.ok((await drawn(tab)).minWidth < (at.x1 - at.x0) / 500);
  });
});

test("slow answers: drawn at once from what is there, one request on the way, the newest wins, and the view says that it waits", async () => {
  await withView(url, async (tab) => {
    await tab.evaluate(() => (window.host.held = []));
    await tab.locator(".scroller").focus();
    const before = await drawn(tab);
    for (let i = 0; i < 12; i++) await tab.keyboard.press("w");
    const now = await drawn(tab);
    assert.ok(now.x1 - now.x0 < (before.x1 - before.x0) / 10 && now.count === before.count, "zoomed without an answer");
    await tab.locator(".waiting:visible").waitFor();
    assert.match(await tab.locator(".waiting").innerText(), /Waiting for the server/);
    for (let i = 0; i < 6; i++) await tab.keyboard.press("w");
    const held = await tab.evaluate(() => window.host.sent.filter((message) => message.type === "request").length);
    assert.equal(held, 2, "one request for the whole, one that is not answered yet");
    await tab.evaluate(() => window.host.release());
    await tab.locator(".waiting").waitFor({ state: "hidden" });
    await tab.locator(".toolbar input[type=search]").fill("walk");
    await tab.waitForFunction(() => /of active time/.test(document.querySelector(".search-status").textContent));
    await sharp(tab);
    const most = await tab.evaluate(() => window.host.mostAtOnce);
    assert.ok(Object.values(most).every((n) => n === 1), JSON.stringify(most));
    const requests = await asked(tab, "views/boxes");
    assert.ok(requests.length <= 6, `${requests.length} requests`);
    assert.equal(requests.at(-1).query, "walk");
  });
});

test("a request that fails is told, keeps what is drawn, and can be tried again", async () => {
  await withView(url, async (tab) => {
    await tab.evaluate(() => ["views/boxes", "views/details"].forEach((method) => window.host.failing.add(method)));
    await tab.getByRole("button", { name: "Time order" }).click();
    const bar = tab.locator(".flame .notice.failed");
    await bar.waitFor();
    assert.match(await bar.innerText(), /views\/boxes failed: the server is not running/);
    assert.ok((await drawn(tab)).count > 1, "the graph went blank");
    await tab.evaluate(() => window.host.failing.clear());
    await bar.getByRole("button", { name: "Try again" }).click();
    await bar.waitFor({ state: "hidden" });
    await tab.waitForFunction(() => window.__tickmark.app.flame.graph.whole.width < 1e12 && document.querySelector(".segment[aria-pressed=true]").textContent === "Time order");

    await tab.evaluate(() => window.host.failing.add("focus"));
    await select(tab, "tokenise");
    await tab.keyboard.press("f");
    const failure = tab.locator("main > .notice.failed");
    await failure.waitFor();
    await tab.evaluate(() => window.host.failing.clear());
    await failure.getByRole("button", { name: "Try again" }).click();
    await tab.locator(".focus-bar").waitFor();
    assert.ok(await failure.isHidden());
  });
});

test("search marks boxes too narrow to be drawn otherwise, and goes from match to match", async () => {
  await withView(url, async (tab) => {
    await tab.keyboard.press("/");
    await tab.keyboard.insertText("^Parser\\.parse$");
    await tab.waitForFunction(() => /^1 function|functions/.test(document.querySelector(".search-status").textContent));
    const narrow = await tab.evaluate(() => {
      const { boxes } = window.__tickmark.app.flame.graph;
      return Array.from(boxes.mark).filter((mark, b) => mark === 1 && boxes.merged[b] > 1).length;
    });
    assert.ok(narrow > 0, "no narrow match");
    await tab.keyboard.press("Enter");
    await tab.waitForFunction(() => document.querySelector(".details h2").textContent === "Parser.parse");
    const first = await tab.evaluate(() => window.__tickmark.app.flame.graph.selected.x0);
    await tab.keyboard.press("Enter");
    assert.notEqual(await tab.evaluate(() => window.__tickmark.app.flame.graph.selected.x0), first);
    await tab.locator(".toolbar input[type=search]").fill("(");
    await tab.waitForFunction(() => document.querySelector(".toolbar input[type=search]").getAttribute("aria-invalid") === "true");
  });
});
