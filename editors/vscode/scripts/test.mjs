// Unit tests, then those inside VS Code's extension host and the end-to-end tests, on a fresh package in a real VS Code.
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { install } from "../test/install.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const out = path.join(root, "build/test");
/** Those in a real VS Code: exact data first, then as a user. */
const REAL = ["host", "e2e", "trouble", "folders", "runs", "profiles", "benchmark"];
const unitsOnly = process.argv.includes("--units");
await rm(unitsOnly ? out : path.join(root, "build"), { recursive: true, force: true });
const units = (await readdir(path.join(root, "test"))).filter((name) => name.endsWith(".test.ts"));
await build({
  absWorkingDir: root,
  entryPoints: units.map((name) => `test/${name}`),
  outdir: out,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  external: ["typescript"],
  target: "node20",
  logLevel: "warning",
});
run(["--test", ...units.map((name) => path.join(out, name.replace(/\.ts$/, ".mjs")))]);
if (!unitsOnly) {
  install();
  run(["scripts/package.mjs"]);
  run(["--test", "--test-concurrency=1", ...REAL.map((name) => `test/${name}.test.mjs`)]);
}

function run(args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
