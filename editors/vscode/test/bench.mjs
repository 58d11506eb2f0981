// How quick the extension is in a real VS Code: `cargo xtask bench editor`. Prints medians and the slowest of all rounds; of all parts, or
// of those that are named: `npm run bench -- runs opening typing`.
import { execFileSync } from "node:child_process";
import { readFile, readdir, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { floor } from "./floor.mjs";
import { install } from "./install.mjs";
import { vsix } from "./package.mjs";
import { withProject } from "./project.mjs";
import { eventually, withWorkbench } from "./workbench.mjs";

const ROUNDS = 5;
const OPENINGS = 15;
const TYPINGS = 3;
const KEYS = 40;
const FRAMES = 100_000;
const artefacts = path.join(path.dirname(fileURLToPath(import.meta.url)), "../build/bench");

const parts = {
  runs: () => withProject((folder) => withWorkbench({ vsix: packaged, folder, file: "script.js", artefacts }, (bench) => runs(bench, folder))),
  opening: () =>
    withProject(async (folder) => {
      await writeFile(path.join(folder, "large.cpuprofile"), JSON.stringify(profile(FRAMES)));
      await writeFile(path.join(folder, "small.cpuprofile"), JSON.stringify(profile(10)));
      await writeFile(path.join(folder, "canvas.floor"), "");
      await withWorkbench({ vsix: packaged, others, folder, file: "script.js", artefacts }, large);
    }),
  typing: () =>
    withProject((folder) => {
      const before = (server) => execFileSync(server, ["profile", "script.js"], { cwd: folder, stdio: "ignore" });
      return withWorkbench({ vsix: packaged, others, folder, file: "script.js", artefacts, before }, typing);
    }),
};
const named = process.argv.slice(2);
const unknown = named.find((name) => !(name in parts));
if (unknown !== undefined) throw new Error(`there is no part ${unknown}: name some of ${Object.keys(parts).join(", ")}, or none for all`);
install();
const packaged = await vsix();
const others = [await floor(artefacts)];
for (const name of named.length > 0 ? named : Object.keys(parts)) await parts[name]();

/** From the click on a lens to the lens with the result, and from the end of the run. */
async function runs(bench, folder) {
  const afterClick = [];
  const afterStored = [];
  for (let round = 0; round < ROUNDS; round++) {
    const lens = bench.lens("script.js", "▶ Profile script.js");
    await lens.waitFor();
    const before = await lens.textContent();
    const changed = bench.page.evaluate(lensChanges, before);
    const clicked = Date.now();
    await lens.click();
    const at = await changed;
    const newest = (await readdir(path.join(folder, ".tickmark/runs"))).filter((name) => /^\d{8}-/.test(name)).sort().at(-1);
    const file = path.join(folder, ".tickmark/runs", newest, "run.json");
    const { durationMs } = JSON.parse(await readFile(file, "utf8"));
    afterClick.push(at - clicked - durationMs);
    afterStored.push(at - (await stat(file)).mtimeMs);
  }
  print("click on a lens to lenses updated, without the run's own duration", afterClick);
  print("run stored to lenses updated", afterStored);
}

/** In the page: resolves with the time at which the first lens that begins so has another text and `active` in it. */
function lensChanges(before) {
  return new Promise((resolve) => {
    const look = () => {
      const lens = [...document.querySelectorAll(".codelens-decoration a")].find((each) => each.textContent.includes("active"));
      if (lens !== undefined && lens.textContent !== before) resolve(Date.now());
      else requestAnimationFrame(look);
    };
    look();
  });
}

/** From the choice in the explorer to the first paint of a large profile, of a small one, and of a view with nothing but a canvas, in turn. */
async function large(bench) {
  const { page } = bench;
  const [first, later] = [{}, {}];
  await bench.lens("script.js", "▶ Profile script.js").waitFor();
  await page.evaluate(() => document.addEventListener("mouseup", () => (window.chosenAt = Date.now()), { capture: true }));
  for (let round = 0; round <= OPENINGS; round++) {
    for (const name of ["canvas.floor", "small.cpuprofile", "large.cpuprofile"]) {
      const row = page.locator(".explorer-folders-view .monaco-list-row", { hasText: name });
      await bench.menu(row, name.endsWith(".floor") ? "Open with Floor" : "Open with Tickmark");
      const paintedAt = await firstPaintIn(page);
      const chosenAt = await page.evaluate(() => window.chosenAt);
      ((round === 0 ? first : later)[name] ??= []).push(paintedAt - chosenAt);
      const tab = page.locator(".tabs-container .tab", { hasText: name });
      await tab.click({ button: "middle" });
      await tab.waitFor({ state: "detached" });
    }
  }
  for (const [name, values] of Object.entries(later)) print(`choice in the explorer to first paint, ${name}`, values, later["canvas.floor"]);
  for (const [name, values] of Object.entries(first)) print(`the same for the first time in a window, ${name}`, values);
}

/** When a view painted first. Looks into every frame all the time: what waits for a frame looks rarely. */
async function firstPaintIn(page) {
  return eventually(async () => {
    for (;;) {
      const looked = page.frames().map((frame) => frame.evaluate(firstPaint).catch(() => null));
      const at = (await Promise.all(looked)).find((time) => time !== null);
      if (at !== undefined) return at;
    }
  }, "it is painted");
}

/** In a view: the time after the frame that paints the first boxes, or a canvas; null where there is no view. */
function firstPaint() {
  if (document.querySelector("#floor, #tickmark") === null) return null;
  return new Promise((resolve) => {
    const look = () => {
      const isDrawn = document.getElementById("floor") !== null || globalThis.__tickmark?.app?.flame.graph.whole.count > 1;
      if (!isDrawn) requestAnimationFrame(look);
      else requestAnimationFrame(() => setTimeout(() => resolve(Date.now())));
    };
    look();
  });
}

/** From a key to the paint of its letter, with results on the lines, with an extension's marks that never change, and with none, in turn. */
async function typing(bench) {
  const { page } = bench;
  const times = { "with results": [], "with the same texts, static": [], "without results": [] };
  const hints = bench.editor("script.js").locator('.view-line span[class*="dyn-rule-"]', { hasText: /%/ });
  const type = async (into) => {
    await bench.goto("script.js", 2, 1);
    await page.keyboard.press("End");
    for (let key = 0; key < KEYS; key++) {
      // Armed before the key is pressed: a key that comes first would be waited for in vain.
      await page.evaluate(armForLetter);
      await page.keyboard.press(key % 10 === 9 ? "Space" : "x");
      into.push(await page.evaluate(() => window.letterPainted));
    }
    await bench.command("File: Revert File");
  };
  const without = async (command) => {
    await bench.focus("script.js");
    await bench.command(command);
    await hints.first().waitFor({ state: "detached" });
  };
  await hints.first().waitFor();
  await type([]);
  await bench.command("Floor: Copy Marks");
  await page.locator(".statusbar-item", { hasText: /copied [1-9]/ }).waitFor();
  for (let round = 0; round < TYPINGS; round++) {
    await type(times["with results"]);
    await without("Tickmark: Clear Results");
    await type(times["without results"]);
    await bench.command("Floor: Show Marks");
    await hints.first().waitFor();
    await type(times["with the same texts, static"]);
    await without("Floor: Hide Marks");
    await bench.showRuns();
    await bench.menu(bench.run("script.js").first(), "Show on Source Lines");
    await hints.first().waitFor();
  }
  for (const [name, values] of Object.entries(times)) print(`key to paint, ${name}`, values, times["with the same texts, static"]);
}

/** In the page: ms from the next key to the paint of what it changed in the text. */
function armForLetter() {
  window.letterPainted = new Promise((resolve) => {
    const lines = document.querySelector(".editor-instance .monaco-editor.focused .view-lines");
    document.addEventListener(
      "keydown",
      ({ timeStamp }) => {
        const observer = new MutationObserver(() => {
          observer.disconnect();
          requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - timeStamp)));
        });
        observer.observe(lines, { childList: true, subtree: true, characterData: true });
      },
      { capture: true, once: true },
    );
  });
}

/** A profile as Node writes it, of so many nodes: a tree of ten callees each. */
function profile(size) {
  const nodes = Array.from({ length: size }, (_, at) => ({
    id: at + 1,
    callFrame: { functionName: `function${at % 5000}`, scriptId: "1", url: "file:///project/large.js", lineNumber: at % 5000, columnNumber: 0 },
    hitCount: 1,
    children: Array.from({ length: 10 }, (_, child) => at * 10 + child + 2).filter((id) => id <= size),
  }));
  const samples = nodes.map(({ id }) => id);
  return { nodes, startTime: 0, endTime: size * 1000, samples, timeDeltas: samples.map(() => 1000) };
}

/** `peers` are the values of VS Code's own, of the same time. */
function print(what, values, peers = values) {
  const median = medianOf(values);
  const ratio = peers === values ? "" : `  ${(median / medianOf(peers)).toFixed(2)} × the floor`;
  console.log(`${what.padEnd(75)} median ${median.toFixed(0).padStart(5)} ms  slowest ${Math.max(...values).toFixed(0).padStart(5)} ms  (${values.length})${ratio}`);
}

function medianOf(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
