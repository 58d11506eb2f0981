import assert from "node:assert/strict";
import { test } from "node:test";
import { FlameSettings } from "../src/flame_settings";
import { LocalModel } from "../src/local_model";
import { readState, sourceOf, type FlameState, type ViewState } from "../src/view_state";
import type { Opened } from "../src/wire";
import { profileOf } from "./tree";

const opened: Opened = { ...new LocalModel(profileOf("a 5\n(idle)!idle 1")).opened, model: "model-1", runId: "run-1" };

const flame: FlameState = {
  order: "timeOrder",
  frame: null,
  hidden: ["native"],
  measure: "cpu",
  colorBy: "tier",
  activeOnly: false,
  query: "a",
  view: [0.25, 0.5],
  scrollTop: 20,
  zoomed: [0],
  selected: [0],
};

function state(changes: Partial<ViewState> = {}, flameChanges: object = {}): ViewState {
  return { version: 1, source: sourceOf(opened), tab: "flamegraph", flame: { ...flame, ...flameChanges }, table: null, ...changes };
}

test("the state of the same run is taken over, whatever the model is called", () => {
  const kept = JSON.parse(JSON.stringify(state())) as unknown;
  assert.deepEqual(readState(kept, { ...opened, model: "model-7" })?.flame, flame);
});

test("the state of something else, or of another version, is not", () => {
  const cases: unknown[] = [
    null,
    undefined,
    "text",
    state({ source: sourceOf({ ...opened, runId: "run-2" }) }),
    state({ source: sourceOf({ ...opened, compared: { runId: "run-0", title: "" } }) }),
    { ...state(), version: 2 },
    { ...state(), flame: null },
    state({}, { hidden: ["no such category"] }),
    state({}, { view: [null, 1] }),
    state({}, { zoomed: 7 }),
  ];
  for (const kept of cases) assert.equal(readState(kept, opened), null, JSON.stringify(kept));
});

test("kept settings that the profile does not have are left out", () => {
  const settingsOf = (changes: Partial<Opened["overview"]>, kept: Partial<FlameState>) => {
    const settings = new FlameSettings({ ...opened, overview: { ...opened.overview, ...changes } });
    settings.restore({ ...flame, ...kept });
    return settings;
  };
  assert.equal(settingsOf({}, {}).order, "timeOrder");
  assert.equal(settingsOf({ hasTimeline: false }, {}).order, "leftHeavy");
  assert.equal(settingsOf({}, { order: "bothWays" }).order, "leftHeavy");
  assert.equal(settingsOf({}, { colorBy: "change" }).colorBy, "category");
  assert.equal(settingsOf({}, { measure: "allocated" }).measure, "cpu");
  const allocated = settingsOf({ allocatedBytes: 100 }, { measure: "allocated" });
  assert.deepEqual([allocated.measure, allocated.order, allocated.colorBy, allocated.base.value], ["allocated", "leftHeavy", "category", 100]);
});

test("mostly idle profiles start with idle left out", () => {
  const hidden = (idleUs: number) => [...new FlameSettings({ ...opened, overview: { ...opened.overview, wholeUs: 100, idleUs } }).hidden];
  assert.deepEqual([hidden(30), hidden(50), hidden(100)], [[], ["idle"], []]);
});
