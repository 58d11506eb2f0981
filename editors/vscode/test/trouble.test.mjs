// What a user meets when something is not as it should be: no trust, no server, another version.
import assert from "node:assert/strict";
import { chmod, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { editor } from "./install.mjs";
import { vsix as packaged } from "./package.mjs";
import { setting, withProject } from "./project.mjs";
import { eventually, step, withWorkbench } from "./workbench.mjs";

const artefacts = path.join(path.dirname(fileURLToPath(import.meta.url)), "../build/e2e");
const vsix = await packaged();

test("a restricted workspace starts nothing and says so, until it is trusted", { timeout: 120_000 }, async () => {
  await withProject((folder) =>
    withWorkbench({ vsix, folder, file: "server.js", artefacts: path.join(artefacts, "restricted"), trusted: false }, async (bench) => {
      const { page } = bench;
      await step("nothing is started", async () => {
        await bench.status.filter({ hasText: "restricted" }).waitFor({ timeout: 60_000 });
        assert.deepEqual(await bench.servers(), []);
        assert.equal(await bench.lens("server.js", "Profile").count(), 0);
        await bench.screenshot("restricted");
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
    }),
  );
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
