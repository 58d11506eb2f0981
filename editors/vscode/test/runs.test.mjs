// The list of runs: second run, comparison, labels, export, deletion.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { vsix as packaged } from "./package.mjs";
import { withProject } from "./project.mjs";
import { eventually, step, withWorkbench } from "./workbench.mjs";

const artefacts = path.join(path.dirname(fileURLToPath(import.meta.url)), "../build/e2e");
const vsix = await packaged();
const MEASURED_MS = 90_000;

test("runs are listed, compared, labelled, exported and deleted", { timeout: 240_000 }, async () => {
  await withProject((folder) =>
    withWorkbench({ vsix, folder, file: "script.js", artefacts: path.join(artefacts, "runs") }, async (bench) => {
      const { page } = bench;
      const stored = async () => (await readdir(path.join(folder, ".tickmark/runs")).catch(() => [])).filter((name) => /^\d{8}-/.test(name)).sort();
      const figures = () => bench.editor("script.js").locator('.view-line span[class*="dyn-rule-"]', { hasText: /ƒ.*%/ });
      const measure = async (runs) => {
        await bench.lens("script.js", "▶ Profile script.js").click();
        await eventually(async () => (await bench.run("script.js").count()) === runs && (await stored()).length === runs, `${runs} runs are listed`, MEASURED_MS);
        await bench.lens("script.js", "▶ Profile script.js · active").waitFor();
      };

      await step("nothing is listed before the first run, and the way to it is told", async () => {
        await bench.lens("script.js", "▶ Profile script.js").waitFor();
        await bench.showRuns();
        await page.locator(".part.sidebar .welcome-view", { hasText: "Nothing has been measured" }).waitFor();
      });

      await step("a first and a second run are listed, newest first, with their figures", async () => {
        await measure(1);
        await measure(2);
        const labels = await bench.run("script.js").evaluateAll((rows) => rows.map((row) => row.getAttribute("aria-label")));
        assert.match(labels[0], /^script\.js, shown on the source lines, .*\d (ms|s)/);
        assert.doesNotMatch(labels[1], /shown on the source lines/);
        await bench.screenshot("listed");
      });

      await step("the older run is shown on the source lines", async () => {
        const before = (await figures().allTextContents()).join();
        await bench.menu(bench.run("script.js").nth(1), "Show on Source Lines");
        await eventually(async () => /shown on the source lines/.test(await bench.run("script.js").nth(1).getAttribute("aria-label")), "the older run is marked");
        await eventually(async () => (await figures().allTextContents()).join() !== before, "the figures are those of the older run");
      });

      await step("a name is given", async () => {
        await bench.menu(bench.run("script.js").nth(1), "Rename…");
        await bench.enter("before the change");
        await bench.run("before the change").waitFor();
      });

      await step("a baseline is pinned, and goes to the top", async () => {
        await bench.menu(bench.run("before the change"), "Pin as Baseline");
        await eventually(async () => /baseline/.test(await bench.run("before the change").getAttribute("aria-label")), "it is marked");
        const first = await page.locator(".part.sidebar .tree-explorer-viewlet-tree-view .monaco-list-row").first().getAttribute("aria-label");
        assert.match(first, /^before the change/);
        await bench.screenshot("baseline");
      });

      await step("two runs are compared", async () => {
        await bench.menu(bench.run(/^script\.js/).first(), "Compare with…");
        await bench.pick("before the change");
        await page.locator(".tabs-container .tab", { hasText: /script\.js.* vs before the change/ }).waitFor();
        await bench.view.locator(".subtitle.compared", { hasText: "Compared with" }).waitFor();
        await bench.view.getByRole("tab", { name: "Bottom-up" }).click();
        await bench.view.getByRole("columnheader", { name: /change/i }).first().waitFor();
        await bench.view.getByRole("row", { name: /spin/ }).first().waitFor();
        await bench.screenshot("compared");
      });

      await step("a run is exported for another tool", async () => {
        await bench.menu(bench.run("before the change"), "Export…");
        await bench.pick("Folded stacks");
        await bench.enter(path.join(folder, "before.folded"), "Export as Folded stacks");
        const told = page.locator(".notifications-toasts .notification-list-item", { hasText: "wrote before.folded" });
        await told.waitFor();
        assert.match(await readFile(path.join(folder, "before.folded"), "utf8"), /;spin[^;\n]* \d+$/m);
      });

      await step("a run is deleted after a question", async () => {
        const before = await stored();
        await bench.menu(bench.run(/^script\.js/).first(), "Delete…");
        await page.locator(".monaco-dialog-box", { hasText: "Delete the run script.js?" }).locator(".monaco-button", { hasText: "Delete" }).click();
        await eventually(async () => (await stored()).length === 1, "its folder is gone");
        await bench.run(/^script\.js/).waitFor({ state: "detached" });
        assert.ok(before.includes((await stored())[0]));
        await bench.run("before the change").waitFor();
      });
    }),
  );
});

test("the button of a row stops its run, and raw files are revealed", { timeout: 240_000 }, async () => {
  await withProject(async (folder) => {
    await writeFile(path.join(folder, "long.js"), "setInterval(() => {}, 100);\n");
    await writeFile(path.join(folder, "package.json"), JSON.stringify({ name: "long", bin: { long: "long.js", split: "script.js" } }));
    const before = (server) => execFileSync(server, ["profile", "script.js"], { cwd: folder, stdio: "ignore" });
    await withWorkbench({ vsix, folder, file: "long.js", artefacts: path.join(artefacts, "row"), before }, async (bench) => {
      const { page } = bench;

      await step("the button of a row stops its run, and the rest stays as it is", async () => {
        await bench.lens("long.js", "▶ Profile long.js").click();
        await bench.showRuns();
        const row = bench.run("being measured");
        await row.hover();
        await row.locator(".action-label[aria-label*='Stop']").click();
        await row.waitFor({ state: "detached" });
        await bench.run("script.js").waitFor();
      });

      await step("raw files are revealed in the explorer", async () => {
        await bench.menu(bench.run("script.js"), "Reveal Raw Files");
        await page.locator(".explorer-folders-view .monaco-list-row.selected", { hasText: /\.(txt|log)$/ }).waitFor();
      });
    });
  });
});
