// The tables in headless Chromium, below the policy of an editor's webview: a model of 100,000 made-up rows.
import { build } from "esbuild";
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "../scripts/build.mjs";
import { withChromium } from "../scripts/chromium.mjs";

/** A folder for pictures of the tables, to look at; none are taken without it. */
const PICTURES = process.env.TICKMARK_TABLE_PICTURES;

let folder;
let script;
let style;

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "tickmark-tables-"));
  const shared = { absWorkingDir: root, bundle: true, write: false, logLevel: "warning" };
    const [js, rules] = await Promise.all([
    build({ ...shared, entryPoints: ["test/table_page.ts"], format: "iife", target: "es2022", charset: "ascii" }),
    build({ ...shared, entryPoints: ["src/report.css"] }),
  ]);
  script = js.outputFiles[0].text;
  style = rules.outputFiles[0].text;
});
after(() => rm(folder, { recursive: true, force: true }));

/** Opens a page with a table, runs `use(tab)`, and fails on any error or policy violation the page reported. */
async function withTable({ config = {}, theme = "light", contrast = false, show = true, ...options }, use) {
  const file = path.join(folder, `${Math.random().toString(36).slice(2)}.html`);
  const nonce = "c2VjcmV0";
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'`;
  await writeFile(
    file,
    `<!doctype html><html lang="en" data-theme="${theme}"${contrast ? ' data-contrast="high"' : ""}><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">
<style nonce="${nonce}">${style}</style></head>
<body data-config='${JSON.stringify(config)}'><div id="tickmark"></div><script nonce="${nonce}">${script.replaceAll("</script", "<\\/script")}</script></body></html>`,
  );
  await withChromium({ viewport: { width: 1100, height: 600 }, reducedMotion: "reduce", ...options }, async (context) => {
    const tab = context.pages()[0];
    const problems = [];
    tab.on("pageerror", (error) => problems.push(String(error)));
    tab.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    await tab.goto(pathToFileURL(file).href);
    if (show) {
      await tab.evaluate(() => view.show("bottomUp"));
      await tab.waitForFunction(() => document.querySelector('.tree-row[aria-rowindex="2"]:not(.waiting)'));
    }
    await use(tab);
    assert.deepEqual(problems, []);
  });
}

const grid = (tab) => tab.locator(".tree-table");
const field = (tab) => tab.getByRole("searchbox", { name: "Filter" });
const requests = (tab) => tab.evaluate(() => fake.requests.splice(0));
const actions = (tab) => tab.evaluate(() => fake.actions.splice(0));
/** The row at a place counted over all rows shown. */
const row = (tab, position) => tab.locator(`.tree-row[aria-rowindex="${position + 2}"]`);
const nameAt = (tab, position) => row(tab, position).locator(".tree-text").innerText();
/** The focused row's place, level and name. */
const focused = (tab) =>
  tab.evaluate(() => {
    const row = document.activeElement?.closest(".tree-row");
    return row && [Number(row.getAttribute("aria-rowindex")) - 2, Number(row.getAttribute("aria-level")), row.querySelector(".tree-text")?.textContent ?? ""];
  });
const until = (tab, condition, argument) => tab.waitForFunction(condition, argument);
const focusIs = (tab, place) =>
  until(tab, ([place, level, name]) => {
    const row = document.activeElement?.closest(".tree-row:not(.waiting)");
    return row?.getAttribute("aria-rowindex") === String(place + 2) && row.getAttribute("aria-level") === String(level) && row.querySelector(".tree-text")?.textContent === name;
  }, place);
async function press(tab, ...keys) {
  for (const key of keys) await tab.keyboard.press(key);
}

test("only visible rows are elements, and only their pages are asked for", async () => {
  await withTable({}, async (tab) => {
    assert.deepEqual((await requests(tab)).map(({ offset, limit }) => [offset, limit]), [[0, 200]]);
    assert.ok((await tab.locator(".tree-row").count()) < 60);
    assert.equal(await grid(tab).getAttribute("aria-rowcount"), "100001");
    assert.equal(await tab.locator(".filter-count").innerText(), "100,000 functions");

    await grid(tab).evaluate((element) => (element.scrollTop = 26 * 50000));
    await until(tab, () => document.querySelector('.tree-row[aria-rowindex="50005"] .tree-text')?.textContent === "handle50003");
    const asked = await requests(tab);
    assert.ok(asked.length <= 2 && asked.every(({ offset, limit }) => Math.abs(offset - 50000) <= 200 && limit <= 200), JSON.stringify(asked));
    assert.ok((await tab.locator(".tree-row").count()) < 60);

    // The last row, and none behind it.
    await grid(tab).evaluate((element) => (element.scrollTop = element.scrollHeight));
    await until(tab, () => document.querySelector('.tree-row[aria-rowindex="100001"] .tree-text')?.textContent === "handle99999");
  });
});

test("rows that fly past are not asked for", async () => {
  await withTable({}, async (tab) => {
    await requests(tab);
    const elapsedMs = await tab.evaluate(async () => {
      const element = document.querySelector(".tree-table");
      const began = performance.now();
      // Each place lies on pages of its own.
      for (let i = 1; i <= 120; i++) {
        element.scrollTop = (i / 120) * element.scrollHeight;
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
      return performance.now() - began;
    });
    await until(tab, () => document.querySelector('.tree-row[aria-rowindex="100001"]:not(.waiting)'));
    // Every 60 ms at most, for the two pages that may be in sight; the last ones are asked for afterwards.
    const asked = await requests(tab);
    assert.ok(asked.length <= 2 * (elapsedMs / 60 + 3), `${asked.length} requests in ${elapsedMs} ms`);
    assert.ok((await tab.locator(".tree-row").count()) < 60);
  });
});

test("slow answers: placeholders first; what comes late or for another order is dropped", async () => {
  await withTable({}, async (tab) => {
    await requests(tab);
    await tab.evaluate(() => (fake.hold = true));
    await grid(tab).evaluate((element) => (element.scrollTop = 26 * 20000));
    await until(tab, () => fake.held.length > 0);
    assert.equal(await row(tab, 20004).locator(".tree-pending").innerText(), "\u2026");
    await grid(tab).evaluate((element) => (element.scrollTop = 26 * 70000));
    await until(tab, () => fake.held.some(({ request }) => request.offset >= 69800));
    assert.ok((await tab.evaluate(() => fake.aborted)) > 0, "pages out of sight are given up");
    // The newer one first, then the older one.
    await tab.evaluate(() => fake.held.splice(0).reverse().forEach((held) => held.answer()));
    await until(tab, () => document.querySelector('.tree-row[aria-rowindex="70006"] .tree-text')?.textContent === "handle70004");

    // Two orders are asked for; the first one's answer comes last and changes nothing.
    await tab.getByRole("columnheader", { name: "Samples" }).getByRole("button").click();
    await tab.getByRole("columnheader", { name: "Samples" }).getByRole("button").click();
    await until(tab, () => fake.held.length === 2);
    assert.deepEqual(await tab.evaluate(() => fake.held.map(({ request }) => [request.sort, request.ascending])), [["samples", false], ["samples", true]]);
    assert.equal(await grid(tab).getAttribute("aria-busy"), "true");
    await tab.evaluate(() => fake.held[1].answer());
    await until(tab, () => document.querySelector('.tree-row[aria-rowindex="2"] .tree-text')?.textContent === "handle99999");
    await tab.evaluate(() => fake.held[0].answer());
    await tab.evaluate(() => new Promise((resolve) => setTimeout(() => requestAnimationFrame(resolve))));
    assert.equal(await nameAt(tab, 0), "handle99999");
    assert.equal(await grid(tab).getAttribute("aria-busy"), "false");
  });
});

test("failing answers are shown, and tried again", async () => {
  await withTable({ show: false }, async (tab) => {
    await tab.evaluate(() => {
      fake.failing = "the server has stopped";
      view.show("bottomUp");
    });
    const notice = tab.locator(".table-notice");
    await notice.waitFor();
    assert.match(await notice.innerText(), /Rows could not be loaded: the server has stopped/);
    await tab.evaluate(() => (fake.failing = ""));
    await tab.getByRole("button", { name: "Try again" }).click();
    await row(tab, 0).locator(".tree-text").waitFor();
    assert.ok(await notice.isHidden());

    // A page in the middle.
    await tab.evaluate(() => (fake.failing = "too slow"));
    await grid(tab).evaluate((element) => (element.scrollTop = 26 * 30000));
    await notice.waitFor();
    assert.equal(await row(tab, 30004).locator(".tree-pending").innerText(), "not loaded");
    const before = (await requests(tab)).length;
    assert.ok(before < 6, "a page that failed is not asked for again by itself");
    await tab.evaluate(() => (fake.failing = ""));
    await tab.getByRole("button", { name: "Try again" }).click();
    await until(tab, () => document.querySelector('.tree-row[aria-rowindex="30006"] .tree-text')?.textContent === "handle30004");

    // A new order that fails leaves the old rows.
    await tab.evaluate(() => (fake.failing = "gone"));
    await tab.getByRole("columnheader", { name: "Function" }).getByRole("button").click();
    await notice.waitFor();
    assert.equal(await nameAt(tab, 30004), "handle30004");
  });
});

test("the keyboard, as in ARIA's treegrid pattern", async () => {
  await withTable({}, async (tab) => {
    await field(tab).focus();
    await press(tab, "ArrowDown");
    await focusIs(tab, [0, 1, "handle0"]);
    await press(tab, "ArrowDown", "ArrowDown", "ArrowUp");
    await focusIs(tab, [1, 1, "handle1"]);
    assert.equal(await row(tab, 1).getAttribute("aria-expanded"), "false");
    await press(tab, "ArrowRight");
    await until(tab, () => document.querySelector('.tree-row[aria-rowindex="4"][aria-level="2"]:not(.waiting)'));
    assert.equal(await row(tab, 1).getAttribute("aria-expanded"), "true");
    assert.deepEqual((await requests(tab)).at(-1).path, [1]);
    await press(tab, "ArrowRight");
    await focusIs(tab, [2, 2, "handle2"]);
    const child = row(tab, 2);
    assert.deepEqual(await Promise.all(["aria-level", "aria-setsize", "aria-posinset", "aria-expanded"].map((name) => child.getAttribute(name))), ["2", "1", "1", "false"]);
    assert.equal(await grid(tab).getAttribute("aria-rowcount"), "100002");
    await press(tab, "ArrowRight");
    await until(tab, () => document.querySelector('.tree-row[aria-rowindex="5"][aria-level="3"]:not(.waiting)'));
    assert.deepEqual((await requests(tab)).at(-1).path, [1, 2]);
    await press(tab, "ArrowLeft", "ArrowLeft");
    await focusIs(tab, [1, 1, "handle1"]);
    await press(tab, "ArrowLeft");
    assert.equal(await grid(tab).getAttribute("aria-rowcount"), "100001");

    await press(tab, "End");
    await focusIs(tab, [99999, 1, "handle99999"]);
    await press(tab, "PageUp");
    const [place] = await focused(tab);
    assert.ok(place < 99990 && place > 99960, `${place}`);
    await press(tab, "PageDown", "Home");
    await focusIs(tab, [0, 1, "handle0"]);

    await press(tab, "Enter", "g", "f", "/");
    const position = { path: "/home/dev/shop/src/routes/orders.js", line: 1, column: 3 };
    assert.deepEqual(await actions(tab), [["open", position], ["graph", 0], ["focus", 0]]);
    assert.ok(await field(tab).evaluate((element) => element === document.activeElement));

    // One tab stop for the headings, one for the rows.
    await press(tab, "Tab", "Tab");
    assert.equal(await tab.evaluate(() => document.activeElement.dataset.column), "name");
    await press(tab, "ArrowRight", "Enter");
    await until(tab, () => document.querySelector('[aria-sort="descending"] [data-column="selfMs"]'));
    assert.equal(await tab.evaluate(() => document.activeElement.dataset.column), "selfMs");
    await press(tab, "Tab");
    await focusIs(tab, [0, 1, "handle0"]);
  });
});

test("the focused row stays focused when it is scrolled out of sight", async () => {
  await withTable({}, async (tab) => {
    await row(tab, 3).focus();
    await grid(tab).evaluate((element) => (element.scrollTop = 26 * 40000));
    await until(tab, () => document.querySelector('.tree-row[aria-rowindex="40005"] .tree-text'));
    assert.equal((await focused(tab))[0], 3);
    await press(tab, "ArrowDown");
    await focusIs(tab, [4, 1, "handle4"]);
    assert.ok((await grid(tab).evaluate((element) => element.scrollTop)) < 26 * 5);
  });
});

test("roles and names for a screen reader", async () => {
  await withTable({ config: { rows: 3 } }, async (tab) => {
    const snapshot = await tab.locator(".table-view").ariaSnapshot();
    for (const line of [/treegrid "Functions by self time, with their callers"/, /columnheader "Self %"/, /gridcell "13\.0%"/, /gridcell "src\/routes\/orders\.js:1"/, /searchbox "Filter"/]) {
      assert.match(snapshot, line);
    }
    assert.equal(await tab.getByRole("row").count(), 4);
    assert.equal(await tab.getByRole("columnheader").count(), 7);
    const cells = row(tab, 0).getByRole("gridcell");
    assert.equal(await cells.count(), 7);
    assert.deepEqual(await cells.evaluateAll((all) => all.map((cell) => cell.getAttribute("aria-colindex"))), ["1", "2", "3", "4", "5", "6", "7"]);
    assert.equal(await row(tab, 0).getAttribute("aria-expanded"), null, "no rows below");
  });
});

test("headings sort, and say so", async () => {
  await withTable({}, async (tab) => {
    const heading = (name) => tab.getByRole("columnheader", { name, exact: true });
    const sorted = () => tab.locator('[role="columnheader"]:not([aria-sort="none"])').evaluateAll((all) => all.map((th) => `${th.textContent} ${th.getAttribute("aria-sort")}`));
    assert.deepEqual(await sorted(), ["Self % descending"]);
    await requests(tab);
    const click = async (name, expected) => {
      await heading(name).getByRole("button").click();
      await until(tab, ([name, sort]) => document.querySelector(`[aria-sort="${sort}"]`)?.textContent === name, [name, expected]);
    };
    await click("Function", "ascending");
    await click("Function", "descending");
    await click("Total ms", "descending");
    await click("Source", "ascending");
    assert.deepEqual((await requests(tab)).map(({ sort, ascending, offset }) => [sort, ascending, offset]), [["name", true, 0], ["name", false, 0], ["totalUs", false, 0], ["place", true, 0]]);
  });
});

test("rows expand and stay expanded when the order changes", async () => {
  await withTable({}, async (tab) => {
    await row(tab, 2).locator(".tree-twistie").click();
    await until(tab, () => document.querySelectorAll('.tree-row[aria-level="2"]:not(.waiting)').length === 2);
    assert.deepEqual([await nameAt(tab, 3), await nameAt(tab, 4), await nameAt(tab, 5)], ["handle3", "handle4", "handle3"]);
    await tab.getByRole("columnheader", { name: "Total ms" }).getByRole("button").click();
    await until(tab, () => document.querySelector('[aria-sort="descending"]')?.textContent === "Total ms" && document.querySelectorAll('.tree-row[aria-level="2"]:not(.waiting)').length === 2);
    await row(tab, 2).locator(".tree-twistie").click();
    assert.equal(await tab.locator('.tree-row[aria-level="2"]').count(), 0);
  });
});

test("the filter: typing, mistakes, help, nothing found", async () => {
  await withTable({}, async (tab) => {
    await requests(tab);
    await field(tab).evaluate((input) => {
      for (const typed of ["s", "sel", "self>", "self>2%"]) {
        input.value = typed;
        input.dispatchEvent(new Event("input", { bubbles: true }));
      }
    });
    await until(tab, () => document.querySelector(".filter-count").textContent === "37 of 100,000 functions");
    assert.deepEqual((await requests(tab)).map(({ filter }) => filter), ["self>2%"], "asked once, when the typing stops");

    await field(tab).fill("file:a self>x");
    const error = tab.locator(".filter-error");
    await error.waitFor();
    assert.match(await error.innerText(), /x is no number that self can have/);
    assert.equal(await error.locator("mark").innerText(), "x");
    assert.equal(await field(tab).getAttribute("aria-invalid"), "true");
    assert.equal(await grid(tab).getAttribute("aria-rowcount"), "100001", "all rows, as the server answers them");
    assert.equal(await tab.locator(".filter-count").innerText(), "100,000 functions");
    assert.match(await error.innerText(), /Until then everything is shown/);
    // Sorting meanwhile changes nothing about the mistake.
    await tab.getByRole("columnheader", { name: "Samples" }).getByRole("button").click();
    await until(tab, () => document.querySelector('[aria-sort="descending"]')?.textContent === "Samples" && document.querySelector('.tree-table[aria-busy="false"]'));
    assert.ok(await error.isVisible());

    await field(tab).fill("nothing");
    const clear = tab.getByRole("button", { name: "Clear the filter" });
    await clear.waitFor();
    assert.ok(await error.isHidden());
    await clear.click();
    await until(tab, () => document.querySelector(".filter-count").textContent === "100,000 functions");

    await tab.getByRole("button", { name: "How to filter" }).click();
    const help = tab.getByRole("dialog", { name: "How to filter" });
    assert.doesNotMatch(await help.innerText(), /selfBytes|change>/, "only what there are figures for");
    await press(tab, "Escape");
    assert.ok(await help.isHidden());
    await tab.getByRole("button", { name: "How to filter" }).click();
    await help.getByRole("button", { name: "file:routes/", exact: true }).click();
    assert.equal(await field(tab).inputValue(), "file:routes/");
    await until(tab, () => document.querySelector(".filter-count").textContent.startsWith("37 of"));
    await press(tab, "Escape");
    assert.equal(await field(tab).inputValue(), "");
  });
});

test("state is kept and restored: kind, filter, order, expanded rows, place", async () => {
  let state;
  await withTable({}, async (tab) => {
    await tab.getByRole("columnheader", { name: "Total ms" }).getByRole("button").click();
    await until(tab, () => document.querySelector('[aria-sort="descending"]').textContent === "Total ms");
    await grid(tab).evaluate((element) => (element.scrollTop = 26 * 60000));
    await until(tab, () => document.querySelector('.tree-row[aria-rowindex="60007"] .tree-text'));
    await row(tab, 60004).focus();
    await until(tab, () => document.querySelector(".tree-row.active:not(.waiting)")?.getAttribute("aria-rowindex") === "60006");
    await row(tab, 60005).locator(".tree-twistie").click();
    await until(tab, () => document.querySelectorAll('.tree-row[aria-level="2"]:not(.waiting)').length === 2);
    state = await tab.evaluate(() => view.state());
    assert.ok(JSON.stringify(state).length < 1000);
  });
  await withTable({ show: false }, async (tab) => {
    await tab.evaluate((state) => view.restore(state), state);
    await until(tab, () => document.querySelectorAll('.tree-row[aria-level="2"]:not(.waiting)').length === 2);
    assert.equal(await tab.locator(".tree-row.active .tree-text").innerText(), "handle60005");
    assert.equal(Math.round((await grid(tab).evaluate((element) => element.scrollTop)) / 26), 60000);
    assert.ok((await requests(tab)).every(({ sort, offset, path }) => sort === "totalUs" && (path.length || Math.abs(offset - 60000) <= 200)));
    // The reader is free to go, also without wheel or keys.
    await grid(tab).evaluate((element) => (element.scrollTop = 0));
    await until(tab, () => document.querySelector('.tree-row[aria-rowindex="2"]:not(.waiting)'));
    assert.equal(await grid(tab).evaluate((element) => element.scrollTop), 0);
    await tab.evaluate((state) => view.restore(state), state);
    await until(tab, () => document.querySelector(".tree-table").scrollTop === 26 * 60000 && document.querySelectorAll('.tree-row[aria-level="2"]:not(.waiting)').length === 2);
    // Reopened: the same rows again.
    await requests(tab);
    await tab.evaluate(() => view.refresh());
    await until(tab, () => fake.requests.length >= 2 && document.querySelectorAll('.tree-row[aria-level="2"]:not(.waiting)').length === 2);
    assert.deepEqual(await tab.evaluate(() => view.state()), state);
    // Another table begins at its top, and this one is found again.
    await tab.evaluate(() => view.show("lines"));
    await until(tab, () => document.querySelector(".tree-table").ariaLabel === "Lines" && document.querySelector(".tree-row:not(.waiting)"));
    assert.equal(await grid(tab).evaluate((element) => element.scrollTop), 0);
    await tab.evaluate(() => view.show("bottomUp"));
    await until(tab, () => document.querySelector('.tree-row[aria-rowindex="60007"] .tree-text')?.textContent === "handle60005");
  });
  await withTable({ show: false }, async (tab) => {
    await tab.evaluate(() => view.restore({ kind: "topDown", filter: "self>x", tables: {} }));
    await until(tab, () => document.querySelector(".tree-row:not(.waiting)"));
    assert.equal(await field(tab).inputValue(), "self>x");
    assert.ok(await tab.locator(".filter-error").isVisible());
    assert.equal(await grid(tab).getAttribute("aria-rowcount"), "100001", "with a filter that cannot be read, all rows");
  });
});

test("the place is kept while the table is not shown", async () => {
  await withTable({}, async (tab) => {
    await grid(tab).evaluate((element) => (element.scrollTop = 26 * 500));
    await until(tab, () => document.querySelector('.tree-row[aria-rowindex="505"]:not(.waiting)'));
    const [shown, hidden] = await tab.evaluate(async () => {
      const before = view.state();
      view.element.hidden = true;
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      return [before, view.state()];
    });
    assert.deepEqual(hidden, shown);
    assert.equal(shown.tables.bottomUp.anchor.top.root, 500);
    await tab.evaluate(() => {
      view.element.hidden = false;
      view.show("bottomUp");
    });
    await until(tab, () => document.querySelector(".tree-table").scrollTop === 26 * 500 && document.querySelector('.tree-row[aria-rowindex="505"]:not(.waiting)'));
  });
});

test("a function is revealed wherever it stands", async () => {
  await withTable({ show: false }, async (tab) => {
    await tab.evaluate(() => view.show("bottomUp", { frames: [902, 904] }));
    await focusIs(tab, [904, 2, "handle904"]);
    await tab.evaluate(() => view.show("topDown", { filter: "x", frames: [5] }));
    await focusIs(tab, [5, 1, "handle5"]);
    assert.equal(await field(tab).inputValue(), "x");
    // The filter leaves it out: then it gives way.
    await tab.evaluate(() => view.show("bottomUp", { filter: "nothing", frames: [7] }));
    await focusIs(tab, [7, 1, "handle7"]);
    assert.equal(await field(tab).inputValue(), "");
    await tab.evaluate(() => view.show("bottomUp", { frames: [100001] }));
    await until(tab, () => /This function has no row here/.test(document.querySelector(".table-notice:not([hidden])")?.textContent));
  });
});

test("a row is copied as tab separated text, a selection as it is; links and buttons", async () => {
  await withTable({}, async (tab) => {
    const copied = () => tab.evaluate(() => {
      const data = new DataTransfer();
      document.activeElement.dispatchEvent(new ClipboardEvent("copy", { clipboardData: data, bubbles: true, cancelable: true }));
      return data.getData("text/plain");
    });
    await row(tab, 1).focus();
    assert.equal(await copied(), "handle1\t86.7\t8.7%\t260\t26.0%\t87\tsrc/domain/pricing.ts:2");
    await tab.evaluate(() => getSelection().selectAllChildren(document.querySelector('.tree-row[aria-rowindex="4"] .tree-text')));
    assert.equal(await tab.evaluate(() => getSelection().toString()), "handle2");
    assert.equal(await copied(), "", "left to the browser");
    await tab.evaluate(() => getSelection().removeAllRanges());

    await row(tab, 1).getByRole("link").click();
    await row(tab, 3).hover();
    await tab.locator(".tree-action", { hasText: "Graph" }).click();
    await tab.locator(".tree-action", { hasText: "Focus" }).click();
    await row(tab, 4).locator(".number").first().dblclick();
    assert.deepEqual(await actions(tab), [
      ["open", { path: "/home/dev/shop/src/domain/pricing.ts", line: 2, column: 3 }],
      ["graph", 3],
      ["focus", 3],
      ["open", { path: "/home/dev/shop/src/routes/orders.js", line: 5, column: 3 }],
    ]);
    assert.equal(await row(tab, 5).getByRole("link").count(), 0, "no file, no link");
  });
});

test("columns of what was recorded only", async () => {
  const titles = (tab) => tab.locator('[role="columnheader"]').allInnerTexts();
  await withTable({ config: { rows: 50, cpu: false, bytes: true } }, async (tab) => {
    assert.deepEqual(await titles(tab), ["Function", "Self bytes", "Total bytes", "Source"]);
    assert.equal(await row(tab, 0).locator(".number").first().innerText(), "40.0 MB");
    assert.equal((await requests(tab))[0].sort, "selfBytes");
  });
  await withTable({ config: { rows: 50, compared: true } }, async (tab) => {
    assert.deepEqual((await titles(tab)).slice(0, 4), ["Function", "Self change, points", "Total change, points", "Self ms"]);
    assert.match(await row(tab, 0).locator(".tree-change").first().innerText(), /^\+7\.8\s+5\.2% \u2192 13\.0%$/);
    // The largest first, whatever its direction; then what grew most, then what shrank most, and round again.
    const heading = tab.getByRole("columnheader", { name: "Self change, points" });
    assert.deepEqual((await requests(tab)).map(({ sort, ascending }) => [sort, ascending]), [["selfChangeSize", false]]);
    for (const [sort, ascending, shown] of [["selfChange", false, "descending"], ["selfChange", true, "ascending"], ["selfChangeSize", false, "other"]]) {
      await heading.getByRole("button").click();
      await until(tab, (shown) => document.querySelector(`[aria-sort="${shown}"] [data-column="selfChange"]`) && document.querySelector('.tree-table[aria-busy="false"]'), shown);
      assert.deepEqual((await requests(tab)).map((request) => [request.sort, request.ascending]), [[sort, ascending]]);
    }
    await tab.evaluate(() => view.show("topDown"));
    await until(tab, () => fake.requests.some(({ kind, sort }) => kind === "topDown" && sort === "totalChangeSize"));
  });
  await withTable({ config: { rows: 50 } }, async (tab) => {
    await tab.evaluate(() => view.show("lines"));
    await until(tab, () => document.querySelector(".tree-table").ariaLabel === "Lines" && document.querySelector(".tree-row:not(.waiting)"));
    assert.equal(await grid(tab).getAttribute("role"), "grid", "a flat table is no tree");
    assert.equal(await row(tab, 0).getAttribute("aria-level"), null);
    assert.deepEqual(await titles(tab), ["Line", "Self ms", "Self %", "Total ms", "Total %", "Samples", "Function"]);
    assert.equal(await row(tab, 0).locator(".tree-cell").first().innerText(), "src/routes/orders.js:10");
    await row(tab, 0).focus();
    await press(tab, "Enter");
    assert.deepEqual(await actions(tab), [["open", { path: "/home/dev/shop/src/routes/orders.js", line: 10, column: 1 }]]);
  });
});

test("a change that may be noise is grey and not bold", async () => {
  await withTable({ config: { rows: 50, compared: true } }, async (tab) => {
    const style = (position, which) =>
      row(tab, position).locator(".tree-points").nth(which).evaluate((element) => [element.className, getComputedStyle(element).fontWeight, getComputedStyle(element).color === getComputedStyle(document.querySelector(".tree-range")).color]);
    // 5.2 % to 13.0 %, and 6.8 % to 5.2 %; a total that is what it was; 0.8 to 1.3 % with 0.5 points of noise.
    assert.deepEqual(await style(0, 0), ["tree-points slower", "600", false]);
    assert.deepEqual(await style(3, 0), ["tree-points faster", "600", false]);
    assert.deepEqual(await style(0, 1), ["tree-points noise", "400", true]);
    assert.deepEqual(await style(35, 0), ["tree-points noise", "400", true]);
    assert.match(await row(tab, 35).locator(".tree-change").first().getAttribute("title"), /^95 % interval of the change: \u2212<?0\.\d to \+0\.\d points, from the numbers of samples: may be noise$/);
  });
});

test("native code has rows of its own when asked", async () => {
  const box = (tab) => tab.getByRole("checkbox", { name: "Native code apart" });
  await withTable({}, async (tab) => assert.ok(await box(tab).isHidden(), "no native code, no switch"));
  let state;
  await withTable({ config: { rows: 50, native: true } }, async (tab) => {
    assert.equal((await requests(tab))[0].nativeApart, false);
    await box(tab).check();
    await until(tab, () => document.querySelector(".filter-count").textContent === "55 functions");
    assert.match(await tab.getByRole("columnheader", { name: "Self %" }).getByRole("button").getAttribute("title"), /without native code/);
    state = await tab.evaluate(() => view.state());
    await tab.evaluate(() => view.show("lines"));
    await until(tab, () => document.querySelector(".tree-table").ariaLabel === "Lines");
    assert.ok(await box(tab).isHidden(), "a line has always what it calls");
  });
  await withTable({ config: { rows: 50, native: true }, show: false }, async (tab) => {
    await tab.evaluate((state) => view.restore(state), state);
    await until(tab, () => document.querySelector(".filter-count").textContent === "55 functions");
    assert.ok(await box(tab).isChecked());
    // Asked for by name, a native function has its row.
    await box(tab).uncheck();
    await until(tab, () => document.querySelector(".filter-count").textContent === "50 functions");
    await tab.evaluate(() => view.show("bottomUp", { frames: [52] }));
    await focusIs(tab, [52, 1, "handle52"]);
    assert.ok(await box(tab).isChecked());
  });
});

test("no heading and no cell is cut in a panel beside the code", async () => {
  const check = async (config, width, kind, expected) => {
    await withTable({ config: { rows: 50, native: true, ...config }, viewport: { width, height: 700 }, show: false }, async (tab) => {
      await tab.evaluate((kind) => view.show(kind), kind);
      await until(tab, () => document.querySelector('.tree-row[aria-rowindex="2"]:not(.waiting)'));
      const found = await tab.evaluate(() => {
        const table = document.querySelector(".tree-table");
        const cut = [];
        const isIn = (inner, outer) => inner.left >= outer.left - 0.5 && inner.right <= outer.right + 0.5;
        for (const cell of document.querySelectorAll(".tree-head .tree-cell, .tree-body .tree-cell")) {
          // An element in a cell may end in an ellipsis; a figure may not.
          const contents = [...cell.childNodes].map((node) => {
            const range = document.createRange();
            if (node.nodeType === Node.TEXT_NODE) range.selectNodeContents(node);
            return (node.nodeType === Node.TEXT_NODE ? range : node).getBoundingClientRect();
          });
          const isCut = cell.scrollWidth > cell.clientWidth || contents.some((content) => !isIn(content, cell.getBoundingClientRect()));
          if (isCut || !isIn(cell.getBoundingClientRect(), table.getBoundingClientRect())) cut.push(cell.textContent);
        }
        for (const element of [table, ...document.querySelectorAll(".tree-sort, .tree-change, .tree-share, .filter, .filter-below")]) {
          if (element.scrollWidth > element.clientWidth) cut.push(element.className);
        }
        const name = document.querySelector(".tree-head .tree-cell").getBoundingClientRect().width;
        return { cut, name, titles: [...document.querySelectorAll('[role="columnheader"]')].map((cell) => cell.textContent) };
      });
      assert.deepEqual(found.cut, [], `${JSON.stringify(config)} ${kind} ${width}`);
      assert.ok(found.name >= 200, `${found.name}`);
      assert.deepEqual(found.titles, expected);
      if (PICTURES) {
        await mkdir(PICTURES, { recursive: true });
        await row(tab, 3).hover();
        await tab.screenshot({ path: path.join(PICTURES, `${Object.keys(config).join("-") || "cpu"}-${kind}-${width}.png`) });
      }
    });
  };
  for (const width of [545, 520]) {
    await check({}, width, "bottomUp", width === 545 ? ["Function", "Self %", "Total %", "Source"] : ["Function", "Self %", "Total %"]);
  }
  await check({}, 545, "topDown", ["Function", "Self %", "Total %"]);
  await check({}, 545, "lines", ["Line", "Self %", "Total %", "Function"]);
  await check({ cpu: false, bytes: true }, 545, "bottomUp", ["Function", "Self bytes", "Total bytes"]);
  await check({ compared: true }, 545, "bottomUp", ["Function", "Self change, points", "Total change, points"]);
  await check({ bytes: true }, 400, "bottomUp", ["Function", "Self %", "Total %"]);
  await check({}, 1100, "bottomUp", ["Function", "Self ms", "Self %", "Total ms", "Total %", "Samples", "Source"]);
});

test("columns follow the width, the keyboard stays", async () => {
  await withTable({ viewport: { width: 545, height: 600 } }, async (tab) => {
    await row(tab, 3).focus();
    await tab.setViewportSize({ width: 1000, height: 600 });
    await until(tab, () => document.querySelectorAll('[role="columnheader"]').length === 7);
    await focusIs(tab, [3, 1, "handle3"]);
    // What rows are sorted by stays in sight.
    await tab.getByRole("columnheader", { name: "Samples" }).getByRole("button").click();
    await until(tab, () => document.querySelector('[aria-sort="descending"]')?.textContent === "Samples");
    await tab.setViewportSize({ width: 545, height: 600 });
    await until(tab, () => document.querySelectorAll('[role="columnheader"]').length < 7);
    assert.deepEqual(await tab.locator('[role="columnheader"]').allInnerTexts(), ["Function", "Self %", "Total %", "Samples"]);
    assert.deepEqual(await tab.locator('[role="columnheader"]').evaluateAll((all) => all.map((cell) => cell.ariaColIndex)), ["1", "3", "5", "6"]);
    assert.equal(await grid(tab).getAttribute("aria-colcount"), "7");
    // The pointer's buttons lie over the last figure and make nothing narrower.
    const width = () => row(tab, 2).locator(".tree-text").evaluate((element) => element.getBoundingClientRect().width);
    const before = await width();
    await row(tab, 2).hover();
    assert.ok(await row(tab, 2).locator(".number").last().locator(".tree-actions").isVisible());
    assert.equal(await width(), before);
  });
});

/** VS Code's colours as a webview has them. */
const CONTRAST = `--vscode-editor-background: #000; --vscode-foreground: #fff; --vscode-descriptionForeground: #fff; --vscode-contrastBorder: #6fc3df; --vscode-contrastActiveBorder: #f38518; --vscode-focusBorder: #f38518; --vscode-panel-border: #6fc3df; --vscode-editorWidget-background: #0c141f; --vscode-input-background: #000; --vscode-textLink-foreground: #21a6ff; --vscode-list-hoverBackground: transparent`;

test("figures have enough contrast in every theme", async () => {
  const themes = [
    { name: "light", theme: "light" },
    { name: "dark", theme: "dark", colorScheme: "dark" },
    { name: "high-contrast", theme: "dark", contrast: true, variables: CONTRAST },
    { name: "forced", theme: "light", forcedColors: "active" },
  ];
  for (const { name, variables = "", ...options } of themes) {
    await withTable({ config: { bytes: true, compared: true }, viewport: { width: 1500, height: 600 }, ...options }, async (tab) => {
      await tab.evaluate((variables) => {
        for (const pair of variables.split(";").filter(Boolean)) {
          const [name, value] = pair.split(": ");
          document.documentElement.style.setProperty(name.trim(), value);
        }
      }, variables);
      await row(tab, 1).locator(".tree-twistie").click();
      await row(tab, 2).focus();
      const ratio = await tab.evaluate(() => {
        const channels = (color) => color.match(/[\d.]+/g).map(Number);
        const luminance = (color) => {
          const [r, g, b] = channels(color).map((c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const contrast = (a, b) => {
          const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
          return (x + 0.05) / (y + 0.05);
        };
        const surface = getComputedStyle(document.querySelector(".tree-table")).backgroundColor;
        const of = (selector, property) => contrast(getComputedStyle(document.querySelector(`.tree-row:not(.active) ${selector}`))[property], surface);
        return { figure: of(".tree-share", "color"), place: of(".tree-file", "color"), slower: of(".slower", "color"), faster: of(".faster", "color"), noise: of(".noise", "color"), bar: of(".tree-bar-filled", "backgroundColor") };
      });
      for (const [what, value] of Object.entries(ratio)) assert.ok(value >= (what === "bar" ? 3 : 4.5), `${name}: ${what} ${value.toFixed(2)}`);
      if (!PICTURES) return;
      await mkdir(PICTURES, { recursive: true });
      await tab.screenshot({ path: path.join(PICTURES, `${name}.png`) });
      await field(tab).fill("file:a self>x");
      await tab.locator(".filter-error").waitFor();
      await tab.getByRole("button", { name: "How to filter" }).click();
      await tab.screenshot({ path: path.join(PICTURES, `${name}-filter.png`) });
    });
  }
});
