import assert from "node:assert/strict";
import { test } from "node:test";
import { LocalModel } from "../src/local_model";
import { localTable } from "../src/local_tables";
import type { Profile } from "../src/read";
import type { Row, TableRequest } from "../src/wire";
import { profileOf } from "./tree";

function ask(profile: Profile, request: Partial<TableRequest>) {
  return localTable(profile, { kind: "bottomUp", path: [], filter: "", sort: "selfUs", ascending: false, hidden: [], offset: 0, limit: 200, ...request });
}

/** Rows as `name self total samples children`. */
function rows(profile: Profile, request: Partial<TableRequest>): string[] {
  return ask(profile, request).rows.map(shown);
}

function shown(row: Row): string {
  return `${row.frame.name}${row.line === null ? "" : `@${row.line}`} ${row.selfUs} ${row.totalUs} ${row.samples} ${row.children}`;
}

/** Numbers of functions by name, for paths. */
function path(profile: Profile, ...names: string[]): number[] {
  return names.map((name) => profile.strings.indexOf(name) - 1);
}

const STACKS = "main>a>parse 50\nmain>b>parse 20\nmain>a 5\nmain>b>json!native 10\n(gc)!gc 15\n(idle)!idle 100";

test("bottom-up: functions by self time, their callers below", () => {
  const profile = profileOf(STACKS);
  assert.deepEqual(rows(profile, {}), [
    "(idle) 100 100 1 0",
    "parse 70 70 2 2",
    "(gc) 15 15 1 0",
    "b 10 30 2 1",
    "a 5 55 2 1",
    "main 0 85 4 0",
  ]);
  assert.deepEqual(rows(profile, { nativeApart: true }), [
    "(idle) 100 100 1 0",
    "parse 70 70 2 2",
    "(gc) 15 15 1 0",
    "json 10 10 1 1",
    "a 5 55 2 1",
    "main 0 85 4 0",
    "b 0 30 2 1",
  ]);
  assert.deepEqual(rows(profile, { path: path(profile, "parse") }), ["a 50 50 1 1", "b 20 20 1 1"]);
  assert.deepEqual(rows(profile, { path: path(profile, "parse", "b") }), ["main 20 20 1 0"]);
  assert.deepEqual(rows(profile, { path: path(profile, "parse", "b", "main") }), []);
  assert.equal(ask(profile, {}).baseUs, 100, "shares are of active time");
});

test("what JavaScript calls is its self time, as on source lines", () => {
  // The cases of server/crates/views/src/table/tests.rs.
  const profile = profileOf("a@2>map!native>b@3>libc!native 5\na@2>map!native 3\na@2>(compiler)!compiler 2\nboot!native 7\nboot!native>a@2 1\n(compiler)!compiler 4");
  assert.deepEqual(rows(profile, {}), ["boot 7 8 2 0", "a 6 11 4 1", "b 5 5 1 1", "(compiler) 4 4 1 0"]);
  assert.deepEqual(rows(profile, { path: path(profile, "b") }), ["a 5 5 1 0"]);
  assert.deepEqual(rows(profile, { kind: "topDown", path: path(profile, "a") }), ["b 5 5 1 0"]);
  assert.deepEqual(rows(profile, { filter: "self>=6us category:app" }), ["a 6 11 4 1"]);
  assert.deepEqual(rows(profile, { hidden: ["compiler"] }), ["boot 7 8 2 0", "b 5 5 1 1", "a 4 9 3 1"]);
});

test("a function has one self time: in tables and beside the flamegraph", () => {
  const profile = profileOf("main@1>a@2>map!native>b@3>libc!native 5\nmain@1>a@2>map!native 3\na@2>(compiler)!compiler 2\n(gc)!gc 4\nmain@1>a@2>a@2>exec!native 9");
  const model = new LocalModel(profile);
  const javascript = ask(profile, {}).rows.filter((row) => row.frame.category === "app");
  assert.deepEqual(javascript.map((row) => [row.frame.name, row.selfUs]), [["a", 14], ["b", 5], ["main", 0]]);
  for (const row of javascript) assert.equal(row.selfUs, model.details({ frame: row.frame.id, measure: "cpu" }).selfValue, row.frame.name);
});

test("top-down: the call tree", () => {
  const profile = profileOf(STACKS);
  const request = { kind: "topDown", sort: "totalUs" } as const;
  assert.deepEqual(rows(profile, request), ["(idle) 100 100 1 0", "main 0 85 4 2", "(gc) 15 15 1 0"]);
  assert.deepEqual(rows(profile, { ...request, path: path(profile, "main") }), ["a 5 55 2 1", "b 10 30 2 1"]);
  assert.deepEqual(rows(profile, { ...request, nativeApart: true, path: path(profile, "main", "b") }), ["parse 20 20 1 0", "json 10 10 1 0"]);
});

test("a path that leads to no row is refused", () => {
  const profile = profileOf(STACKS);
  const check = (request: Partial<TableRequest>) => assert.throws(() => ask(profile, request), /no row at this path/);
  check({ path: path(profile, "main", "parse") });
  check({ kind: "topDown", path: path(profile, "parse") });
  check({ kind: "lines", path: path(profile, "main") });
  check({ path: [4711] });
});

test("lines: native time is self time of the line that calls it", () => {
  const profile = profileOf("main@3>parse@7 50\nmain@3>parse@8>parse@7 5\nmain@4>json!native 10");
  assert.deepEqual(rows(profile, { kind: "lines" }), ["parse@7 55 55 2 0", "main@4 10 10 1 0", "main@3 0 55 2 0", "parse@8 0 5 1 0"]);
  const [row] = ask(profile, { kind: "lines" }).rows;
  assert.deepEqual([row.frame.path, row.line], ["app.js", 7]);
});

test("hidden code is folded into its callers, hidden states of the VM are left out", () => {
  const profile = profileOf(`${STACKS}\nmain>(gc)!gc 3`);
  assert.deepEqual(rows(profile, { hidden: ["native", "idle", "gc"] }).slice(0, 3), ["parse 70 70 2 2", "b 10 30 2 1", "a 5 55 2 1"]);
  assert.ok(rows(profile, { kind: "topDown", hidden: ["app"], nativeApart: true }).includes("json 10 10 1 0"));
  const lines = profileOf("main@3>lib@9!dependency 7\nmain@3>(gc)!gc 2");
  assert.deepEqual(rows(lines, { kind: "lines", hidden: ["dependency", "gc"] }), ["main@3 7 7 1 0"]);
});

test("filters: outermost rows, and in top-down what leads to a match and what is below it", () => {
  const profile = profileOf(STACKS);
  assert.deepEqual(rows(profile, { filter: "self>=10% -category:idle" }), ["parse 70 70 2 2", "(gc) 15 15 1 0", "b 10 30 2 1"]);
  assert.deepEqual(rows(profile, { filter: "parse", path: path(profile, "parse") }), ["a 50 50 1 1", "b 20 20 1 1"]);
  const json = { kind: "topDown", filter: "name:json", nativeApart: true } as const;
  assert.deepEqual(rows(profile, json), ["main 0 85 4 1"]);
  assert.deepEqual(rows(profile, { ...json, path: path(profile, "main") }), ["b 0 30 2 1"]);
  assert.deepEqual(rows(profile, { ...json, path: path(profile, "main", "b") }), ["json 10 10 1 0"]);
  const b = { kind: "topDown", filter: "name:b", nativeApart: true } as const;
  assert.deepEqual(rows(profile, { ...b, path: path(profile, "main") }), ["b 0 30 2 2"]);
  assert.deepEqual(rows(profile, { ...b, path: path(profile, "main", "b") }), ["parse 20 20 1 0", "json 10 10 1 0"]);
  const wrong = ask(profile, { filter: "self>" });
  assert.deepEqual([wrong.total, wrong.error?.at, wrong.error?.length], [6, 0, 5]);
  assert.match(ask(profile, { filter: "selfBytes>1MB" }).error?.message ?? "", /no allocations/);
});

test("the filter's paths are relative to the project's folder, its tiers are those of most self time", () => {
  const profile = profileOf("a/turbofan 6\na/ignition 5\nb/maglev>json!native 9\nb/ignition 1", { meta: { root: "/home/me" } });
  assert.equal(ask(profile, { filter: "file:/home/me/app.js" }).total, 2);
  assert.equal(ask(profile, { filter: "file:me/app.js" }).total, 0);
  assert.deepEqual(rows(profile, { filter: "tier:turbofan" }), ["a 11 11 2 0"]);
  assert.deepEqual(rows(profile, { filter: "tier:maglev" }), ["b 10 10 2 0"]);
  assert.deepEqual(rows(profile, { filter: "tier:unknown", nativeApart: true }), ["json 9 9 1 1"]);
  assert.equal(ask(profile, {}).rows[0].frame.path, "/home/me/app.js");
});

test("sorting, with ties in the order of self and total whatever the direction", () => {
  const profile = profileOf("b 3\nA 3\nc>A 3\nc 1");
  const names = (request: Partial<TableRequest>) => ask(profile, request).rows.map((row) => row.frame.name).join(" ");
  assert.equal(names({ sort: "name", ascending: true }), "A b c");
  assert.equal(names({ sort: "name" }), "c b A");
  assert.equal(names({ sort: "totalUs", ascending: true }), "b c A");
  assert.equal(names({ sort: "samples" }), "A c b");
  assert.equal(names({ sort: "place", ascending: true }), "b A c");
  assert.equal(names({ sort: "selfBytes", ascending: true }), "A b c");
});

test("pages fit together, and hold 200 rows at most", () => {
  const profile = profileOf(Array.from({ length: 450 }, (_, i) => `f${i} ${1 + (i % 7)}`).join("\n"));
  const pages = [0, 200, 400].map((offset) => ask(profile, { offset, limit: 1000 }));
  assert.deepEqual(pages.map((page) => [page.total, page.rows.length]), [[450, 200], [450, 200], [450, 50]]);
  assert.equal(new Set(pages.flatMap((page) => page.rows.map((row) => row.frame.id))).size, 450);
  assert.equal(ask(profile, { limit: 0 }).rows.length, 200);
  assert.equal(ask(profile, { offset: 449, limit: 1 }).rows.length, 1);
  assert.deepEqual(ask(profile, { offset: 500 }).rows, []);
});

/** Figures of every function, stack by stack. */
function byStack(stacks: [string[], number][]): Map<string, [number, number, number]> {
  const sums = new Map<string, [number, number, number]>();
  for (const [stack, us] of stacks) {
    for (const name of new Set(stack)) {
      const [self, total, samples] = sums.get(name) ?? [0, 0, 0];
      sums.set(name, [self + (stack.at(-1) === name ? us : 0), total + us, samples + 1]);
    }
  }
  return sums;
}

test("recursion counts once per stack, whatever the stacks", () => {
  let seed = 7;
  const random = (below: number) => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) % below;
  for (let round = 0; round < 50; round++) {
    const stacks = Array.from({ length: 30 }, (): [string[], number] => [Array.from({ length: 1 + ((random(1000) >> 3) % 6) }, () => "abcd"[(random(1000) >> 4) % 4]), 1 + (random(1000) >> 5)]);
    const profile = profileOf(stacks.map(([stack, us]) => `${stack.join(">")} ${us}`).join("\n"));
    const expected = byStack(stacks);
    const found = ask(profile, {}).rows;
    assert.equal(found.length, expected.size);
    for (const row of found) {
      assert.deepEqual([row.selfUs, row.totalUs, row.samples], expected.get(row.frame.name));
      // What its callers were answered for is all but what nobody called.
      const callers = ask(profile, { path: [row.frame.id] });
      assert.equal(callers.total, row.children);
      const uncalled = stacks.filter(([stack]) => stack.length === 1 && stack[0] === row.frame.name).reduce((sum, [, us]) => sum + us, 0);
      assert.equal(callers.rows.reduce((sum, caller) => sum + caller.selfUs, 0), row.selfUs - uncalled);
    }
  }
});
