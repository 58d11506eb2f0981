// What a user meets when something is not as it should be: no trust, no server, another version.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { editor } from "./install.mjs";
import { vsix as packaged } from "./package.mjs";
import { setting, withProject } from "./project.mjs";
import { eventually, step, withWorkbench } from "./workbench.mjs";

const artefacts = path.join(path.dirname(fileURLToPath(import.meta.url)), "../build/e2e");
const vsix = await packaged();

test("in a restricted workspace profiles are read and nothing is run, which is said, until it is trusted", { timeout: 150_000 }, async () => {
  await withProject(async (folder) => {
    execFileSync(editor.node, ["--cpu-prof", "--cpu-prof-name=script.cpuprofile", "script.js"], { cwd: folder, stdio: "ignore" });
    // Nothing of the workspace chooses the program that is started.
    await setting(folder, "tickmark.server.path", "/nowhere/tickmark");
    await withWorkbench({ vsix, folder, file: "server.js", artefacts: path.join(artefacts, "restricted"), trusted: false }, async (bench) => {
      const { page } = bench;
      await step("nothing can be measured, and that is said", async () => {
        await bench.status.filter({ hasText: "restricted" }).waitFor({ timeout: 60_000 });
        await eventually(async () => (await bench.servers()).length === 1, "the packaged server runs");
        await bench.showRuns();
        await page.locator(".part.sidebar .welcome-view", { hasText: "measures nothing in a restricted workspace" }).waitFor();
        const offered = (await bench.offered("Tickmark:")).join("\n");
        assert.match(offered, /Open Profile/);
        assert.doesNotMatch(offered, /at Cursor/);
        await bench.screenshot("restricted");
      });
      await step("a profile is read, and put on the source lines", async () => {
        await page.keyboard.press("Control+Shift+E");
        await bench.menu(page.locator(".explorer-folders-view .monaco-list-row", { hasText: "script.cpuprofile" }), "Open with Tickmark");
        await bench.view.locator("canvas.boxes").waitFor();
        await bench.command("Tickmark: Apply Profile to Source Lines");
        await bench.open("script.js");
        await bench.editor("script.js").locator('.view-line span[class*="dyn-rule-"]', { hasText: /%/ }).first().waitFor();
        assert.equal(await bench.lens("script.js", /▶|Explain|Benchmark/).count(), 0);
        await bench.screenshot("restricted-profile");
        await setting(folder, "tickmark.server.path", undefined);
      });
      await step("trusting it starts the server", async () => {
        await bench.status.click();
        await page.locator(".workspace-trust-editor .monaco-button", { hasText: /^Trust$/ }).click();
        await page.locator('.monaco-modal-editor-block [aria-label^="Close"]').first().click();
        await bench.open("server.js");
        await bench.lens("server.js", "▶ Profile GET /hello").waitFor();
        await eventually(async () => (await bench.servers()).length === 1, "the server runs");
        await bench.status.waitFor({ state: "hidden" });
        await bench.screenshot("trusted");
      });
    });
  });
});

test("a server that is slow to start is told to be starting, and not to have stopped", { timeout: 120_000 }, async () => {
  await withProject(async (folder) => {
    const [program, go] = [path.join(folder, "slow-tickmark"), path.join(folder, "go")];
    await setting(folder, "tickmark.server.path", program);
    const before = async (server) => {
      await writeFile(program, `#!/bin/sh\nwhile [ ! -e ${go} ]; do sleep 0.1; done\nexec ${server} "$@"\n`);
      await chmod(program, 0o755);
    };
    await withWorkbench({ vsix, folder, file: "server.js", artefacts: path.join(artefacts, "slow"), before }, async (bench) => {
      const { page } = bench;
      const told = (text) => page.locator(".part.sidebar .welcome-view", { hasText: text });
      const seen = [];
      await step("it is starting", async () => {
        await bench.showRuns();
        // What is written there at any time, however short.
        await page.exposeFunction("tickmarkSaw", (text) => seen.push(text));
        await page.evaluate(() => new MutationObserver(() => document.querySelectorAll(".part.sidebar .welcome-view").forEach((each) => globalThis.tickmarkSaw(each.textContent))).observe(document.querySelector(".part.sidebar"), { subtree: true, childList: true, characterData: true }));
        await told("Tickmark is starting").waitFor({ timeout: 60_000 });
        await bench.screenshot("starting");
      });
      await step("it has started", async () => {
        await writeFile(go, "");
        await told("Nothing has been measured").waitFor();
        assert.doesNotMatch(seen.join("\n"), /has stopped/);
      });
    });
  });
});

test("a route's parameters are asked for and kept, and a crash is told in a line", { timeout: 170_000 }, async () => {
  await withProject(async (folder) => {
    await mkdir(path.join(folder, "node_modules/express"), { recursive: true });
    await writeFile(path.join(folder, "node_modules/express/index.js"), EXPRESS);
    const text = `const app = require("express")();
app.get("/users/:id", (request, response) => response.end("hello"));
app.listen(0);
`;
    await writeFile(path.join(folder, "server.js"), text);
    await withWorkbench({ vsix, folder, file: "server.js", artefacts: path.join(artefacts, "launching") }, async (bench) => {
      const { page } = bench;
      const settings = path.join(folder, "tickmark.json");
      const before = JSON.parse(await readFile(settings, "utf8"));
      await step("the value is asked for, and kept with all other settings", async () => {
        await bench.lens("server.js", /Profile GET \/users\/:id/).click();
        await bench.enter("a b", "Value of :id for GET /users/:id");
        const bar = page.locator(".notifications-toasts .notification-list-item", { hasText: "Profiling GET /users/:id" });
        await bar.waitFor();
        const kept = JSON.parse(await readFile(settings, "utf8"));
        assert.deepEqual(kept, { ...before, routes: { "GET /users/:id": { params: { id: "a b" } } } });
        await bar.waitFor({ state: "detached", timeout: 90_000 });
        await bench.lens("server.js", /GET \/users\/:id.*req\/s/).waitFor();
      });
      await step("a program that throws is told in a line, with a way to its place", async () => {
        const crashing = text.replace("app.listen", "app.start");
        await writeFile(path.join(folder, "server.js"), crashing);
        await bench.editor("server.js").locator(".view-line", { hasText: "app.start" }).waitFor();
        await bench.lens("server.js", /GET \/users\/:id/).first().click();
        const told = page.locator(".notifications-toasts .notification-list-item", { hasText: "TypeError: app.start is not a function (server.js:" });
        await told.waitFor({ timeout: 60_000 });
        assert.doesNotMatch(await told.locator(".notification-list-item-message").innerText(), /    at |\^/);
        await told.locator(".monaco-button", { hasText: "Show Log" }).waitFor();
        await bench.screenshot("crash");
        await told.locator(".monaco-button", { hasText: "Go to Line" }).click();
        const line = crashing.split("\n").findIndex((each) => each.startsWith("app.start")) + 1;
        await eventually(async () => (await bench.line()) === line, "the cursor is at the line that threw");
      });
    });
  });
});

test("a server that is not there is told, with the log one click away, and one that is there afterwards is started", { timeout: 120_000 }, async () => {
  await withProject(async (folder) => {
    await setting(folder, "tickmark.server.path", "/nowhere/tickmark");
    await withWorkbench({ vsix, folder, file: "server.js", artefacts: path.join(artefacts, "missing") }, async (bench) => {
      const { page } = bench;
      await step("the setting is told", async () => {
        const toast = page.locator(".notifications-toasts .notification-list-item", { hasText: "tickmark.server.path is /nowhere/tickmark, which is no file" });
        await toast.waitFor({ timeout: 60_000 });
        await bench.screenshot("missing");
        await toast.locator(".monaco-button", { hasText: "Show Log" }).click();
        await page.locator(".part.panel .view-line", { hasText: /which.is.no.file/ }).first().waitFor();
        assert.deepEqual(await bench.servers(), []);
      });
      await step("it is started when the setting is right", async () => {
        await setting(folder, "tickmark.server.path", "");
        await bench.lens("server.js", "▶ Profile server.js").waitFor();
        await bench.status.waitFor({ state: "hidden" });
      });
      const other = async (version) => {
        const program = path.join(folder, `tickmark-${version}`);
        await writeFile(program, sayingItIs(version, bench.server));
        await chmod(program, 0o755);
        await setting(folder, "tickmark.server.path", program);
      };
      const told = (version) => page.locator(".notifications-toasts .notification-list-item", { hasText: `is version ${version}` });
      await step("a server of another patch works, with a warning", async () => {
        await other("0.1.9");
        await told("0.1.9").filter({ hasText: "should be the same" }).waitFor();
        await bench.screenshot("version");
        await bench.lens("server.js", "▶ Profile server.js").waitFor();
      });
      await step("a server of another version is not used", async () => {
        await other("0.9.0");
        await told("0.9.0").filter({ hasText: "do not fit together" }).waitFor();
        await bench.status.filter({ hasText: "Tickmark" }).waitFor();
        await bench.lens("server.js", "▶ Profile").first().waitFor({ state: "detached" });
        await eventually(async () => (await bench.servers()).length === 0, "no server runs");
      });
    });
  });
});

/** As much of a framework as one route takes, which answers to one value only. */
const EXPRESS = `module.exports = () => {
  let does;
  const server = require("node:http").createServer((request, response) => {
    if (request.url === "/users/a%20b") return does(request, response);
    response.statusCode = 404;
    response.end();
  });
  return { get: (pattern, handler) => void (does = handler), listen: (port) => server.listen(port) };
};
`;

/** A program that hands everything on to the server and back, but for the version in the answer to `initialize`. */
function sayingItIs(version, server) {
  return `#!${editor.node}
const { spawn } = require("node:child_process");
const server = spawn(${JSON.stringify(server)}, process.argv.slice(2), { stdio: ["pipe", "pipe", "inherit"] });
process.stdin.pipe(server.stdin);
server.on("exit", (code) => process.exit(code ?? 1));
let begun = "";
const read = (bytes) => {
  begun += bytes.toString("latin1");
  if (!/"version":"\\d\\.\\d\\.\\d"/.test(begun)) return;
  server.stdout.off("data", read);
  process.stdout.write(Buffer.from(begun.replace(/"version":"\\d\\.\\d\\.\\d"/, '"version":"${version}"'), "latin1"));
  server.stdout.pipe(process.stdout);
};
server.stdout.on("data", read);
`;
}
