import assert from "node:assert/strict";
import { test } from "node:test";
import { matchedTime, matchFrames } from "../src/search";
import { profileOf } from "./tree";

function found(stacks: string, query: string): [number, number] {
  const profile = profileOf(stacks);
  const found = matchFrames(profile, query);
  assert.equal(found.kind, "found");
  return found.kind === "found" ? [found.frames, matchedTime(profile, found.match, false)] : [0, 0];
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

test("idle is told apart", () => {
  const profile = profileOf("a 5\n(idle)!idle 95");
  const found = matchFrames(profile, ".");
  assert.equal(found.kind === "found" && matchedTime(profile, found.match, true), 5);
});

test("an invalid expression says what is wrong", () => {
  const result = matchFrames(profileOf("a 5"), "a(b");
  assert.equal(result.kind, "invalid");
  assert.match(result.kind === "invalid" ? result.message : "", /^Unterminated group/);
});

test("blank means no search", () => {
  assert.equal(matchFrames(profileOf("a 5"), "  ").kind, "none");
});

test("a search that takes too long stops and says so", () => {
  const many = Array.from({ length: 2000 }, (_, i) => `f${i} 1`).join("\n");
  let clock = 0;
  const result = matchFrames(profileOf(many), "f", () => (clock += 300));
  assert.ok(result.kind === "found" && result.stopped && result.frames < 2000);
});
