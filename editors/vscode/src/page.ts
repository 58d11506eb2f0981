// The pages of a view.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import * as path from "node:path";

/** The texts of the views' script and style, which no markup can end. */
export interface PageFiles {
  script: string;
  style: string;
}

/** Reads them from the extension's folder. */
export function readPageFiles(folder: string): PageFiles {
  const read = (name: string): string => readFileSync(path.join(folder, name), "utf8");
  return { script: read("report.js"), style: read("report.css") };
}

/**
 * The views' page. Nothing of a profile is in it: the view asks for what it shows. Script and style are in the page itself: VS Code
 * takes some 50 ms to load a file into a webview.
 */
export function viewPage({ script, style }: PageFiles): string {
  const nonce = randomBytes(18).toString("base64");
  const policy = `default-src 'none'; img-src data:; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'`;
  return page(
    `<meta http-equiv="Content-Security-Policy" content="${policy}"><style nonce="${nonce}">${style}</style>`,
    `<div id="tickmark"></div><script nonce="${nonce}">${script}</script>`,
  );
}

/** A page that says why there is no view. */
export function problemPage(problem: string): string {
  return page(
    // VS Code's own style, without which the text has no colour of the theme, is inline.
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<main role="alert"><h2>Tickmark cannot show this</h2><p>${escaped(problem)}</p></main>`,
  );
}

function page(head: string, body: string): string {
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">${head}<title>Tickmark</title></head><body>${body}</body></html>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
