// How quick the extension is in a real VS Code: `cargo xtask bench editor`. Prints medians and the slowest of all rounds.
import { execFileSync } from "node:child_process";
import { readFile, readdir, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { install } from "./install.mjs";
import { vsix } from "./package.mjs";
import { withProject } from "./project.mjs";
import { eventually, withWorkbench } from "./workbench.mjs";

const ROUNDS = 5;
const KEYS = 40;
const FRAMES = 100_000;
const artefacts = path.join(path.dirname(fileURLToPath(import.meta.url)), "../build/bench");

install();
const packaged = await vsix();
await withProject((folder) => withWorkbench({ vsix: packaged, folder, file: "script.js", artefacts }, (bench) => runs(bench, folder)));
await withProject(async (folder) => {
  await writeFile(path.join(folder, "large.cpuprofile"), JSON.stringify(profile(FRAMES)));
  await writeFile(path.join(folder, "small.cpuprofile"), JSON.stringify(profile(10)));
  await withWorkbench({ vsix: packaged, folder, file: "script.js", artefacts }, large);
});
await withProject((folder) => {
  const before = (server) => execFileSync(server, ["profile", "script.js"], { cwd: folder, stdio: "ignore" });
  return withWorkbench({ vsix: packaged, folder, file: "script.js", artefacts, before }, typing);
});

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

/** From the choice in the explorer to the first paint of a large profile and of a small one, in turn: the rest is VS Code's own. */
async function large(bench) {
  const { page } = bench;
  const times = { "large.cpuprofile": [], "small.cpuprofile": [] };
  await bench.lens("script.js", "▶ Profile script.js").waitFor();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, into] of Object.entries(times)) {
      await page.locator(".explorer-folders-view .monaco-list-row", { hasText: name }).click({ button: "right" });
      const item = page.locator(".context-view .monaco-menu .action-item", { hasText: "Open with Tickmark" });
      const clicked = await eventually(async () => {
        const now = Date.now();
        await item.click({ timeout: 2000 });
        await page.locator(".context-view .monaco-menu").waitFor({ state: "hidden", timeout: 1000 });
        return now;
      }, "it is chosen");
      into.push((await bench.view.locator("canvas.boxes").evaluate(firstPaint)) - clicked);
      const tab = page.locator(".tabs-container .tab", { hasText: name });
      await tab.click({ button: "middle" });
      await tab.waitFor({ state: "detached" });
    }
  }
  for (const [name, values] of Object.entries(times)) print(`choice in the explorer to first paint, ${name}`, values);
}

/** In the view: the time after the frame that paints the first boxes. */
function firstPaint() {
  return new Promise((resolve) => {
    const look = () => {
      if (!(globalThis.__tickmark?.app?.flame.graph.whole.count > 1)) requestAnimationFrame(look);
      else requestAnimationFrame(() => setTimeout(() => resolve(Date.now())));
    };
    look();
  });
}

/** From a key to the paint of its letter, with results on the lines and without, in turn. */
async function typing(bench) {
  const { page } = bench;
  const times = { "with results": [], "without results": [] };
  const hints = bench.editor("script.js").locator('.view-line span[class*="dyn-rule-"]', { hasText: /%/ });
  await hints.first().waitFor();
  await bench.goto("script.js", 2, 1);
  await page.keyboard.press("End");
  const type = async (into) => {
    for (let key = 0; key < KEYS; key++) {
      // Armed before the key is pressed: a key that comes first would be waited for in vain.
      await page.evaluate(armForLetter);
      await page.keyboard.press(key % 10 === 9 ? "Space" : "x");
      into.push(await page.evaluate(() => window.letterPainted));
    }
  };
  await type([]);
  await type(times["with results"]);
  await bench.command("Tickmark: Clear Results");
  await hints.first().waitFor({ state: "detached" });
  await bench.focus("script.js");
  await type(times["without results"]);
  for (const [name, values] of Object.entries(times)) print(`key to paint, ${name}`, values);
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

function print(what, values) {
  const sorted = [...values].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  console.log(`${what.padEnd(75)} median ${median.toFixed(0).padStart(5)} ms  slowest ${sorted.at(-1).toFixed(0).padStart(5)} ms  (${values.length})`);
}
