import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunRecord } from "../src/protocol";
import { ago, comparable, details, fileName, figures, inOrder, olderFirst, summary, title } from "../src/run_labels";

const route = { kind: "route", entry: "server.js", method: "GET", path: "/hello" } as const;
const program = { kind: "program", entry: "bin/work.js", args: ["--fast", "a b"] } as const;

function run(id: string, startedAtMs: number, rest: Partial<RunRecord> = {}): RunRecord {
  return { id, target: route, startedAtMs, samples: 10, ...rest };
}

const loaded = {
  load: { requestsPerSecond: 5812.3, latencyMs: { p50: 1, p99: 4.08 } },
  overhead: { plainCpuMsPerRequest: 0.1234 },
};

test("titles and figures", () => {
  const check = (given: RunRecord, expected: string) => assert.equal([title(given), ...figures(given)].join(" · "), expected);
  check(run("a", 0), "GET /hello");
  check(run("a", 0, loaded), "GET /hello · 5.8k req/s · p99 4.1 ms · 0.12 ms CPU/req");
  check(run("a", 0, { ...loaded, instruments: "load", overhead: null }), "GET /hello · 5.8k req/s · p50 1 ms");
  check(run("a", 0, { load: { ...loaded.load, requestedRate: 5000 }, instruments: "load" }), "GET /hello · 5.8k req/s · p99 4.1 ms");
  check(run("a", 0, { load: { requestsPerSecond: 7.26, latencyMs: null } }), "GET /hello · 7.3 req/s");
  check(run("a", 0, { label: { name: "before", pinned: true } }), "before");
  check(run("a", 0, { target: program, program: { wallMs: 12_340 } }), "bin/work.js --fast a b · 12.3 s");
  check(run("a", 0, { target: program, program: { wallMs: 0.0456 } }), "bin/work.js --fast a b · 0.046 ms");
});

test("the status bar has the first two figures", () => {
  assert.equal(summary(run("a", 0, loaded)), "GET /hello · 5.8k req/s · p99 4.1 ms");
  assert.equal(summary(run("a", 0, { ...loaded, place: "api" })), "api: GET /hello · 5.8k req/s · p99 4.1 ms");
});

test("how long ago", () => {
  const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
  const check = (passed: number, expected: string) => assert.equal(ago(1e12, 1e12 + passed), expected);
  check(-5000, "just now");
  check(59_999, "just now");
  check(minute, "1 min ago");
  check(hour - 1, "59 min ago");
  check(hour, "1 h ago");
  check(day - 1, "23 h ago");
  check(day, "yesterday");
  check(9.9 * day, "9 days ago");
});

test("what stands behind the title", () => {
  const named = run("a", 0, { ...loaded, instruments: "explain", label: { name: "before", pinned: true } });
  assert.equal(details(named, 0), "5.8k req/s · p99 4.1 ms · 0.12 ms CPU/req · explained · GET /hello · just now");
  assert.equal(details(run("b", 0), 0), "just now");
  assert.equal(details(run("b", 0, { place: "api" }), 0), "api · just now");
  assert.equal(details(run("b", 0, { ...loaded, instruments: "load", overhead: null }), 0), "5.8k req/s · p50 1 ms · benchmark · just now");
});

test("baselines first, then newest first", () => {
  const pinned = { label: { name: null, pinned: true } };
  const order = inOrder([run("1", 1), run("3", 3), run("2", 2, pinned), run("4", 4), run("0", 0, pinned)]);
  assert.deepEqual(order.map(({ id }) => id), ["2", "0", "4", "3", "1"]);
});

test("what a run can be compared with", () => {
  const other = run("other", 9, { target: program });
  const entry = run("entry", 8, { target: { ...route, entry: "else.js" } });
  const { same, other: rest } = comparable(run("2", 2), [run("1", 1), run("2", 2), run("3", 3), other, entry]);
  assert.deepEqual(same.map(({ id }) => id), ["3", "1"]);
  assert.deepEqual(rest.map(({ id }) => id), ["other", "entry"]);
  assert.deepEqual(olderFirst(run("b", 5), run("a", 4)).map(({ id }) => id), ["a", "b"]);
});

test("names of files", () => {
  const check = (name: string | null, expected: string) => assert.equal(fileName(run("20260101-x", 0, { label: { name, pinned: false } })), expected);
  check(null, "GET-hello-20260101-x");
  check("../…/", "run-20260101-x");
  check("über 2.0: no", "über-2.0-no-20260101-x");
});
