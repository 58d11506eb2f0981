import assert from "node:assert/strict";
import { test } from "node:test";
import { milliseconds, rate } from "../src/load";

// The same cases as in the server's wording.rs.
test("figures have the digits of the lenses", () => {
  for (const [perSecond, expected] of [[5812, "5.8k"], [2000, "2k"], [940, "940"], [999.7, "1k"], [1_200_000, "1.2M"], [3.25, "3.3"]] as const) {
    assert.equal(rate(perSecond), expected);
  }
  for (const [ms, expected] of [[0.0615, "0.061 ms"], [0.384, "0.38 ms"], [1, "1 ms"], [4.12, "4.1 ms"], [123.4, "123 ms"], [1240, "1.2 s"]] as const) {
    assert.equal(milliseconds(ms), expected);
  }
});
