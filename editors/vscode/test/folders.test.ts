import assert from "node:assert/strict";
import { test } from "node:test";
import { innermost, placeOf } from "../src/folders";

const api = { name: "api", path: "/work/api" };
const web = { name: "the web", path: "/work/web" };

test("a run's folder is named where there is another one", () => {
  const check = (folder: string | undefined, workspace: (typeof api)[], expected: string | undefined) =>
    assert.equal(placeOf(folder, workspace), expected);
  check(undefined, [api, web], undefined);
  check("/work/api", [api], undefined);
  check("/work/api", [api, web], "api");
  check("/work/web", [api, web], "the web");
  check("/elsewhere/tool", [api], "tool");
  check("/elsewhere/tool", [], "tool");
  check("/", [], "/");
});

test("the innermost folder around a file", () => {
  const all = [{ folder: "/work" }, { folder: "/work/api" }, { folder: "/work/api-2" }, {}];
  const check = (file: string, expected: string | undefined) => assert.equal(innermost(all, file)?.folder, expected);
  check("/work/api/a/b.js", "/work/api");
  check("/work/api-2/b.js", "/work/api-2");
  check("/work/..api/b.js", "/work");
  check("/other/b.js", undefined);
});
