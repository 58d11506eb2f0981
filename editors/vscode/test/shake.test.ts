import assert from "node:assert/strict";
import { test } from "node:test";
// @ts-expect-error A script without types.
import { withoutUnmentioned } from "../scripts/shake.mjs";

const MODULE = `"use strict";
exports.Used = exports.Unused = exports.text = void 0;
const inner_1 = require("./inner");
const gone_1 = require("./gone");
Object.defineProperty(exports, "Passed", { enumerable: true, get: function () { return gone_1.Passed; } });
var Used;
(function (Used) {
    function is(value) { return check(value); }
    Used.is = is;
    function make() { return inner_1.value; }
    Used.make = make;
    Used.LEVEL = 1;
})(Used || (exports.Used = Used = {}));
var Unused;
(function (Unused) {
    Unused.is = (value) => onlyThere(value);
})(Unused || (exports.Unused = Unused = {}));
function check(value) { return value > Used.LEVEL; }
function onlyThere(value) { return value; }
class text { }
exports.text = text;
function createConverter() {
    function asOne() { return asTwo(); }
    function asTwo() { return 2; }
    function asThree() { return 3; }
    return { asOne, asTwo, asThree };
}
exports.createConverter = createConverter;
`;

const left = (...others: string[]): string => (withoutUnmentioned(new Map([["module.js", MODULE]]), others) as Map<string, string>).get("module.js") ?? "";

/** Runs what is left. */
function load(text: string): Record<string, never> {
  const exports = {};
  new Function("exports", "require", text)(exports, () => ({ value: 7, Passed: "passed" }));
  return exports;
}

test("what nobody mentions is left out, with what only that mentions", () => {
  const check = (user: string, kept: string[], gone: string[]) => {
    const text = left(user);
    for (const word of kept) assert.ok(text.includes(word), `${user}: ${word} is kept in ${text}`);
    for (const word of gone) assert.ok(!text.includes(word), `${user}: ${word} is gone from ${text}`);
  };
  check("", [], ["Used", "Unused", "check", "onlyThere", "createConverter", "inner_1", "gone_1", "Passed", "class"]);
  check("module_1.Used.is(2)", ["function is", "LEVEL", "check"], ["make", "inner_1", "Unused", "onlyThere"]);
  check("module_1.Used.make()", ["make", "inner_1"], ["LEVEL", "check", "function is"]);
  check("const every = module_1.Used", ["make", "inner_1", "LEVEL", "function is"], ["Unused"]);
  check('module_1["Used"]', ["var Used"], ["Unused"]);
  check("module_1.Passed", ["gone_1"], ["Used"]);
  check("createConverter().asOne()", ["asOne", "asTwo"], ["asThree"]);
  check('import * as vscode from "vscode"; vscode.Used.is(1)', [], ["Used"]);
  check('const vscode_1 = require("vscode"); vscode_1.text', [], ["class"]);
});

test("what is left works", () => {
  const { Used } = load(left("module_1.Used.is(2)")) as unknown as { Used: { is(value: number): boolean } };
  assert.equal(Used.is(2), true);
  assert.equal(Used.is(1), false);
  const { createConverter } = load(left("createConverter().asOne()")) as unknown as { createConverter(): object };
  assert.deepEqual(Object.keys(createConverter()), ["asOne", "asTwo"]);
  assert.deepEqual(load(left("")), {});
});
