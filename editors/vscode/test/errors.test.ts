import assert from "node:assert/strict";
import { test } from "node:test";
import { missingParameters } from "../src/errors";

test("a route's missing parameters are told from other errors", () => {
  const data = { kind: "routeParameters", route: "GET /users/:id", names: ["id"] };
  assert.deepEqual(missingParameters(Object.assign(new Error("GET /users/:id needs a value for :id"), { data })), data);
  for (const other of [undefined, null, new Error("x"), { data: null }, { data: { kind: "unknownModel" } }, { data: { ...data, names: 1 } }]) {
    assert.equal(missingParameters(other), undefined);
  }
});
