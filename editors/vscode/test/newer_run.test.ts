import assert from "node:assert/strict";
import { test } from "node:test";
import { newerRun } from "../src/newer_run";
import type { RunRecord } from "../src/protocol";
import { clock, titleAndTime } from "../src/run_labels";

const target = { kind: "route", entry: "server.js", method: "GET", path: "/docs" } as const;
const at = (day: number, hour: number, minute: number) => new Date(2026, 10, day, hour, minute).getTime();
const now = at(21, 15, 0);

function run(id: string, startedAtMs: number, rest: Partial<RunRecord> = {}): RunRecord {
  return { id, target, startedAtMs, samples: 10, folder: "/app", ...rest };
}

test("the time of day, with the day where it is another", () => {
  const check = (then: number, expected: string) => assert.equal(clock(then, now), expected);
  check(at(21, 14, 2), "14:02");
  check(at(21, 0, 5), "00:05");
  check(at(20, 23, 59), "20 Nov 23:59");
});

test("runs are told apart by their time, or by their name", () => {
  assert.equal(titleAndTime(run("a", at(21, 14, 2)), now), "GET /docs · 14:02");
  assert.equal(titleAndTime(run("a", at(21, 14, 2), { label: { name: "before", pinned: false } }), now), "before");
});

test("the lines show a newer run than a view", () => {
  const old = run("old", at(21, 13, 40));
  const fresh = run("fresh", at(21, 14, 2));
  const check = (list: { runs: RunRecord[]; shown: string[] }, view: { runId?: string; compared?: object | null }, expected: string | null) =>
    assert.equal(newerRun(list, view, now)?.runId ?? null, expected);
  const both = { runs: [fresh, old], shown: ["fresh"] };
  check(both, { runId: "old" }, "fresh");
  assert.equal(newerRun(both, { runId: "old" }, now)?.title, "GET /docs · 14:02");
  check(both, { runId: "fresh" }, null);
  check({ ...both, shown: ["old"] }, { runId: "fresh" }, null);
  check({ ...both, shown: [] }, { runId: "old" }, null);
  // A file is no run, a deleted run is not known, a comparison names both of its runs.
  check(both, {}, null);
  check(both, { runId: "gone" }, null);
  check(both, { runId: "old", compared: {} }, null);
  check({ runs: [fresh, run("old", old.startedAtMs, { instruments: "load" })], shown: ["fresh"] }, { runId: "old" }, null);
  check({ runs: [run("fresh", fresh.startedAtMs, { folder: "/other" }), old], shown: ["fresh"] }, { runId: "old" }, null);
});
