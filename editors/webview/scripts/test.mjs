// Bundles the unit tests (TypeScript) and runs all tests with node --test.
import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { root } from "./build.mjs";

const out = path.join(root, "build/test");
await rm(out, { recursive: true, force: true });
const files = await readdir(path.join(root, "test"));
const units = files.filter((name) => name.endsWith(".test.ts"));
await build({
  absWorkingDir: root,
  entryPoints: units.map((name) => `test/${name}`),
  outdir: out,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  logLevel: "warning",
});
const all = [
  ...units.map((name) => path.join(out, name.replace(/\.ts$/, ".mjs"))),
  ...files.filter((name) => name.endsWith(".test.mjs")).map((name) => path.join(root, "test", name)),
];
const run = spawnSync(process.execPath, ["--test", "--test-concurrency=2", ...all], { stdio: "inherit", cwd: root });
process.exit(run.status ?? 1);
