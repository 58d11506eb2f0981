import assert from "node:assert/strict";
import { test } from "node:test";
import { LocalModel } from "../src/local_model";
import { ownNotes } from "../src/load/headline";
import { hasLoad, isOnlyLoad } from "../src/load/load_view";
import { joined } from "../src/load/over_time";
import { readLoad, readVersus } from "../src/load/read";
import { verdictText } from "../src/load/rounds";
import type { FigureComparison, Slice } from "../src/load/wire";
import { readReport, ReportError } from "../src/read";
import { reportOf } from "./tree";

const LATENCY = { min: 1, mean: 2, p50: 2, p90: 3, p99: 4, p999: 5, max: 6 };

test("a report of an older version lacks keys, and is read", () => {
  const load = readLoad({ requestsPerSecond: 10, latencyMs: LATENCY, sent: 3, completed: 3, statuses: { 200: 3 }, requestedRate: null });
  assert.deepEqual([load.latencyCounts, load.slices, load.failures, load.generator, load.notes], [[], [], [], null, null]);
  assert.deepEqual([load.openLoop, load.inFlight, load.failed], [false, 1, 0]);
  assert.equal(readLoad({ requestedRate: 100 }).openLoop, true);
});

test("what is there and wrong is refused with its place", () => {
  const check = (value: unknown, message: RegExp) => assert.throws(() => readLoad(value), (error) => error instanceof ReportError && message.test(error.message));
  check(null, /^load is missing/);
  check([], /^load is missing/);
  check({ sent: -1 }, /load\.sent is -1/);
  check({ latencyCounts: {} }, /load\.latencyCounts is not a list/);
  check({ latencyCounts: [[1, 2], [3, "4"]] }, /load\.latencyCounts\[1\]\[1\] is "4"/);
  check({ latencyMs: { ...LATENCY, p99: undefined } }, /load\.latencyMs\.p99 is missing/);
  check({ slices: [{ startMs: 0 }] }, /load\.slices\[0\]\.durationMs is missing/);
  check({ statuses: { 200: "many" } }, /load\.statuses\.200 is "many"/);
  check({ failures: [7] }, /load\.failures\[0\] is missing or not an object/);
  assert.throws(() => readVersus({ a: {}, b: {}, rounds: [[{}, { sent: -1 }]] }), /versus\.rounds\[0\]\[1\]\.sent is -1/);
  assert.throws(() => readVersus({ a: {}, b: {}, figures: [{ figure: "smell" }] }), /versus\.figures\[0\] is of "smell"/);
});

test("counts come in order, statuses and errors with the most first", () => {
  const load = readLoad({ latencyCounts: [[30, 1], [10, 2], [20, 0]], statuses: { 200: 1, 500: 9 }, errors: { reset: 1, timeout: 2 } });
  assert.deepEqual(load.latencyCounts, [[10, 2], [30, 1]]);
  assert.deepEqual(load.statuses, [["500", 9], ["200", 1]]);
  assert.deepEqual(load.errors, [["timeout", 2], ["reset", 1]]);
});

test("figures say themselves what spoils them, where the host does not", () => {
  const check = (value: object, kinds: string[]) => assert.deepEqual(ownNotes(readLoad(value)).map(({ kind }) => kind), kinds);
  check({ completed: 5 }, []);
  check({ completed: 5, clientLimited: true, failed: 1, interrupted: true }, ["clientLimited", "failed", "interrupted"]);
  check({}, ["empty"]);
});

test("a load test alone needs no views of a profile", () => {
  const alone = new LocalModel(readReport({ schema: "tickmark/load@1", requestsPerSecond: 5, sent: 5 })).opened;
  assert.deepEqual([hasLoad(alone), isOnlyLoad(alone)], [true, true]);
  const named = readReport({ schema: "tickmark/load@1", target: { kind: "url", requests: ["GET /fast", "POST /echo"] } });
  assert.deepEqual([named.title, alone.title], ["GET /fast, POST /echo", "Load test"]);
  const inTurns = readReport({ schema: "tickmark/versus@1", target: { kind: "route", method: "GET", path: "/fast" }, a: {}, b: {} });
  assert.deepEqual([inTurns.title, inTurns.load, readVersus(inTurns.versus).rounds], ["GET /fast", undefined, []]);
  const profiled = new LocalModel(readReport({ ...reportOf("a 5"), load: { sent: 5 } })).opened;
  assert.deepEqual([hasLoad(profiled), isOnlyLoad(profiled)], [true, false]);
  const plain = new LocalModel(readReport(reportOf("a 5"))).opened;
  assert.deepEqual([hasLoad(plain), isOnlyLoad(plain)], [false, false]);
});

test("verdicts in words", () => {
  const figure: FigureComparison = { figure: "requestsPerSecond", a: 100, b: 110, ratio: 1.1, interval: [1.05, 1.15], verdict: "better" };
  const check = (changes: Partial<FigureComparison>, verdict: string, change: string) => assert.deepEqual(verdictText({ ...figure, ...changes }), { verdict, change });
  check({}, "Better", "10.0% more (95% interval +5.0% to +15.0%)");
  check({ ratio: 0.9, interval: [0.85, 0.95], verdict: "worse" }, "Worse", "10.0% fewer (95% interval \u221215.0% to \u22125.0%)");
  check({ figure: "p50Ms", ratio: 0.999, interval: null, verdict: "undecided" }, "Undecided: more rounds are needed", "0.1% shorter (too few rounds for an interval)");
  check({ figure: "p99Ms", ratio: 1, interval: [0.9996, 1.02], verdict: "noDifferenceShown" }, "No difference shown", "the same (95% interval 0% to +2.0%)");
});

test("a last slice too short for a rate is a part of the one before", () => {
  const slice = (startMs: number, durationMs: number, completed: number): Slice => ({ startMs, durationMs, completed, failed: 1, p50Us: 5, p99Us: 9 });
  const check = (slices: Slice[], expected: [number, number, number][]) =>
    assert.deepEqual(joined(slices).map(({ startMs, durationMs, completed }) => [startMs, durationMs, completed]), expected);
  check([], []);
  check([slice(0, 3, 1)], [[0, 3, 1]]);
  check([slice(0, 250, 5), slice(250, 100, 2)], [[0, 250, 5], [250, 100, 2]]);
  check([slice(0, 250, 5), slice(250, 1, 2)], [[0, 251, 7]]);
  assert.equal(joined([slice(0, 250, 5), slice(250, 1, 2)])[0].failed, 2);
});
