import assert from "node:assert/strict";
import { test } from "node:test";
import { exactly, search } from "../src/search";
import { profileOf } from "./tree";

function found(stacks: string, query: string): [number, number] {
  const result = search(profileOf(stacks), query);
  assert.equal(result.kind, "found");
  return result.kind === "found" ? [result.result.frames, result.result.totalUs] : [0, 0];
}

test("matched time counts each stack once", () => {
  assert.deepEqual(found("f>g>f 5\nf 3\nh>fa 2\nh 7", "^f"), [2, 10]);
});

test("case matters only with an upper-case letter in the query", () => {
  const stacks = "parseRow 5\nPARSE 3";
  assert.deepEqual(found(stacks, "parse"), [2, 8]);
  assert.deepEqual(found(stacks, "PARSE"), [1, 3]);
  assert.deepEqual(found(stacks, "parse\\w+"), [1, 5]);
  assert.deepEqual(found(stacks, "parse\\S"), [1, 5]);
});

test("files and places are searched too", () => {
  assert.deepEqual(found("a 5\nb 3\njson!native 4", "app\\.js:2"), [1, 3]);
});

test("an exact query matches nothing else", () => {
  for (const name of ["a+b", "(anonymous)", "get [x]", "価格", "C:\\a\\b.js", "a/b$"]) {
    assert.match(name, new RegExp(exactly(name)));
    assert.doesNotMatch(`${name}x`, new RegExp(exactly(name)));
  }
});

test("idle is told apart", () => {
  const result = search(profileOf("a 5\n(idle)!idle 95"), ".");
  assert.equal(result.kind === "found" && result.result.activeUs, 5);
});

test("an invalid expression says what is wrong", () => {
  const result = search(profileOf("a 5"), "a(b");
  assert.equal(result.kind, "invalid");
  assert.match(result.kind === "invalid" ? result.message : "", /^Unterminated group/);
});

test("blank means no search", () => {
  assert.equal(search(profileOf("a 5"), "  ").kind, "none");
});

test("a search that takes too long stops and says so", () => {
  const many = Array.from({ length: 2000 }, (_, i) => `f${i} 1`).join("\n");
  let clock = 0;
  const result = search(profileOf(many), "f", () => (clock += 300));
  assert.ok(result.kind === "found" && result.result.stopped && result.result.frames < 2000);
});
