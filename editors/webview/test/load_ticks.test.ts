import assert from "node:assert/strict";
import { test } from "node:test";
import { countTick, durationTick, durationTicks, linearTicks, logTicks, percentileName, percentileSteps, percentileTicks, sharePercent } from "../src/load/ticks";

test("ticks of a linear axis are round", () => {
  const check = (least: number, most: number, wanted: number, expected: number[]) => assert.deepEqual(linearTicks(least, most, wanted), expected);
  check(0, 100, 5, [0, 20, 40, 60, 80, 100]);
  check(0, 1, 4, [0, 0.5, 1]);
  check(0, 0.3, 3, [0, 0.1, 0.2, 0.3]);
  check(0, 12345, 4, [0, 5000, 10000]);
  check(58.2, 61.9, 4, [59, 60, 61]);
  check(0, 0, 4, [0]);
});

test("ticks of a logarithmic axis are round, as many as there is room for", () => {
  const check = (least: number, most: number, wanted: number, expected: number[]) => assert.deepEqual(logTicks(least, most, wanted), expected);
  check(100, 2000, 8, [100, 200, 500, 1000, 2000]);
  check(100, 100000, 5, [100, 1000, 10000, 100000]);
  check(1, 3.6e9, 5, [1, 100, 10000, 1e6, 1e8]);
  check(480, 720, 4, [500, 600, 700]);
  check(0.5, 1, 4, [0.6, 0.8, 1]);
  check(0, 10, 4, [0]);
});

test("any axis has ticks inside of it, not too many", () => {
  for (let power = -1; power < 10; power += 0.37) {
    for (const ratio of [1.02, 1.5, 3, 6, 12, 500, 1e5, 1e9]) {
      for (const wanted of [2, 4, 9]) {
        const [least, most] = [10 ** power, 10 ** power * ratio];
        for (const [kind, ticks] of [["log", logTicks(least, most, wanted)], ["linear", linearTicks(least, most, wanted)]] as const) {
          const what = `${kind} ${least} to ${most}, ${wanted}: ${ticks}`;
          assert.ok(ticks.every((tick) => tick >= least * (1 - 1e-9) && tick <= most * (1 + 1e-9)), what);
          assert.ok(ticks.length >= 1 && ticks.length <= wanted + 2, what);
          assert.ok(ticks.every((tick, i) => i === 0 || tick > ticks[i - 1]), what);
        }
      }
    }
  }
});

test("durations at ticks", () => {
  const check = (us: number, expected: string) => assert.equal(durationTick(us), expected);
  check(0, "0");
  check(0.5, "0.5 \u00b5s");
  check(200, "200 \u00b5s");
  check(61.5, "61.5 \u00b5s");
  check(1500, "1.5 ms");
  check(10_000_000, "10 s");
  check(3_600_000_000, "3,600 s");
  assert.deepEqual(durationTicks([0, 500_000, 1_000_000, 1_500_000]).map(({ text }) => text), ["0", "0.5 s", "1 s", "1.5 s"]);
});

test("counts at ticks", () => {
  const check = (value: number, expected: string) => assert.equal(countTick(value), expected);
  check(0, "0");
  check(1500, "1,500");
  check(20000, "20k");
  check(2_500_000, "2.5M");
});

test("a share is never rounded up to all", () => {
  const check = (share: number, expected: string) => assert.equal(sharePercent(share), expected);
  check(0, "0");
  check(0.0004, "<0.1");
  check(0.5, "50");
  check(0.9, "90");
  check(0.333, "33.3");
  check(0.999, "99.9");
  check(0.9999, "99.99");
  check(0.99996, "99.996");
  check(0.9999999, "99.99999");
  check(1, "100");
  assert.equal(percentileName(0.999), "p99.9");
});

test("a percentile axis goes as far as there are requests", () => {
  assert.deepEqual(percentileTicks(1), [0, 0.5]);
  assert.deepEqual(percentileTicks(1000), [0, 0.5, 0.9, 0.99, 0.999]);
  for (const requests of [1, 9, 10, 1000, 123456, 1e9]) {
    const steps = percentileSteps(requests);
    assert.ok(steps.length >= 1 && steps.every((share, i) => share < 1 && (i === 0 || share > steps[i - 1])), String(steps));
    assert.ok((1 - (steps.at(-1) ?? 0)) * requests >= 1 - 1e-6, `${requests}: ${steps.at(-1)}`);
  }
});
