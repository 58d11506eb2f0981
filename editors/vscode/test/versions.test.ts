import assert from "node:assert/strict";
import { test } from "node:test";
import { match } from "../src/versions";

test("which servers fit", () => {
  const check = (own: string, its: string | undefined, expected: string) => assert.equal(match(own, its), expected, `${own} and ${its}`);
  check("0.1.0", "0.1.0", "same");
  check("0.1.0", "0.1.7", "near");
  check("0.1.0", "0.1.0-beta.2", "near");
  check("0.1.0", "0.10.0", "other");
  check("1.1.0", "0.1.0", "other");
  check("0.1.0", undefined, "other");
  check("0.1.0", "next", "other");
});
