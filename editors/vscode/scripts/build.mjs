// Bundles the extension into dist/extension.js, and copies the views' page and the grammars. Fails when the bundle is too large.
// build/bundled.json is a list of the npm packages in both, as folders.
import { cp, mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { packagesIn, pageBundle } from "./bundled.mjs";
import { buildSlim } from "./slim.mjs";

const MOST_BYTES = 300_000;
const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const webview = path.join(root, "../webview");
const outfile = path.join(root, "dist/extension.js");
await rm(path.join(root, "dist"), { recursive: true, force: true });
const { metafile } = await buildSlim({
  absWorkingDir: root,
  entryPoints: ["src/extension.ts"],
  outfile,
  bundle: true,
  minify: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  external: ["vscode"],
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
});
const { size } = await stat(outfile);
console.log(`dist/extension.js: ${size} bytes`);
if (size >= MOST_BYTES) {
  console.error(`the bundle is ${size} bytes: at most ${MOST_BYTES} are allowed`);
  process.exit(1);
}
for (const name of ["report.js", "report.css"]) {
  await cp(path.join(webview, "dist", name), path.join(root, "dist", name));
}
await mkdir(path.join(root, "build"), { recursive: true });
const bundled = packagesIn([{ metafile, folder: root }, await pageBundle(webview)], root);
await writeFile(path.join(root, "build/bundled.json"), `${JSON.stringify(bundled, null, 2)}\n`);
const from = path.join(root, "../../syntaxes");
const to = path.join(root, "syntaxes");
await rm(to, { recursive: true, force: true });
await mkdir(to);
for (const name of await readdir(from)) {
  if (name.endsWith(".tmLanguage.json")) await cp(path.join(from, name), path.join(to, name));
}
