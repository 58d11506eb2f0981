import assert from "node:assert/strict";
import { test } from "node:test";
import { Restarts } from "../src/restarts";

test("the delay doubles, and the sixth end within three minutes is the last", () => {
  const restarts = new Restarts();
  assert.deepEqual([0, 1, 2, 3, 4, 5].map((second) => restarts.next(second * 1000)), [250, 500, 1000, 2000, 4000, undefined]);
});

test("ends long ago do not count", () => {
  const restarts = new Restarts();
  assert.deepEqual([0, 200_000, 400_000].map((now) => restarts.next(now)), [250, 250, 250]);
});

test("the user's restart begins anew", () => {
  const restarts = new Restarts();
  restarts.next(0);
  restarts.forget();
  assert.equal(restarts.next(1), 250);
});
