import assert from "node:assert/strict";
import { test } from "node:test";
import { problemPage, viewPage } from "../src/page";

const files = { script: "run(1 < 2)", style: "a > b { color: red }" };

test("the page runs its one script and its one style, by a nonce of its own", () => {
  const html = viewPage(files);
  const [nonce, ...others] = new Set([...html.matchAll(/nonce[-=]"?([\w+/=]+)/g)].map((found) => found[1]));
  assert.deepEqual(others, []);
  assert.ok(nonce !== undefined && nonce.length >= 22);
  assert.ok(!viewPage(files).includes(nonce), "another page has another one");
  assert.match(html, /content="default-src 'none'; img-src data:; style-src 'nonce-[^' ]+'; script-src 'nonce-[^' ]+'"/);
  assert.match(html, /<div id="tickmark"><\/div>/);
  assert.ok(html.includes(`<style nonce="${nonce}">${files.style}</style>`));
  assert.ok(html.includes(`<script nonce="${nonce}">${files.script}</script>`));
  assert.doesNotMatch(html, /<(script|style)(?! nonce=)|unsafe|https?:/);
});

test("a problem is text, too", () => {
  const html = problemPage(`the run "<img src=x>" & more`);
  assert.match(html, /the run &#34;&#60;img src=x&#62;&#34; &#38; more/);
  assert.doesNotMatch(html, /<script|<img/);
});
