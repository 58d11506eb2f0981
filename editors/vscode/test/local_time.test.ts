import assert from "node:assert/strict";
import { test } from "node:test";
import { inLocalTime, openedInLocalTime } from "../src/local_time";
import type { Opened } from "../src/protocol";

/** What a clock shows there. */
function inZone(zone: string, does: () => void): void {
  const before = process.env["TZ"];
  process.env["TZ"] = zone;
  try {
    does();
  } finally {
    if (before === undefined) delete process.env["TZ"];
    else process.env["TZ"] = before;
  }
}

test("times of the server are those of the user's clock", () => {
  inZone("Asia/Kolkata", () => {
    assert.equal(inLocalTime("GET /hello · 2026-11-21 20:15:30 UTC · 12 samples"), "GET /hello · 2026-11-22 01:45:30 · 12 samples");
    const opened = { model: "m", title: "2026-01-01 00:00:00 UTC", subtitle: "a 2026-01-01 00:00:00 UTC", compared: { runId: "r", title: "2026-01-01 00:00:00 UTC" }, meta: { date: "2026-01-01 00:00:00 UTC" } };
    const here = openedInLocalTime(opened as unknown as Opened);
    assert.deepEqual([here.title, here.subtitle, here.compared?.title, here.meta?.date], ["2026-01-01 00:00:00 UTC", "a 2026-01-01 05:30:00", "2026-01-01 05:30:00", "2026-01-01 05:30:00"]);
  });
  inZone("UTC", () => assert.equal(inLocalTime("2026-11-21 20:15:30 UTC"), "2026-11-21 20:15:30"));
});

test("what is no time stays", () => {
  for (const text of ["", "UTC", "2026-13-41 99:15:30 UTC", "GET /2026"]) {
    assert.equal(inLocalTime(text), text);
  }
});
