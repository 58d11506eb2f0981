// Projects to measure, as copies.
import { cp, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { editor } from "./install.mjs";

const projects = path.join(path.dirname(fileURLToPath(import.meta.url)), "../../../tests/projects");

/** A route with a hot function, a program with V8's decisions, and one with known shares of three lines. */
const FILES = ["hello-server/server.js", "hello-server/template.js", "explained/program.js", "explained/work.js", "split-lines/script.js"];
const MANIFEST = { name: "several", private: true, scripts: { start: "node server.js" }, bin: { work: "program.js", split: "script.js" } };
const LOAD = { connections: 4, durationMs: 1500, warmUpMs: 1500 };

/** Runs `use(folder)` with a new folder of all of them, with short measurements. */
export async function withProject(use) {
  const folder = await realpath(await mkdtemp(path.join(os.tmpdir(), "tickmark-project-")));
  try {
    for (const name of FILES) await cp(path.join(projects, name), path.join(folder, path.basename(name)));
    await writeFile(path.join(folder, "package.json"), JSON.stringify(MANIFEST));
    await writeFile(path.join(folder, "tickmark.json"), JSON.stringify({ node: editor.node, load: LOAD }));
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Changes a setting of the workspace; undefined takes it away. Settings of the user come late to an extension on a slow machine. */
export async function setting(folder, key, value) {
  const file = path.join(folder, ".vscode/settings.json");
  await mkdir(path.dirname(file), { recursive: true });
  const known = JSON.parse(await readFile(file, "utf8").catch(() => "{}"));
  await writeFile(file, JSON.stringify({ ...known, [key]: value }));
}
