import assert from "node:assert/strict";
import { test } from "node:test";
import { key, lasting, sourceOf } from "../src/sources";

test("views of the same have one key", () => {
  assert.equal(key({ runId: "a" }), key({ runId: "a" }));
  const all = [{}, { runId: "a" }, { path: "a" }, { runId: "a", compareWith: "b" }, { runId: "b", compareWith: "a" }, { path: "a", compareWith: "b" }];
  assert.equal(new Set(all.map(key)).size, all.length);
});

test("what was opened has a lasting name", () => {
  const opened = { model: "model-1", title: "GET /hello" };
  assert.deepEqual(lasting({ ...opened, runId: "a" }), { runId: "a" });
  assert.deepEqual(lasting({ ...opened, path: "/a.cpuprofile", compared: { runId: "b", title: "b" } }), { path: "/a.cpuprofile", compareWith: "b" });
});

test("a source out of a kept state", () => {
  const check = (state: unknown, expected: object | undefined) => assert.deepEqual(sourceOf(state), expected);
  check({ source: '["20261121-090248-dtvu","20261121-080248-abcd"]', tab: "bottomUp" }, { runId: "20261121-090248-dtvu", compareWith: "20261121-080248-abcd" });
  check({ source: '["/a.folded",null]' }, { path: "/a.folded" });
  const others = [undefined, null, 3, {}, { source: null }, { source: {} }, { source: "a" }, { source: "{}" }, { source: "[]" }, { source: "[7]" }, { source: '[""]' }];
  others.forEach((state) => check(state, undefined));
});
