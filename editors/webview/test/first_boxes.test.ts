import assert from "node:assert/strict";
import { test } from "node:test";
import { firstRequest, isSketchOf } from "../src/first_boxes";
import type { BoxesRequest, Overview } from "../src/wire";

const overview: Overview = {
  categories: [],
  tiers: [],
  wholeUs: 1000,
  idleUs: 0,
  allocatedBytes: null,
  hasCpu: true,
  hasTimeline: true,
  timelineUs: 1000,
  samples: 1,
  intervalUs: 1000,
  nFrames: 1,
  before: null,
};

test("what a view asks first", () => {
  const check = (changes: Partial<Overview>, expected: Partial<BoxesRequest>) => {
    const { hidden, measure, minWidth } = firstRequest({ ...overview, ...changes }, 100);
    assert.deepEqual({ hidden, measure, minWidth }, { hidden: [], measure: "cpu", minWidth: 10, ...expected });
  };
  check({}, {});
  check({ idleUs: 400 }, {});
  check({ idleUs: 500 }, { hidden: ["idle"], minWidth: 5 });
  check({ idleUs: 1000 }, {});
  check({ hasCpu: false, wholeUs: 0, allocatedBytes: 3000 }, { measure: "allocated", minWidth: 30 });
});

test("boxes are a sketch of the same ones, when not too coarse", () => {
  const asked = firstRequest(overview, 100);
  const check = (wanted: Partial<BoxesRequest>, expected: boolean) => assert.equal(isSketchOf(asked, { ...asked, ...wanted }), expected);
  check({}, true);
  check({ minWidth: asked.minWidth * 2 }, true);
  check({ minWidth: asked.minWidth / 4 }, true);
  check({ minWidth: asked.minWidth / 8 }, false);
  check({ hidden: ["gc"] }, false);
  check({ query: "parse" }, false);
  check({ order: "timeOrder" }, false);
  check({ to: 500 }, false);
});
