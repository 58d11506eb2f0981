// Workspaces that are not one plain folder: several, none, files outside, links, odd names, folders that cannot be written.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { editor } from "./install.mjs";
import { vsix as packaged } from "./package.mjs";
import { setting } from "./project.mjs";
import { eventually, step, withWindow } from "./workbench.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const vsix = await packaged();
/** Does the same work however busy the machine is: what runs by the clock has too few samples on a busy one. */
const script = (await readFile(path.join(here, "../../../tests/projects/split-lines/script.js"), "utf8")).replace("while (Date.now() < end)", "for (let round = 0; round < 300; round++)");
assert.match(script, /round < 300/);
const MEASURED_MS = 60_000;

const lineOf = (part) => script.split("\n").findIndex((line) => line.includes(part)) + 1;
const hints = (bench, file) => bench.editor(file).locator('.view-line span[class*="dyn-rule-"]', { hasText: /%/ });
const row = async (bench, text) => bench.run(text).first().getAttribute("aria-label");

/** Runs `use(folder)` with an empty folder. */
async function withFolder(use) {
  const folder = await realpath(await mkdtemp(path.join(os.tmpdir(), "tickmark-folders-")));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** A project with one program of known shares. */
async function project(folder) {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, "script.js"), script);
  await writeFile(path.join(folder, "package.json"), JSON.stringify({ name: "one", private: true, bin: { split: "script.js", late: "late.js" } }));
  await writeFile(path.join(folder, "tickmark.json"), JSON.stringify({ node: editor.node }));
  return folder;
}

/** Profiles a program by its lens. */
async function profile(bench, file) {
  await bench.lens(file, `▶ Profile ${path.basename(file)}`).click();
  await bench.lens(file, /▶ Profile .* · active/).waitFor({ timeout: MEASURED_MS });
  await hints(bench, file).first().waitFor();
}

/** From a function in the flamegraph to its place. */
async function jump(bench, file) {
  const { view } = bench;
  await view.locator("canvas.boxes").waitFor();
  await view.getByRole("searchbox", { name: /^Search/ }).fill("ownLoops");
  await view.locator(".search-status", { hasText: "%" }).waitFor();
  await bench.page.keyboard.press("Enter");
  await view.locator(".details-name", { hasText: "ownLoops" }).waitFor();
  await view.getByRole("button", { name: "Open in editor" }).click();
  await bench.page.locator(`.monaco-editor.focused[data-uri$="${encodeURI(file)}"]`).waitFor();
  await eventually(async () => (await bench.line()) === lineOf("function ownLoops"), "the cursor is at the function");
}

async function nothingTold(bench) {
  assert.deepEqual(await bench.page.locator(".notifications-toasts .notification-list-item-message").allTextContents(), []);
}

test("several folders, none, and files outside of them", { timeout: 400_000 }, async () => {
  await withFolder((top) =>
    withWindow({ vsix, artefacts: path.join(here, "../build/e2e/folders") }, async (show) => {
      const [api, web] = [await project(path.join(top, "api")), await project(path.join(top, "web"))];
      const workspace = path.join(top, "both.code-workspace");
      const name = (...folders) => writeFile(workspace, JSON.stringify({ folders }));
      const both = [{ path: "api" }, { path: "web", name: "The web" }];
      await name(...both);

      let bench = await show({ workspace }, path.join(web, "script.js"));
      const { page } = bench;

      await step("of two folders, the second one shows what was measured in it, and the list says whose it is", async () => {
        await profile(bench, "web/script.js");
        await bench.status.filter({ hasText: /The web: script\.js · \d/ }).waitFor();
        await bench.showRuns();
        assert.match(await row(bench, "script.js"), /^script\.js, shown on the source lines, .* · The web · just now$/);
        await bench.find("api/script.js");
        await bench.lens("api/script.js", "▶ Profile script.js").waitFor();
        assert.equal(await bench.lens("api/script.js", /active|self/).count(), 0);
        assert.equal(await hints(bench, "api/script.js").count(), 0);
        await nothingTold(bench);
      });

      await step("each folder shows its own run, and the flamegraph is of the one that the user is in", async () => {
        await profile(bench, "api/script.js");
        await bench.run("api · just now").waitFor();
        await bench.run("The web").waitFor();
        await bench.screenshot("both");
        await bench.find("web/script.js");
        await bench.command("Tickmark: Show Flamegraph");
        await jump(bench, "/web/script.js");
      });

      await step("settings of one folder are those of its files", async () => {
        await bench.find("api/script.js");
        await hints(bench, "api/script.js").first().waitFor();
        await setting(api, "tickmark.hints.show", "off");
        await hints(bench, "api/script.js").first().waitFor({ state: "detached" });
        await bench.find("web/script.js");
        await hints(bench, "web/script.js").first().waitFor();
        await setting(api, "tickmark.hints.show", undefined);
      });

      await step("a folder that is taken away takes its runs along, and brings them back", async () => {
        await bench.find("api/script.js");
        await bench.command("View: Close Other Editors in Group");
        await name(both[0]);
        await bench.run("The web").waitFor({ state: "detached" });
        await eventually(async () => !/api/.test(await row(bench, "script.js")), "the only folder needs no name");
        await bench.status.filter({ hasText: /^\s*script\.js/ }).waitFor();
        await name(...both);
        await bench.run("The web").waitFor();
        await bench.find("web/script.js");
        await hints(bench, "web/script.js").first().waitFor();
        await nothingTold(bench);
      });

      await step("a text without a file is left alone until it is saved", async () => {
        bench = await show(api, path.join(api, "script.js"));
        await bench.lens("script.js", "▶ Profile script.js").waitFor();
        await bench.command("Create: New File...");
        await bench.pick("Text File");
        await page.locator(".monaco-editor.focused[data-uri^='untitled:']").waitFor();
        await bench.command("Change Language Mode");
        await bench.enter("JavaScript");
        await page.locator('[id="status.editor.mode"]', { hasText: "JavaScript" }).waitFor();
        await page.locator(".monaco-editor.focused[data-uri^='untitled:']").waitFor();
        await page.keyboard.type("let x = 1; for (let i = 0; i < 3e8; i++) x = x * 3 | 0;");
        await bench.command("Tickmark: Profile Route or Program at Cursor");
        await bench.told("save this text to a file first").waitFor();
        assert.equal(await page.locator(".codelens-decoration a").count(), 0);
        await bench.command("Notifications: Clear All Notifications");
        await page.keyboard.press("Control+1");
        await page.keyboard.press("Control+s");
        await bench.enter(path.join(api, "late.js"));
        await profile(bench, "late.js");
      });

      const loose = path.join(top, "elsewhere/loose.js");
      await mkdir(path.dirname(loose));
      await writeFile(loose, script);

      await step("a file outside of the folder is measured in its own place", async () => {
        bench = await show(api, loose);
        await bench.status.filter({ hasText: "late.js" }).waitFor();
        await nothingTold(bench);
        await bench.focus("loose.js");
        await bench.command("Tickmark: Profile Route or Program at Cursor");
        await bench.told("package.json does not start it").locator(".monaco-button", { hasText: "Profile It as a Program" }).click();
        await hints(bench, "loose.js").first().waitFor({ timeout: MEASURED_MS });
        await bench.lens("loose.js", /▶ Profile loose\.js · active/).waitFor();
        await bench.showRuns();
        assert.match(await row(bench, "loose.js"), / · elsewhere · just now$/);
        await bench.menu(bench.run("loose.js"), "Open Raw File");
        await page.locator(".tabs-container .tab", { hasText: "v8.log" }).or(page.locator(".quick-input-widget:visible")).first().waitFor();
        await nothingTold(bench);
      });

      await step("without any folder a file shows what is stored beside it", async () => {
        bench = await show({ ew: true }, loose);
        await hints(bench, "loose.js").first().waitFor();
        await bench.lens("loose.js", /▶ Profile loose\.js · active/).waitFor();
        await bench.showRuns();
        await bench.run("loose.js").waitFor();
        await bench.screenshot("none");
        await nothingTold(bench);
      });
    }),
  );
});

test("names, links and folders that are not plain", { timeout: 400_000 }, async () => {
  await withFolder((top) =>
    withWindow({ vsix, artefacts: path.join(here, "../build/e2e/places") }, async (show) => {
      await step("a name with a space, #, % and letters of other alphabets", async () => {
        const folder = await project(path.join(top, "a #1 100% naïve 名前"));
        const bench = await show(folder, path.join(folder, "script.js"));
        await profile(bench, "script.js");
        await bench.command("Tickmark: Show Flamegraph");
        await jump(bench, "/script.js");
        assert.equal(await bench.page.locator(".tabs-container .tab", { hasText: "script.js" }).filter({ hasNotText: "Tickmark" }).count(), 1);
        await bench.screenshot("named");
        await nothingTold(bench);
      });

      await step("a folder behind a symbolic link keeps the name it was opened by", async () => {
        const folder = path.join(top, "link");
        await symlink(await project(path.join(top, "there")), folder);
        const bench = await show(folder, path.join(folder, "script.js"));
        await profile(bench, "script.js");
        await bench.command("Tickmark: Show Flamegraph");
        await jump(bench, "/link/script.js");
        await bench.showRuns();
        await eventually(async () => (await bench.run("script.js").count()) === 1, "the run is listed once");
        await nothingTold(bench);
      });

      await step("what was measured behind a link is known after a change of the file, and a new start", async () => {
        const folder = path.join(top, "link");
        await writeFile(path.join(folder, "script.js"), `// One more line.\n${script}`);
        const bench = await show(folder, path.join(folder, "script.js"));
        await hints(bench, "script.js").first().waitFor();
      });

      await step("a folder that cannot be written: the result is shown and listed, and where it is kept is told", async () => {
        const folder = await project(path.join(top, "full"));
        await writeFile(path.join(folder, ".tickmark"), "in the way");
        const bench = await show(folder, path.join(folder, "script.js"));
        await bench.lens("script.js", "▶ Profile script.js").waitFor();
        await nothingTold(bench);
        await profile(bench, "script.js");
        const told = await bench.told(/The run of script\.js is kept in .* only/).textContent();
        const kept = /kept in (\S+) only/.exec(told)[1];
        assert.ok(kept.startsWith(path.join(os.tmpdir(), "tickmark-")), kept);
        await bench.status.filter({ hasText: /script\.js · \d/ }).waitFor();
        await bench.showRuns();
        await bench.run("script.js").waitFor();
        await bench.command("Tickmark: Show Flamegraph");
        await jump(bench, "/full/script.js");
        await bench.screenshot("kept");
        await rm(kept, { recursive: true });
      });
    }),
  );
});

test("files of other tools, chosen from a dialog", { timeout: 400_000 }, async () => {
  await withFolder((top) =>
    withWindow({ vsix, artefacts: path.join(here, "../build/e2e/chosen") }, async (show) => {
      const folder = await project(path.join(top, "api"));
      await writeFile(path.join(folder, "keep.js"), "const all = [];\nfunction keep(n) {\n  for (let i = 0; i < n; i++) all.push({ i });\n}\nkeep(300_000);\nglobalThis.all = all;\n");
      const node = (...args) => execFileSync(editor.node, args, { cwd: folder, stdio: "ignore" });
      node("--cpu-prof", "--cpu-prof-name=time.cpuprofile", "script.js");
      node("--heap-prof", "--heap-prof-interval=4096", "--heap-prof-name=memory.heapprofile", "keep.js");
      await writeFile(path.join(folder, "stacks.folded"), "main;work;spin 70\nmain;work 20\n");
      await writeFile(path.join(folder, "broken.cpuprofile"), '{"nodes":[{"id":1');
      const bench = await show(folder, path.join(folder, "script.js"));
      const { page, view } = bench;
      await bench.lens("script.js", "▶ Profile script.js").waitFor();
      const choose = async (file) => {
        await bench.command("Tickmark: Open Profile…");
        await bench.enter(path.join(folder, file), "Open with Tickmark");
        await page.locator(".tabs-container .tab.active", { hasText: file }).waitFor();
      };

      await step("a CPU profile: to the source, and onto its lines", async () => {
        await choose("time.cpuprofile");
        await jump(bench, "/script.js");
        await page.locator(".tabs-container .tab", { hasText: "time.cpuprofile" }).click();
        await view.getByRole("button", { name: "Show on source lines" }).click();
        await bench.status.filter({ hasText: "time.cpuprofile" }).waitFor();
        await page.locator(".tabs-container .tab", { hasText: "script.js" }).click();
        await hints(bench, "script.js").first().waitFor();
      });

      await step("a heap profile, onto the lines", async () => {
        await choose("memory.heapprofile");
        await view.locator("h1", { hasText: "memory.heapprofile" }).waitFor();
        await view.locator("body", { hasText: /allocated/ }).first().waitFor();
        await view.getByRole("button", { name: "Show on source lines" }).click();
        await bench.status.filter({ hasText: "memory.heapprofile" }).waitFor();
        await bench.open("keep.js");
        await hints(bench, "keep.js").first().waitFor();
        await bench.screenshot("memory");
      });

      await step("folded stacks, which are of no file here", async () => {
        await choose("stacks.folded");
        await view.locator("canvas.boxes").waitFor();
        await view.getByRole("button", { name: "Show on source lines" }).click();
        await view.getByText(/stacks\.folded has no function in a file of this workspace/).waitFor();
      });

      await step("a broken file says what is wrong with it", async () => {
        await choose("broken.cpuprofile");
        await view.getByText(/broken\.cpuprofile: not a V8 CPU profile/).waitFor();
        await bench.screenshot("broken");
        await nothingTold(bench);
      });

      await step("a file that is written again is shown anew", async () => {
        await copyFile(path.join(folder, "time.cpuprofile"), path.join(folder, "broken.cpuprofile"));
        await view.locator("h1", { hasText: "broken.cpuprofile" }).waitFor();
        await view.locator("canvas.boxes").waitFor();
      });
    }),
  );
});
