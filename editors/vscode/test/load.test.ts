import assert from "node:assert/strict";
import { test } from "node:test";
import { hasBaseline, newestBenchmark, newestResult } from "../src/load";
import type { RunRecord } from "../src/protocol";

const target = { kind: "route", entry: "server.js", method: "GET", path: "/hello" } as const;

function run(startedAtMs: number, rest: Partial<RunRecord> = {}): RunRecord {
  return { id: String(startedAtMs), target, startedAtMs, samples: 0, ...rest };
}

const benchmark = (startedAtMs: number, pinned = false): RunRecord => run(startedAtMs, { instruments: "load", label: { name: null, pinned } });

test("the newest benchmark", () => {
  assert.equal(newestBenchmark([]), undefined);
  assert.equal(newestBenchmark([run(9), run(8, { instruments: "explain" })]), undefined);
  assert.equal(newestBenchmark([run(9), benchmark(3), benchmark(5), benchmark(4)])?.id, "5");
});

test("what was measured last", () => {
  const check = (shown: RunRecord | undefined, runs: RunRecord[], expected: string | undefined) => assert.equal(newestResult(shown, runs)?.id, expected);
  check(undefined, [], undefined);
  check(run(3), [run(3)], "3");
  check(undefined, [benchmark(2)], "2");
  check(run(3), [benchmark(2), run(3)], "3");
  check(run(3), [benchmark(4), run(3)], "4");
});

test("a baseline is a benchmark that is pinned", () => {
  const check = (runs: RunRecord[], expected: boolean) => assert.equal(hasBaseline(runs), expected);
  check([benchmark(1)], false);
  check([run(1, { label: { name: null, pinned: true } })], false);
  check([benchmark(1), benchmark(2, true)], true);
});
