import assert from "node:assert/strict";
import { test } from "node:test";
import { binned, edgesOf, merged, percentileUs, stepsOf, totalOf } from "../src/load/distribution";
import type { Counts } from "../src/load/wire";

/** Distributions of many shapes, the random ones always the same. */
function shapes(): [name: string, counts: Counts][] {
  let seed = 7;
  const random = () => (seed = (Math.imul(seed, 48271) >>> 0) % 2147483647) / 2147483647;
  const made: [string, Counts][] = [
    ["nothing", []],
    ["one request", [[60, 1]]],
    ["one value", [[61.5, 4000]]],
    ["two neighbours", [[60.1, 3], [60.2, 4]]],
    ["zero", [[0, 3]]],
    ["zero and more", [[0, 3], [120, 5]]],
    ["a microsecond to an hour", [[1, 1], [1000, 1000], [3.6e9, 1]]],
    ["powers of ten, on the edges of bins", [[1, 1], [10, 2], [100, 3], [1000, 4], [10000, 5]]],
    ["huge counts", [[50, 2 ** 40], [60, 2 ** 41]]],
  ];
  for (let i = 0; i < 200; i++) {
    const values = new Set(Array.from({ length: 1 + Math.floor(random() * 400) }, () => Number((10 ** (random() * 8 - 1)).toPrecision(3))));
    made.push([`random ${i}`, [...values].sort((a, b) => a - b).map((us) => [us, 1 + Math.floor(random() * 50)])]);
  }
  return made;
}

test("bins hold every request once, each in the bin of its latency", () => {
  for (const [name, counts] of shapes()) {
    for (const wanted of [1, 7, 60]) {
      const edges = edgesOf([counts], wanted);
      const bins = binned(counts, edges);
      assert.equal(bins.reduce((sum, n) => sum + n, 0), totalOf(counts), name);
      assert.ok(bins.length <= wanted, `${name}: ${bins.length} bins`);
      assert.ok(edges.every((edge, i) => edge > 0 && Number.isFinite(edge) && (i === 0 || edge > edges[i - 1])), `${name}: ${edges}`);
      for (const [us, count] of counts) {
        const bin = binned([[us, count]], edges).indexOf(count);
        const isInside = (us >= edges[bin] * (1 - 1e-9) || bin === 0) && (us < edges[bin + 1] || bin === bins.length - 1);
        assert.ok(isInside, `${name}: ${us} in ${edges[bin]}\u2013${edges[bin + 1]}`);
      }
    }
  }
});

test("bins are equally wide on a logarithmic axis, and reach from the fastest to the slowest", () => {
  const edges = edgesOf([[[100, 1], [100000, 1]]], 60);
  assert.equal(edges.length, 61);
  assert.ok(Math.abs(edges[0] - 100) < 1e-6 && Math.abs(edges[60] - 100000) < 1e-3);
  for (let i = 1; i < 60; i++) assert.ok(Math.abs(edges[i + 1] / edges[i] - edges[1] / edges[0]) < 1e-9);
});

test("one value is a bar with room beside it", () => {
  const edges = edgesOf([[[500, 9]]], 60);
  assert.ok(edges[0] < 500 && edges[edges.length - 1] > 500);
  assert.equal(binned([[500, 9]], edges).filter((n) => n > 0).length, 1);
});

test("two distributions share their bins", () => {
  const a: Counts = [[100, 5]];
  const b: Counts = [[900, 7]];
  const edges = edgesOf([a, b], 10);
  assert.deepEqual([binned(a, edges)[0], binned(b, edges).at(-1)], [5, 7]);
  assert.deepEqual(edgesOf([[], []], 10), []);
});

test("percentiles are those of the server: nearest rank", () => {
  const counts: Counts = [[10, 1], [20, 8], [500, 1]];
  const check = (percent: number, expected: number) => assert.equal(percentileUs(counts, percent), expected, `p${percent}`);
  check(0, 10);
  check(10, 10);
  check(10.1, 20);
  check(90, 20);
  check(90.1, 500);
  check(100, 500);
  assert.equal(percentileUs([], 50), null);
});

test("several distributions together", () => {
  assert.deepEqual(merged([[[10, 1], [30, 2]], [[20, 4], [30, 1]], []]), [[10, 1], [20, 4], [30, 3]]);
});

test("the percentile curve climbs to all requests", () => {
  assert.deepEqual(stepsOf([[10, 1], [20, 2], [40, 1]]), [
    { us: 10, from: 0, to: 0.25 },
    { us: 20, from: 0.25, to: 0.75 },
    { us: 40, from: 0.75, to: 1 },
  ]);
  for (const [name, counts] of shapes()) {
    const steps = stepsOf(counts);
    assert.ok(steps.every(({ from, to, us }, i) => to > from && (i === 0 || (from === steps[i - 1].to && us > steps[i - 1].us))), name);
    assert.equal(steps.at(-1)?.to ?? 1, 1, name);
  }
});
