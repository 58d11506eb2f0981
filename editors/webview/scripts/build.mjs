// Builds dist/: report.js, report.css and template.html, whose policy holds their hashes.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import path from "node:path";

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** The files of dist/ by name; the same input gives the same bytes. */
export async function bundle() {
  const shared = { absWorkingDir: root, bundle: true, minify: true, write: false, legalComments: "none", charset: "ascii", logLevel: "warning" };
  const [script, style] = await Promise.all([
    build({ ...shared, entryPoints: ["src/main.ts"], format: "iife", target: "es2022" }),
    build({ ...shared, entryPoints: ["src/report.css"], target: ["chrome111", "firefox113", "safari16.4"] }),
  ]);
  const js = script.outputFiles[0].text.trimEnd();
  const css = style.outputFiles[0].text.trimEnd();
  // Either would end its element early or open a comment in the page it is embedded in.
  for (const [name, text] of [["report.js", js], ["report.css", css]]) {
    if (/<\/(script|style)|<!--|<script/i.test(text)) throw new Error(`${name} holds markup that would break the page`);
  }
  const template = (await readFile(path.join(root, "src/template.html"), "utf8"))
    .replace("{{cssHash}}", sha256(css))
    .replace("{{scriptHash}}", sha256(js));
  return { "report.js": js, "report.css": css, "template.html": template };
}

function sha256(text) {
  return createHash("sha256").update(text, "utf8").digest("base64");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = await bundle();
  await mkdir(path.join(root, "dist"), { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await writeFile(path.join(root, "dist", name), text);
    console.log(`dist/${name} ${text.length} bytes`);
  }
}
