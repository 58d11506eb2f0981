// Views: a profile of another tool, the flamegraph and the tables, and the way between them and the code.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { editor } from "./install.mjs";
import { vsix as packaged } from "./package.mjs";
import { withProject } from "./project.mjs";
import { eventually, step, withWorkbench } from "./workbench.mjs";

const artefacts = path.join(path.dirname(fileURLToPath(import.meta.url)), "../build/e2e");
const vsix = await packaged();

test("a profile of Node's own profiler is opened, read, put on the source lines and focused", { timeout: 240_000 }, async () => {
  await withProject(async (folder) => {
    execFileSync(editor.node, ["--cpu-prof", "--cpu-prof-name=script.cpuprofile", "script.js"], { cwd: folder, stdio: "ignore" });
    await withWorkbench({ vsix, folder, file: "script.js", artefacts: path.join(artefacts, "profiles") }, async (bench) => {
      const { page, view } = bench;
      const text = (await readFile(path.join(folder, "script.js"), "utf8")).split("\n");
      const lineOf = (part) => text.findIndex((line) => line.includes(part)) + 1;
      const hints = () => bench.editor("script.js").locator('.view-line span[class*="dyn-rule-"]', { hasText: /%/ });

      await step("it opens with Tickmark from the explorer", async () => {
        await bench.lens("script.js", "▶ Profile script.js").waitFor();
        await bench.menu(page.locator(".explorer-folders-view .monaco-list-row", { hasText: "script.cpuprofile" }), "Open with Tickmark");
        await view.locator("canvas.boxes").waitFor();
        await view.locator("h1", { hasText: "script.cpuprofile" }).waitFor();
        await bench.screenshot("profile");
      });

      await step("a search finds a function, and its source opens", async () => {
        await view.getByRole("searchbox", { name: /^Search/ }).fill("ownLoops");
        await view.locator(".search-status", { hasText: "%" }).waitFor();
        await page.keyboard.press("Enter");
        await view.locator(".details-name", { hasText: "ownLoops" }).waitFor();
        await view.getByRole("button", { name: "Open in editor" }).click();
        await page.locator('.monaco-editor.focused[data-uri$="/script.js"]').waitFor();
        await eventually(async () => (await bench.line()) === lineOf("function ownLoops"), "the cursor is at the function");
      });

      await step("it is put on the source lines", async () => {
        await page.locator(".tabs-container .tab", { hasText: "script.cpuprofile" }).click();
        await view.locator("canvas.boxes").waitFor();
        await bench.command("Tickmark: Apply Profile to Source Lines");
        await bench.status.filter({ hasText: "script.cpuprofile" }).waitFor();
        await bench.open("script.js");
        await hints().first().waitFor();
        await bench.screenshot("applied");
      });

      await step("tables: sorted, filtered, with a way to the source", async () => {
        await page.locator(".tabs-container .tab", { hasText: "script.cpuprofile" }).click();
        await view.getByRole("tab", { name: "Bottom-up" }).click();
        await view.getByRole("row", { name: /spin/ }).first().waitFor();
        await view.getByRole("searchbox", { name: "Filter" }).fill("self>2% file:script.js -name:spin");
        await view.getByRole("row", { name: /spin/ }).first().waitFor({ state: "detached" });
        await view.getByRole("row", { name: /ownLoops/ }).first().waitFor();
        await view.locator(".filter-count", { hasText: / of / }).waitFor();
        await bench.screenshot("filtered");
        await view.getByRole("searchbox", { name: "Filter" }).fill("self>two");
        await view.locator("#filter-error:not([hidden])").waitFor();
        await view.getByRole("searchbox", { name: "Filter" }).fill("");
        await view.getByRole("row", { name: /spin/ }).first().waitFor();
      });
    });
  });
});

test("a run beside the code: cursor and graph, the editor's percentages of one function, and the way back", { timeout: 240_000 }, async () => {
  await withProject((folder) =>
    withWorkbench({ vsix, folder, file: "script.js", artefacts: path.join(artefacts, "focus"), before: (server) => execFileSync(server, ["profile", "script.js"], { cwd: folder, stdio: "ignore" }) }, async (bench) => {
      const { page, view } = bench;
      const text = (await readFile(path.join(folder, "script.js"), "utf8")).split("\n");
      const lineOf = (part) => text.findIndex((line) => line.includes(part)) + 1;
      const hint = (label) => bench.editor("script.js").locator('.view-line span[class*="dyn-rule-"]', { hasText: label });

      await step("the flamegraph of the stored run opens beside the code", async () => {
        await hint(/ƒ.*%/).first().waitFor();
        await bench.command("Tickmark: Show Flamegraph");
        await view.locator("canvas.boxes").waitFor();
        await bench.screenshot("beside");
      });

      await step("a click on a frame shows its line, and the keyboard stays in the graph", async () => {
        const scroller = view.locator(".scroller");
        await scroller.focus();
        // The heaviest path from the root leads through the program to one of its functions.
        const place = async () => /script\.js:(\d+)/.exec((await view.locator(".details-place code").allTextContents()).join())?.[1];
        const line = await eventually(async () => {
          await page.keyboard.press("ArrowDown");
          const line = Number(await place());
          return line > 1 ? line : undefined;
        }, "the path leads to a function of the program");
        await bench.goto("script.js", 1, 1);
        const box = await scroller.boundingBox();
        const at = await scroller.evaluate(() => {
          const { graph } = window.__tickmark.app.flame;
          const middle = (graph.selected.x0 + graph.selected.x1) / 2;
          return { x: ((middle - graph.x0) / (graph.x1 - graph.x0)) * graph.scroller.clientWidth, y: graph.selected.row * 22 + 11 - graph.scroller.scrollTop };
        });
        await page.mouse.click(box.x + at.x, box.y + at.y);
        await bench.editor("script.js").locator(".active-line-number", { hasText: new RegExp(`^${line}$`) }).waitFor();
        await eventually(() => scroller.evaluate((element) => element.ownerDocument.hasFocus() && element.ownerDocument.activeElement === element), "the keyboard is in the graph");
        await bench.screenshot("clicked");
        await page.keyboard.press("o");
        await page.locator('.monaco-editor.focused[data-uri$="/script.js"]').waitFor();
        await eventually(async () => (await bench.line()) === line, `the cursor is in line ${line}, at the function of the frame`);
      });

      await step("the cursor's function is told and marked in the graph", async () => {
        await bench.goto("script.js", lineOf("i < 7 * unit; i++) { x ="), 10);
        await view.locator(".cursor-line", { hasText: /cursor: ownLoops — self \d/ }).waitFor();
        await bench.screenshot("cursor");
      });

      await step("percentages of one function, and the way back", async () => {
        const normal = await hint(/%/).allTextContents();
        await view.getByRole("searchbox", { name: /^Search/ }).fill("inlinedCallSites");
        await view.locator(".search-status", { hasText: "%" }).waitFor();
        await page.keyboard.press("Enter");
        await view.locator(".details-name", { hasText: "inlinedCallSites" }).waitFor();
        await view.getByRole("button", { name: "Show percentages of this function" }).click();
        await view.locator(".focus-bar", { hasText: "through inlinedCallSites" }).waitFor();
        await page.locator('.statusbar-item[id="tickmark.tickmark.tickmark.focus"]', { hasText: "inlinedCallSites" }).waitFor();
        await eventually(async () => (await hint(/of.inlinedCallSites/).count()) > 0, "hints say what they are of");
        await bench.screenshot("focus");
        await page.locator('.statusbar-item[id="tickmark.tickmark.tickmark.focus"]').click();
        await view.locator(".focus-bar").waitFor({ state: "hidden" });
        await eventually(async () => (await hint(/%/).allTextContents()).join() === normal.join(), "hints are of everything again");
      });

      await step("the walkthrough opens", async () => {
        await page.keyboard.press("Control+1");
        await bench.command("Welcome: Open Walkthrough");
        await bench.pick("Find out where your Node.js program spends its time");
        await page.locator(".gettingStartedContainer", { hasText: "Profile a route by its lens" }).waitFor();
        await bench.screenshot("walkthrough");
      });
    }),
  );
});
