// A view in its editor: sources, cursor, keyboard, focus, comparison, and where the reader was.
import assert from "node:assert/strict";
import { test } from "node:test";
import { withChromium } from "../scripts/chromium.mjs";
import { mockPage } from "../scripts/mock_page.mjs";
import { asked, crumbs, drawn, folder, frameNamed, open, openedSources, panelName, placeOf, report, select, sharp, tell, url, where, withView } from "./remote_page.mjs";

test("the editor's cursor is outlined and told, and the view stays", async () => {
  await withView(url, async (tab) => {
    await tab.locator(".scroller").focus();
    for (let i = 0; i < 4; i++) await tab.keyboard.press("w");
    await sharp(tab);
    const before = await drawn(tab);
    await tell(tab, { type: "tickmark/cursor", frame: await frameNamed(tab, "tokenise") });
    await tab.waitForFunction(() => /^cursor: tokenise — self [\d.<]+%, total [\d.<]+%$/.test(document.querySelector(".cursor-line").textContent));
    const now = await drawn(tab);
    assert.deepEqual([now.x0, now.x1], [before.x0, before.x1]);
    const outlined = await tab.evaluate(() => {
      const { app } = window.__tickmark;
      app.flame.graph.paintNow();
      const canvas = document.querySelector("canvas.marks");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let n = 0;
      for (let i = 3; i < data.length; i += 4) if (data[i] > 0) n++;
      return n;
    });
    assert.ok(outlined > 50, `${outlined} pixels`);
    await tell(tab, { type: "tickmark/cursor", frame: null });
    await tab.locator(".cursor-line").waitFor({ state: "hidden" });
    const highlights = async () => (await asked(tab, "views/boxes")).map(({ highlight }) => highlight).filter((highlight) => highlight !== null);
    assert.deepEqual(await highlights(), [], "boxes that are here were asked for again");
    // Only where all boxes of a function are too narrow to be here.
    const narrow = await tab.evaluate(() => {
      const { boxes } = { boxes: window.__tickmark.app.flame.graph.whole };
      const here = new Set(Array.from(boxes.frame, (frame, b) => (frame < 0 || boxes.merged[b] > 1 ? -1 : boxes.frames[frame].id)));
      const all = window.host.model.boxes({ order: "leftHeavy", hidden: [], measure: "cpu", from: 0, minWidth: 0 });
      return all.frames.find((frame) => !here.has(frame.id) && Array.from(all.frame).some((place) => place >= 0 && all.frames[place].id === frame.id));
    });
    assert.ok(narrow, "every function has a box that is wide enough");
    await tell(tab, { type: "tickmark/cursor", frame: narrow });
    await tab.waitForFunction((id) => window.host.sent.some((message) => message.params?.highlight === id), narrow.id);
    await tell(tab, { type: "tickmark/show", tab: "flamegraph", frame: narrow.id });
    await tab.waitForFunction((id) => window.__tickmark.app.flame.graph.selected?.frame?.id === id, narrow.id);
  });
});

test("a click shows the line and moves nothing, a double click zooms, Ctrl or o goes to the source", async () => {
  await withView(url, async (tab) => {
    const before = await where(tab);
    const { x, y } = await placeOf(tab, "listOrders");
    await tab.mouse.click(x, y);
    await tab.waitForFunction(() => document.querySelectorAll(".details-numbers tbody tr").length === 2);
    assert.equal(await panelName(tab), "listOrders");
    const position = { path: "/home/dev/shop/src/routes/orders.js", line: 8, column: 3 };
    assert.deepEqual(await openedSources(tab), [{ ...position, preserveFocus: true }]);
    assert.deepEqual(await where(tab), before);
    assert.deepEqual(await crumbs(tab), ["all"]);
    assert.ok(await tab.evaluate(() => document.activeElement.classList.contains("scroller")));

    await tab.keyboard.press("o");
    assert.deepEqual((await openedSources(tab)).at(-1), position);
    await tab.keyboard.down("Control");
    await tab.mouse.click(x, y);
    await tab.keyboard.up("Control");
    assert.deepEqual((await openedSources(tab)).slice(2), [position]);
    await tab.keyboard.down("Shift");
    await tab.mouse.click(x, y);
    await tab.keyboard.up("Shift");
    assert.equal((await openedSources(tab)).length, 3, "with Shift it is only selected");
    assert.deepEqual(await where(tab), before);

    await tab.mouse.dblclick(x, y);
    assert.equal((await crumbs(tab)).at(-1), "listOrders");
    await tab.keyboard.press("0");
    assert.deepEqual(await crumbs(tab), ["all"]);
    await tab.locator(".details").getByRole("button", { name: "Zoom" }).click();
    assert.equal((await crumbs(tab)).at(-1), "listOrders");
    // The root shows everything again.
    const root = await tab.locator(".scroller").boundingBox();
    await tab.mouse.click(root.x + 20, root.y + 10);
    assert.deepEqual(await crumbs(tab), ["all"]);

    const asked = (await openedSources(tab)).length;
    const native = await placeOf(tab, "JSON.stringify");
    await tab.mouse.click(native.x, native.y);
    assert.equal(await panelName(tab), "JSON.stringify");
    assert.equal((await openedSources(tab)).length, asked, "native code has no line");
  });
});

test("beside the code on a laptop there is room for the graph, and for what a click tells", async () => {
  await withView(
    url,
    async (tab) => {
      const before = await where(tab);
      // The first row is of everything.
      const rows = Math.floor(before.height / 22) - 1;
      assert.ok(rows >= 12, `${rows} rows of frames`);
      assert.ok(before.top + before.height <= 600 && before.page === 0);
      assert.equal(await tab.evaluate(() => document.documentElement.scrollHeight), 600);
      const { x, y } = await placeOf(tab, "listOrders");
      await tab.mouse.click(x, y);
      await tab.waitForFunction(() => document.querySelectorAll(".details-numbers tbody tr").length === 2);
      await tell(tab, { type: "tickmark/cursor", frame: await frameNamed(tab, "tokenise") });
      await tab.locator(".cursor-line", { hasText: /total/ }).waitFor();
      assert.deepEqual(await where(tab), before, "the panel and the cursor's line have their places");
      for (const part of [".details-name", ".details-place", ".details-actions", ".details-numbers tbody tr:last-child"]) {
        const { y, height } = await tab.locator(part).boundingBox();
        assert.ok(y >= before.top + before.height && y + height <= 600, `${part} is at ${y}, ${height} high`);
      }
      // What there is no room for is one click away.
      assert.ok(await tab.getByRole("button", { name: "Export" }).isHidden());
      await tab.getByRole("button", { name: "More actions" }).click();
      await tab.getByRole("button", { name: "Export" }).click();
      assert.ok(await tab.getByRole("button", { name: "Export" }).isHidden());
      assert.equal(await tab.locator("details.about[open]").count(), 0);
      await tab.locator(".about > summary").click();
      assert.match(await tab.locator(".about-rest").innerText(), /Latency p50[\s\S]*exact line/);
      await tab.waitForFunction(() => JSON.parse(sessionStorage.getItem("mock state"))?.isAboutOpen === true);
      await tab.reload();
      await open(tab);
      await tab.locator("details.about[open]").waitFor();
    },
    { viewport: { width: 545, height: 600 } },
  );
});

test("few stops of the Tab key between the tabs and the graph; arrows move within a group", async () => {
  await withView(url, async (tab) => {
    await tab.getByRole("tab", { name: "Flamegraph" }).focus();
    const stops = [];
    for (;;) {
      await tab.keyboard.press("Tab");
      const stop = await tab.evaluate(() => (document.activeElement.classList.contains("scroller") ? "graph" : document.activeElement.textContent || document.activeElement.type));
      if (stop === "graph") break;
      stops.push(stop);
      assert.ok(stops.length <= 8, String(stops));
    }
    assert.deepEqual(stops.slice(0, 4), ["Show on source lines", "Left heavy", "search", "Category"]);
    const focused = () => tab.evaluate(() => document.activeElement.textContent);
    await tab.getByRole("button", { name: "Left heavy" }).focus();
    await tab.keyboard.press("ArrowRight");
    assert.equal(await focused(), "Time order");
    // Callers and callees need a function: they are passed over.
    await tab.keyboard.press("ArrowRight");
    assert.equal(await focused(), "Left heavy");
    await tab.keyboard.press("End");
    await tab.keyboard.press("Enter");
    await tab.waitForFunction(() => window.__tickmark.app.flame.settings.order === "timeOrder");
    assert.equal(await focused(), "Time order");
    await tab.locator('[data-category="app"]').focus();
    await tab.keyboard.press("ArrowRight");
    await tab.keyboard.press("Space");
    await tab.waitForFunction(() => document.querySelector('[data-category="dependency"]').getAttribute("aria-pressed") === "false");
    assert.match(await focused(), /^dependency/);
    assert.equal(await tab.locator(".chip[tabindex='0']").count(), 1);
  });
});

test("another order shows everything, or the place of the stack that was zoomed to", async () => {
  await withView(url, async (tab) => {
    const order = async (name) => {
      await tab.getByRole("button", { name }).click();
      await tab.waitForFunction((name) => document.querySelector(".segment[aria-pressed=true]").textContent === name && window.host.times.length === window.host.sent.filter((message) => message.type === "request").length, name);
    };
    const share = async () => {
      const { x0, x1 } = await drawn(tab);
      return (x1 - x0) / (await tab.evaluate(() => window.__tickmark.app.flame.graph.whole.width));
    };
    const { x, y } = await placeOf(tab, "tokenise");
    await tab.mouse.dblclick(x, y);
    assert.ok((await share()) < 0.9);
    await tab.keyboard.press("0");
    await order("Time order");
    assert.equal(await share(), 1, "an earlier click decides");
    await order("Left heavy");
    assert.equal(await share(), 1);
    await tab.mouse.dblclick(x, y);
    await order("Time order");
    await tab.waitForFunction(() => document.querySelector(".details h2").textContent === "tokenise");
    const seen = await tab.evaluate(() => {
      const { graph } = window.__tickmark.app.flame;
      return graph.selected.x1 > graph.x0 && graph.selected.x0 < graph.x1;
    });
    assert.ok(seen, "the stack is out of view");
    await order("Left heavy");
    await tab.evaluate(() => window.__tickmark.app.flame.graph.select(null));
    await tab.locator(".scroller").focus();
    for (let i = 0; i < 4; i++) await tab.keyboard.press("w");
    await order("Time order");
    assert.equal(await share(), 1);
  });
});

test("the keyboard is taken only where it is already, or where the reader asked for the view", async () => {
  await withView(url, async (tab) => {
    const isInGraph = () => tab.evaluate(() => document.activeElement.classList.contains("scroller"));
    const opened = async (title, message) => {
      await tab.evaluate(([title, message]) => {
        document.activeElement.blur();
        window.host.open({ runId: title, title }, null, message);
      }, [title, message]);
      await tab.waitForFunction((title) => document.querySelector("h1").textContent === title && window.__tickmark.app.flame.graph.whole.count > 1, title);
    };
    assert.ok(await isInGraph());
    await tab.evaluate(() => (document.hasFocus = () => false));
    await opened("quiet", {});
    assert.equal(await isInGraph(), false);
    await tab.evaluate(() => window.dispatchEvent(new Event("focus")));
    assert.ok(await isInGraph(), "the keyboard came to the page");
    await opened("asked", { takesFocus: true });
    assert.ok(await isInGraph());
  });
});

test("a view whose lines show a newer run says so, and leads there", async () => {
  await withView(url, async (tab) => {
    assert.ok(await tab.locator(".stale").isHidden());
    await tell(tab, { type: "tickmark/shown", newer: { runId: "run-9", title: "GET /orders \u00b7 14:02" } });
    const bar = tab.locator(".stale");
    await bar.waitFor();
    assert.match(await bar.innerText(), /The source lines show a newer run: GET \/orders · 14:02\./);
    await bar.getByRole("button", { name: "Show it" }).click();
    assert.deepEqual(await tab.evaluate(() => window.host.sent.at(-1)), { type: "command", command: "openShown" });
    await tell(tab, { type: "tickmark/shown", newer: null });
    await bar.waitFor({ state: "hidden" });
  });
});

test("percentages of one function: asked for, told, and taken back", async () => {
  await withView(url, async (tab) => {
    await select(tab, "listOrders");
    await tab.getByRole("button", { name: "Show percentages of this function" }).click();
    const bar = tab.locator(".focus-bar");
    await bar.waitFor();
    assert.match(await bar.innerText(), /stacks through listOrders\(\) \(12\.5% of active time\)/);
    await bar.getByRole("button", { name: "Show everything" }).click();
    await bar.waitFor({ state: "hidden" });
    const frame = await frameNamed(tab, "listOrders");
    assert.deepEqual(await asked(tab, "focus"), [{ frame: frame.id }, { frame: null }]);
    // The editor may say it too, e.g. when the command palette clears it.
    await tell(tab, { type: "tickmark/focus", focus: { frame, label: "listOrders()", sharePercent: 48 } });
    await bar.waitFor();
    await tell(tab, { type: "tickmark/focus", focus: null });
    await bar.waitFor({ state: "hidden" });
  });
});

test("what the editor does with the profile", async () => {
  await withView(url, async (tab) => {
    await tab.getByRole("button", { name: "Compare" }).click();
    await tab.getByRole("button", { name: "Export" }).click();
    assert.deepEqual(await tab.evaluate(() => window.host.sent.filter((message) => message.type === "command").map((message) => message.command)), ["compare", "export"]);
    await tab.evaluate(() => window.host.failing.add("views/apply"));
    await tab.getByRole("button", { name: "Show on source lines" }).click();
    const failure = tab.locator("main > .notice.failed");
    await failure.waitFor();
    await tab.evaluate(() => window.host.failing.clear());
    await failure.getByRole("button", { name: "Try again" }).click();
    await tab.getByText("The source lines show this profile now.").waitFor();
    await select(tab, "tokenise");
    await tab.getByRole("button", { name: "Open in editor" }).click();
    assert.deepEqual(await tab.evaluate(() => window.host.sent.at(-1)), { type: "openSource", path: "/home/dev/shop/src/routes/products.js", line: 77, column: 24 });
  });
});

test("before the profile is opened the page says that it waits", async () => {
  await withChromium({ viewport: { width: 800, height: 600 } }, async (context) => {
    const tab = context.pages()[0];
    await tab.goto(url);
    await tab.getByText("Waiting for the server").waitFor();
    assert.deepEqual(await tab.evaluate(() => window.host.sent), [{ type: "ready" }]);
    await open(tab);
    assert.equal(await tab.getByText("Waiting for the server").count(), 0);
  });
});

test("callers above and callees below one function, and the way back", async () => {
  await withView(url, async (tab) => {
    await select(tab, "sumTotals");
    await tab.keyboard.press("s");
    await tab.waitForFunction(() => window.__tickmark.app.flame.graph.whole.pivotRow > 0);
    assert.match(await tab.locator(".both-ways").innerText(), /Callers above and callees below sumTotals/);
    const rows = await tab.evaluate(() => {
      const { boxes } = window.__tickmark.app.flame.graph;
      const names = (row) => Array.from({ length: boxes.rowStart[row + 1] - boxes.rowStart[row] }, (_, k) => boxes.frames[boxes.frame[boxes.rowStart[row] + k]].name);
      return [names(boxes.pivotRow - 1), names(boxes.pivotRow), names(boxes.pivotRow + 1)];
    });
    assert.ok(rows[0].includes("listOrders") && rows[2].includes("PriceBook.lookup"), JSON.stringify(rows));
    assert.deepEqual(rows[1], ["sumTotals"]);
    assert.equal(await panelName(tab), "sumTotals");
    // Callers grow upwards: the key up goes to the caller, the key down back.
    await tab.keyboard.press("ArrowUp");
    assert.equal(await panelName(tab), "listOrders");
    assert.match(await tab.locator("[aria-live]").innerText(), /through it .*level 1, 1 of \d+ callers/);
    await tab.keyboard.press("ArrowDown");
    await tab.keyboard.press("ArrowDown");
    assert.equal(await panelName(tab), "PriceBook.lookup");
    await tab.locator(".both-ways").getByRole("button").click();
    await tab.waitForFunction(() => window.__tickmark.app.flame.graph.whole.pivotRow === 0);
    assert.equal(await tab.locator(".segment[aria-pressed=true]").first().innerText(), "Left heavy");
    // From there a caller in the panel leads to its own callers and callees.
    await select(tab, "sumTotals");
    await tab.locator(".details-lines .link", { hasText: "listOrders" }).click();
    await tab.waitForFunction(() => /below listOrders/.test(document.querySelector(".both-ways").textContent));
  });
});

test("a difference: coloured by change, with before and after in the tooltip and the panel", async () => {
  const at = await mockPage(folder, report, { name: "compared", isCompared: true });
  await withView(at, async (tab) => {
    assert.match(await tab.locator(".compared").innerText(), /Compared with GET \/orders, an hour before/);
    assert.equal(await tab.getByRole("button", { name: "Change" }).getAttribute("aria-pressed"), "true");
    assert.match(await tab.locator(".change-keys").innerText(), /less, −[\d.]+ points[\s\S]*\+[\d.]+ points, more/);
    const seen = await tab.evaluate(() => {
      const { graph } = window.__tickmark.app.flame;
      graph.paintNow();
      const { boxes } = graph;
      return [0, 1, 2].map((kind) => {
        const box = Array.from({ length: boxes.count }, (_, b) => b).find((b) => b > 0 && boxes.frames[boxes.frame[b]].id % 3 === kind && boxes.total[b] > boxes.width / 20);
        const px = graph.scroller.clientWidth / boxes.width;
        const [r, g, b] = document.querySelector("canvas.boxes").getContext("2d").getImageData((boxes.x1[box] * px) - 6, boxes.row[box] * 22 + 3, 1, 1).data;
        return { less: b - r, name: boxes.frames[boxes.frame[box]].name, before: boxes.before[box] / boxes.total[box] };
      });
    });
    // Same is grey, more since before is orange, less is blue.
    assert.ok(Math.abs(seen[0].less) < 20 && seen[1].less < -15 && seen[2].less > 15, JSON.stringify(seen));
    await select(tab, seen[1].name);
    await tab.waitForFunction(() => document.querySelectorAll(".details-numbers tbody tr").length === 2);
    assert.match(await tab.locator(".details-numbers").innerText(), /[\d.]+% → [\d.]+%[\s\S]*\+[\d.]+ points[\s\S]*ms → /);
    const box = await tab.evaluate(() => {
      const { graph } = window.__tickmark.app.flame;
      const rect = graph.scroller.getBoundingClientRect();
      const { selected } = graph;
      return { x: rect.left + ((selected.x0 + selected.x1) / 2 / graph.whole.width) * rect.width, y: rect.top + selected.row * 22 + 8 - graph.scroller.scrollTop };
    });
    await tab.mouse.move(box.x, box.y);
    assert.match(await tab.locator(".tooltip").innerText(), /Before[\s\S]*Change[\s\S]*\+[\d.]+ points/);
    await tab.getByRole("button", { name: "Category" }).click();
    assert.equal(await tab.locator(".change-keys").count(), 0);
  });
});

test("allocations: a switch beside CPU time, and alone without it", async () => {
  const both = await mockPage(folder, report, { name: "both", allocations: "too" });
  await withView(both, async (tab) => {
    await tab.getByRole("button", { name: "Allocations" }).click();
    await tab.waitForFunction(() => window.__tickmark.app.flame.graph.measure === "allocated");
    await select(tab, "listOrders");
    assert.match(await tab.locator(".details-numbers").innerText(), /[\d.]+ MB/);
    assert.ok(await tab.getByRole("button", { name: "Time order" }).isDisabled());
    await tab.getByRole("button", { name: "CPU time" }).click();
    await tab.waitForFunction(() => window.__tickmark.app.flame.graph.measure === "cpu");
  });
  const only = await mockPage(folder, report, { name: "only", allocations: "only" });
  await withView(only, async (tab) => {
    assert.equal(await tab.getByRole("button", { name: "Allocations" }).count(), 0);
    const requests = await asked(tab, "views/boxes");
    assert.ok(requests.every((request) => request.measure === "allocated"));
    assert.match(await tab.locator(".key-figures").innerText(), /Allocated/);
    assert.match(await tab.locator('[data-category="app"]').innerText(), /[\d.]+%/);
  });
});

test("tabs follow the pattern, and the way from the graph to the table and back", async () => {
  await withView(url, async (tab) => {
    const chosen = () => tab.locator('[role="tab"][aria-selected="true"]').innerText();
    await tab.getByRole("tab", { name: "Flamegraph" }).focus();
    await tab.keyboard.press("ArrowRight");
    assert.equal(await chosen(), "Bottom-up");
    assert.ok(await tab.evaluate(() => document.activeElement.id === "tab-bottomUp" && document.activeElement.tabIndex === 0));
    await tab.keyboard.press("End");
    assert.equal(await chosen(), "Lines");
    await tab.keyboard.press("ArrowRight");
    assert.equal(await chosen(), "Flamegraph");
    assert.equal(await tab.locator('[role="tabpanel"]:visible').getAttribute("aria-labelledby"), "tab-flamegraph");
    await select(tab, "listOrders");
    assert.match(await tab.locator("[aria-live]").innerText(), /^listOrders, src\/routes\/orders\.js:8:3, self .*%, total .*%.*level \d+, \d+ of \d+ siblings, \d+ callees drawn$/);
    await tab.getByRole("button", { name: "Show as table" }).click();
    assert.equal(await chosen(), "Top-down");
    await tab.waitForFunction(() => document.querySelector(".tree-row.active")?.textContent.includes("listOrders"));
    await tell(tab, { type: "tickmark/show", tab: "flamegraph", frame: (await frameNamed(tab, "tokenise")).id });
    await tab.waitForFunction(() => document.querySelector(".details h2").textContent === "tokenise");
    assert.equal(await chosen(), "Flamegraph");
    assert.match(await tab.locator(".picked").innerText(), /Highlighted in all stacks: tokenise/);
  });
});

test("state: where the reader was is kept when hidden, and when the server was started again", async () => {
  await withView(url, async (tab) => {
    await tab.locator('[data-category="native"]').click();
    // What is selected before the boxes without native code are here is lost with the ones before.
    await tab.waitForFunction(() => window.__tickmark.app.flame.settings.hidden.has("native") && window.__tickmark.app.flame.source.isHere);
    await select(tab, "searchProducts");
    await tab.keyboard.press("Enter");
    await tab.keyboard.press("c");
    await tab.keyboard.press("/");
    await tab.keyboard.insertText("tokenise");
    await tab.waitForFunction(() => /of active time/.test(document.querySelector(".search-status").textContent));
    const now = () =>
      tab.evaluate(() => {
        const { flame, tabs } = window.__tickmark.app;
        const round = (edge) => Math.round((edge / flame.graph.whole.width) * 1e6);
        const { graph } = flame;
        return { tab: tabs.selected, order: flame.settings.order, hidden: [...flame.settings.hidden], color: flame.settings.colorBy, query: flame.settings.query, view: [round(graph.target()[0]), round(graph.target()[1])], crumbs: window.__tickmark.breadcrumbs(), selected: graph.selected?.frame?.name };
      });
    // What is selected is a box again when the zoomed ones have come.
    await tab.waitForFunction(() => window.__tickmark.app.flame.graph.selected?.frame?.name === "searchProducts");
    const was = await now();
    assert.deepEqual(was.hidden, ["native"]);
    const settled = (wanted) => tab.waitForFunction((wanted) => JSON.stringify(window.__tickmark?.app.flame.state().selected) === wanted && window.__tickmark.app.flame.graph.whole.count > 1, wanted);
    const kept = await tab.evaluate(() => JSON.stringify(window.__tickmark.app.flame.state().selected));

    // The server was started again: another model of the same run.
    await open(tab);
    await settled(kept);
    assert.deepEqual(await now(), was);

    // The page was thrown away and made again.
    await tab.waitForFunction(() => JSON.parse(sessionStorage.getItem("mock state"))?.flame.query === "tokenise");
    await tab.reload();
    await open(tab);
    await settled(kept);
    assert.deepEqual(await now(), was);

    // Callers and callees, and a table.
    await tab.locator(".scroller").focus();
    await tab.keyboard.press("s");
    await tab.waitForFunction(() => window.__tickmark.app.flame.graph.whole.pivotRow > 0);
    await tab.getByRole("tab", { name: "Bottom-up" }).click();
    await tab.waitForFunction(() => JSON.parse(sessionStorage.getItem("mock state")).tab === "bottomUp");
    await tab.reload();
    await open(tab);
    await tab.waitForFunction(() => window.__tickmark.app.flame.graph.whole.pivotRow > 0);
    assert.equal((await now()).tab, "bottomUp");
    assert.match(await tab.locator(".both-ways").textContent(), /below searchProducts/);

    // Another profile begins from the start.
    await tab.evaluate(() => window.host.open({ runId: "run-2" }));
    await tab.waitForFunction(() => window.__tickmark.app.flame.settings.order === "leftHeavy");
    assert.deepEqual((await now()).hidden, []);
  });
});

test("answers of the model that was are dropped when another is opened", async () => {
  await withView(url, async (tab) => {
    await tab.evaluate(() => (window.host.held = []));
    await tab.getByRole("button", { name: "Time order" }).click();
    await tab.evaluate(() => window.host.open({ runId: "run-3", title: "another" }));
    await tab.waitForFunction(() => document.querySelector("h1").textContent === "another" && window.host.held.length === 2);
    await tab.evaluate(() => window.host.release());
    await tab.waitForFunction(() => window.__tickmark.app.flame.graph.whole.count > 1);
    assert.equal(await tab.evaluate(() => window.__tickmark.app.flame.settings.order), "leftHeavy");
    assert.equal(await tab.locator(".notice.failed:visible").count(), 0);
  });
});
