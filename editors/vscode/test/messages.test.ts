import assert from "node:assert/strict";
import { test } from "node:test";
import { readMessage } from "../src/messages";

test("what views may say", () => {
  const check = (said: object, expected: object = said) => assert.deepEqual(readMessage(said), expected);
  check({ type: "ready" });
  for (const method of ["views/boxes", "views/search", "views/details", "views/table", "views/apply", "focus"]) {
    check({ type: "request", id: 1, method, params: { from: 0 } });
  }
  for (const command of ["compare", "export", "clearFocus", "openShown"]) {
    check({ type: "command", command });
  }
  check({ type: "openSource", path: "/a/b.js", line: 3, column: 4 });
  check({ type: "openSource", path: "/a/b.js", line: 3, column: 4, preserveFocus: true });
  check({ type: "openSource", path: "/a/b.js", line: 3, column: 4, preserveFocus: "yes" }, { type: "openSource", path: "/a/b.js", line: 3, column: 4 });
  check({ type: "openSource", path: "/a/b.js", line: 0 }, { type: "openSource", path: "/a/b.js", line: 1, column: 1 });
  check({ type: "openSource", path: "/a/b.js", line: 2.5, column: Number.NaN }, { type: "openSource", path: "/a/b.js", line: 2, column: 1 });
});

test("what no view may say", () => {
  const check = (said: unknown) => assert.equal(readMessage(said), undefined, JSON.stringify(said));
  [undefined, null, 1, "ready", [], {}, { type: "else" }].forEach(check);
  check({ type: "request", id: 1, method: "views/open", params: {} });
  check({ type: "request", id: 1, method: "tickmark/views/boxes", params: {} });
  check({ type: "request", id: 1, method: "workspace/executeCommand", params: {} });
  check({ type: "request", id: "1", method: "focus", params: {} });
  check({ type: "request", id: 1, method: "focus", params: null });
  check({ type: "request", id: 1, method: "focus", params: [] });
  check({ type: "command", command: "workbench.action.quit" });
  check({ type: "openSource", path: "b.js", line: 1, column: 1 });
  check({ type: "openSource", path: "node:fs", line: 1, column: 1 });
  check({ type: "openSource", line: 1, column: 1 });
});
