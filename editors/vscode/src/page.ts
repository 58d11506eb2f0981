// The pages of a view.
import { randomBytes } from "node:crypto";

/** Where a webview finds the files, and what it may load from. */
export interface PageFiles {
  script: string;
  style: string;
  cspSource: string;
}

/** The views' page. Nothing of a profile is in it: the view asks for what it shows. */
export function viewPage({ script, style, cspSource }: PageFiles): string {
  const nonce = randomBytes(18).toString("base64");
  const policy = `default-src 'none'; img-src data: ${cspSource}; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'`;
  return page(
    `<meta http-equiv="Content-Security-Policy" content="${policy}"><link rel="stylesheet" nonce="${nonce}" href="${escaped(style)}">`,
    `<div id="tickmark"></div><script nonce="${nonce}" src="${escaped(script)}"></script>`,
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
