// The packaged extension in a real VS Code, as a user meets it.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { vsix as packaged } from "./package.mjs";
import { setting, withProject } from "./project.mjs";
import { eventually, step, withWorkbench } from "./workbench.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const artefacts = path.join(root, "build/e2e");
const vsix = await packaged();
const MEASURED_MS = 90_000;

test("a click on a lens, and everything that comes of it", { timeout: 170_000 }, async () => {
  await withProject((folder) =>
    withWorkbench({ vsix, folder, file: "server.js", artefacts: path.join(artefacts, "measured") }, async (bench) => {
      const { page } = bench;
      const lineOf = async (file, text) => (await readFile(path.join(folder, file), "utf8")).split("\n").findIndex((line) => line.includes(text)) + 1;

      await step("lenses without any configuration", async () => {
        await bench.lens("server.js", "▶ Profile GET /hello").waitFor();
        assert.equal((await bench.servers()).length, 1);
        const offered = (await bench.offered("Tickmark:")).join("\n");
        assert.match(offered, /Profile Route or Program at Cursor/);
        assert.doesNotMatch(offered, /Show Flamegraph|Stop Measuring|Clear Results/, "there is nothing to show or stop yet");
      });

      await step("progress with Cancel, and the status bar", async () => {
        await bench.lens("server.js", "▶ Profile GET /hello").click();
        const bar = page.locator(".notifications-toasts .notification-list-item", { hasText: "Profiling GET /hello" });
        await bar.waitFor();
        await bar.locator(".monaco-button", { hasText: "Cancel" }).waitFor();
        await bench.status.filter({ hasText: "GET /hello" }).waitFor();
        await bench.screenshot("progress");
        await bar.waitFor({ state: "detached", timeout: MEASURED_MS });
      });

      await step("the lens and the status bar tell the result", async () => {
        await bench.lens("server.js", /req\/s · p99/).waitFor();
        await bench.status.filter({ hasText: /GET \/hello · .*req\/s · p99/ }).waitFor();
      });

      await step("hints on the hot lines of another file", async () => {
        await bench.open("template.js");
        const hint = bench.editor("template.js").locator('.view-line span[class*="dyn-rule-"]', { hasText: /ƒ.*%/ });
        await hint.first().waitFor();
      });

      /** Bars of a look, by the style of their border. */
      const bars = (file, style) =>
        bench.editor(file).locator('.view-overlays [class*="TextEditorDecorationType"]').evaluateAll((all, style) => {
          const looks = all.map((one) => ({ looks: getComputedStyle(one), top: one.getBoundingClientRect().top }));
          const found = looks.filter(({ looks }) => looks.borderLeftStyle === style);
          return found.map(({ looks, top }) => ({ width: Number.parseFloat(looks.borderLeftWidth), top })).filter(({ width }) => width > 0);
        }, style);

      await step("heat at the left of the hottest lines: it follows edits, and a setting switches it off", async () => {
        const widest = async () => (await bars("template.js", "solid")).sort((a, b) => b.width - a.width)[0];
        // The lens above the function is there first: it moves the lines below it.
        await bench.lens("template.js", /self .*total/).first().waitFor();
        const hottest = bench.editor("template.js").locator(".view-line", { hasText: "ENTITIES[k].char" });
        /** Where the hottest line is, if the widest bar is beside it. */
        const place = async () => {
          const [bar, line] = [await widest(), await hottest.boundingBox()];
          return bar !== undefined && line !== null && Math.abs(bar.top - line.y) < 2 ? { width: bar.width, top: line.y } : undefined;
        };
        const before = await eventually(place, "the widest bar is beside the hottest line");
        assert.ok(before.width >= 5, `the hottest line has a wide bar: ${before.width}`);
        await bench.screenshot("heat");
        await bench.goto("template.js", 2, 1);
        await page.keyboard.press("Enter");
        await eventually(async () => (await place())?.top > before.top + 5, "the bar moved down with its line");
        await page.keyboard.press("Control+z");
        await eventually(async () => (await place())?.top < before.top + 5, "the bar is back");
        await setting(folder, "tickmark.heat.enabled", false);
        await eventually(async () => (await bars("template.js", "solid")).length === 0, "there is no bar when it is switched off");
        await setting(folder, "tickmark.heat.enabled", undefined);
        await eventually(widest, "the bar is there again");
      });

      await step("a hover with self time", async () => {
        const line = await lineOf("template.js", "function escapeHtml");
        await bench.goto("template.js", line, 12);
        await page.keyboard.press("Control+k");
        await page.keyboard.press("Control+i");
        const hover = page.locator(".monaco-hover:not(.hidden) .hover-contents", { hasText: "escapeHtml" }).filter({ hasText: /self/i });
        await hover.first().waitFor();
        assert.match(await hover.first().innerText(), /\d%/);
        await bench.screenshot("hover");
        await page.keyboard.press("Escape");
      });

      await step("the next hot line", async () => {
        await bench.goto("template.js", 1, 1);
        await bench.command("Tickmark: Go to Next Hot Line");
        const [first, last] = [await lineOf("template.js", "function escapeHtml"), await lineOf("template.js", "return escaped")];
        await eventually(async () => (await bench.line()) > 1, "the cursor has moved");
        const line = await bench.line();
        assert.ok(line >= first && line <= last, `line ${line} is in escapeHtml`);
      });

      await step("a hollow bar and the total beside the call that the time goes to", async () => {
        await bench.open("server.js");
        const call = bench.editor("server.js").locator(".view-line", { hasText: "renderPage(url" });
        await call.filter({ hasText: /%\stotal/ }).waitFor();
        await eventually(async () => {
          const line = await call.boundingBox();
          return (await bars("server.js", "double")).some(({ top }) => line !== null && Math.abs(top - line.y) < 2);
        }, "a hollow bar is beside the call");
        await bench.screenshot("calls");
      });

      await step("the hottest functions jump to their place", async () => {
        await bench.open("server.js");
        await bench.command("Tickmark: Hottest Functions");
        const row = page.locator(".quick-input-widget:visible .quick-input-list .monaco-list-row", { hasText: "template.js" }).first();
        await row.click();
        await page.locator('.monaco-editor.focused[data-uri$="/template.js"]').waitFor();
      });

      await step("a hot function of Node itself leads to what calls it", async () => {
        await bench.command("Tickmark: Hottest Functions");
        const row = page.locator(".quick-input-widget:visible .quick-input-list .monaco-list-row", { hasText: /in no file: goes to its caller hello, server\.js:\d+/ }).first();
        await row.click();
        await page.locator('.monaco-editor.focused[data-uri$="/server.js"]').waitFor();
        const line = await lineOf("server.js", "function hello");
        await eventually(async () => (await bench.line()) === line, "the cursor is at the caller");
        await bench.open("template.js");
      });

      await step("the flamegraph beside the code, with a way to the source", async () => {
        await bench.focus("template.js");
        await bench.command("Tickmark: Show Flamegraph");
        await bench.view.locator("canvas.boxes").waitFor();
        await bench.view.getByRole("searchbox", { name: /^Search/ }).fill("escapeHtml");
        await bench.view.locator(".search-status", { hasText: "%" }).waitFor();
        await page.keyboard.press("Enter");
        await bench.view.locator(".details-name", { hasText: "escapeHtml" }).waitFor();
        await bench.screenshot("flamegraph");
        await bench.view.getByRole("button", { name: "Open in editor" }).click();
        await page.locator('.monaco-editor.focused[data-uri$="/template.js"]').waitFor();
        const line = await lineOf("template.js", "function escapeHtml");
        await eventually(async () => (await bench.line()) === line, "the editor is at the function");
      });

      await step("a server that is killed comes back with its results", async () => {
        await bench.open("server.js");
        const [before] = await bench.servers();
        process.kill(before, "SIGKILL");
        const after = await eventually(async () => (await bench.servers()).find((pid) => pid !== before), "another server runs");
        assert.notEqual(after, before);
        await bench.lens("server.js", /req\/s · p99/).waitFor();
        await bench.status.filter({ hasText: /req\/s/ }).waitFor();
      });

      await step("Cancel ends a run and leaves the last result", async () => {
        await bench.lens("server.js", /req\/s · p99/).click();
        const bar = page.locator(".notifications-toasts .notification-list-item", { hasText: "Profiling GET /hello" });
        await bar.locator(".monaco-button", { hasText: "Cancel" }).click();
        await bar.waitFor({ state: "detached" });
        await bench.lens("server.js", /req\/s · p99/).waitFor();
        await bench.status.filter({ hasText: /req\/s/ }).waitFor();
      });

      await step("Explain from the palette: a warning in Problems, with its code", async () => {
        await bench.open("program.js");
        await bench.command("Tickmark: Explain Optimisation of Route or Program at Cursor");
        const bar = page.locator(".notifications-toasts .notification-list-item", { hasText: "Explaining program.js" });
        await bar.waitFor();
        await bar.waitFor({ state: "detached", timeout: MEASURED_MS });
        await bench.open("work.js");
        await page.keyboard.press("Control+Shift+M");
        const row = page.locator(".markers-panel-container .monaco-list-row", { hasText: /tickmark/i }).filter({ hasText: /deopt\// });
        await row.first().waitFor();
        await bench.screenshot("problems");
      });

      await step("the walkthrough knows what was done before it was opened", async () => {
        await bench.command("Welcome: Open Walkthrough");
        await bench.pick("Find out where your Node.js program");
        const done = () =>
          page.locator('.gettingStartedContainer [data-done-step-id*="tickmark"][aria-checked="true"]').evaluateAll((all) => [...new Set(all.map((each) => each.dataset.doneStepId.split("#").at(-1)))].sort());
        const before = ["explain", "flamegraph", "open", "profile", "read"];
        await eventually(async () => (await done()).join() === before.join(), `these are ticked: ${before.join()}`).catch(async (error) => assert.deepEqual(await done(), before, error));
        await bench.screenshot("walkthrough");
      });
    }),
  );
});
