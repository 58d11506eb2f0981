// What VS Code's own interface tells of the packaged extension: exact positions, labels and codes, from inside the extension host.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { withCodeServer } from "./code_server.mjs";
import { vsix } from "./package.mjs";
import { withProject } from "./project.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const artefacts = path.join(here, "../build/host");
const report = path.join(artefacts, "report.jsonl");
const LONGEST_MS = 120_000;

test("in the extension host", { timeout: 180_000 }, async (t) => {
  await mkdir(artefacts, { recursive: true });
  await writeFile(report, "");
  const ended = await withProject((folder) => inExtensionHost(folder));
  const told = (await readFile(report, "utf8")).split("\n").filter((line) => line !== "");
  for (const { name, error, ms } of told.map((line) => JSON.parse(line))) {
    await t.test(`${name} (${ms} ms)`, () => assert.equal(error, undefined, error));
  }
  assert.deepEqual(ended, { code: 0 }, "every test ended well");
  assert.ok(told.length > 0, "there were tests");
});

/** `{ code }` of the tests in `host`, or `{ late }` when they do not end. */
async function inExtensionHost(folder) {
  const options = ["--vscode-option", "enable-smoke-test-driver"];
  const environment = { TICKMARK_HOST_REPORT: report };
  let ended;
  await withCodeServer({ vsix: await vsix(), artefacts, options, environment }, async ({ page, url, remote, server }) => {
    // A stored run, with what V8 decided: it is shown from the start.
    execFileSync(server, ["trace", "program.js"], { cwd: folder, stdio: "ignore" });
    const exited = new Promise((resolve) => page.exposeFunction("codeAutomationExit", (code) => resolve({ code })));
    const tests = path.join(here, "host");
    await page.goto(url(folder, [["extensionDevelopmentPath", remote(tests)], ["extensionTestsPath", remote(path.join(tests, "index.cjs"))]]));
    let timer;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, LONGEST_MS, { late: `not within ${LONGEST_MS} ms` })));
    ended = await Promise.race([exited, late]);
    clearTimeout(timer);
    await page.screenshot({ path: path.join(artefacts, "ended.png") });
  });
  return ended;
}
