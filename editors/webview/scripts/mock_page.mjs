// A page as VS Code's extension builds it, with an editor made up in the page: for the tests and the bench.
import { build } from "esbuild";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { bundle, root } from "./build.mjs";

const NONCE = "bW9jaw";

/** Writes the page into `folder` and returns its URL; `theme` is VS Code's kind of theme, `css` its variables. */
export async function mockPage(folder, report, { name = "view", theme = "vscode-light", css = "", ...options } = {}) {
  await mkdir(folder, { recursive: true });
  const files = await bundle();
  const mock = await build({ absWorkingDir: root, entryPoints: ["test/mock_host.ts"], bundle: true, write: false, format: "iife", target: "es2022", logLevel: "warning" });
  const data = JSON.stringify({ report, options }).replaceAll("<", "\\u003c");
  const policy = `default-src 'none'; img-src data:; style-src 'nonce-${NONCE}'; script-src 'nonce-${NONCE}'`;
  await writeFile(path.join(folder, "report.js"), files["report.js"]);
  await writeFile(path.join(folder, "report.css"), files["report.css"]);
  await writeFile(path.join(folder, "mock.js"), mock.outputFiles[0].text);
  const file = path.join(folder, `${name}.html`);
  await writeFile(
    file,
    `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>Mock</title><style nonce="${NONCE}">${css}</style><link nonce="${NONCE}" rel="stylesheet" href="report.css"></head>
<body data-vscode-theme-kind="${theme}"><div id="tickmark"></div>
<script nonce="${NONCE}" type="application/json" id="mock-data">${data}</script>
<script nonce="${NONCE}" src="mock.js"></script><script nonce="${NONCE}" src="report.js"></script></body></html>`,
  );
  return pathToFileURL(file).href;
}
