import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { FunctionText, type Figures, type Filter, type Recorded } from "../src/filter";
import { nearest } from "../src/filter_nearest";
import { parseFilter } from "../src/filter_parse";
import type { Category } from "../src/wire";

interface Cases {
  root: string;
  baseUs: number;
  baseBytes: number;
  rows: (Omit<Figures, "baseUs" | "baseBytes"> & { name: string; path: string; category: Category })[];
  cases: { filter: string; without?: string[]; rows?: number[]; error?: { at: number; length: number; says: string } }[];
}

// The runner's folder is editors/webview.
const cases = JSON.parse(readFileSync(path.resolve("../../server/crates/views/filter_cases.json"), "utf8")) as Cases;
const ALL: Recorded = { cpu: true, allocations: true, comparison: true };

function matching(filter: Filter): number[] {
  const { root, baseUs, baseBytes } = cases;
  return [...cases.rows.keys()].filter((i) => {
    const row = cases.rows[i];
    return filter.matchesText(new FunctionText(row.name, row.path, row.category, root)) && filter.matchesFigures({ ...row, baseUs, baseBytes });
  });
}

test("cases of every implementation", () => {
  assert.ok(cases.cases.length > 100);
  const wrong: string[] = [];
  for (const { filter, without = [], rows, error } of cases.cases) {
    const has = (what: string) => !without.includes(what);
    const read = parseFilter(filter, { cpu: has("cpu"), allocations: has("allocations"), comparison: has("comparison") });
    if ("filter" in read) {
      const found = matching(read.filter);
      if (JSON.stringify(found) !== JSON.stringify(rows)) wrong.push(`${filter}: ${found}, expected ${rows ?? error?.says}`);
    } else if (!error || read.error.at !== error.at || read.error.length !== error.length || !read.error.message.includes(error.says)) {
      wrong.push(`${filter}: ${JSON.stringify(read.error)}, expected ${JSON.stringify(error ?? rows)}`);
    }
  }
  assert.deepEqual(wrong, []);
});

/** A repeatable stream of whole numbers below `below`. */
function randomStream(): (below: number) => number {
  let seed = 1;
  return (below) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 4294967296) * below);
  };
}

test("any text made of the language's pieces is read, or its mistake has a place in the text", () => {
  const pieces = ["self", "totalBytes", "change", "file", "tier", "category", ":", ">", "<=", "=", "2", ".5", "-", "%", "ms", "kB", "KiB", '"', "\\", "/", "(", ")", "i", " ", "node", "\u00e9", "\u{1f4c8}", "[", "a*", "\u00a0", "constructor"];
  const random = randomStream();
  let read = 0;
  for (let i = 0; i < 20000; i++) {
    const text = Array.from({ length: random(12) }, () => pieces[random(pieces.length)]).join("");
    const result = parseFilter(text, ALL);
    if ("filter" in result) {
      matching(result.filter);
      read++;
      continue;
    }
    const { at, length, message } = result.error;
    assert.ok(length > 0 && at + length <= text.length && message, `${text}: ${JSON.stringify(result.error)}`);
  }
  assert.ok(read > 1000);
});

test("a quoted text is found, and its negation is the rest", () => {
  const texts = ["a b", "-x", 'say "x"', "C:\\a\\b", "\\", "file:", "self>2%", "/(/", "\u4fa1\u683c"];
  for (const text of texts) {
    const quoted = `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
    const row = new FunctionText(`before ${text} after`, "", "app", "");
    for (const [filter, expected] of [[quoted, true], [`-${quoted}`, false]] as const) {
      const read = parseFilter(filter, ALL);
      assert.ok("filter" in read, filter);
      assert.equal(read.filter.matchesText(row), expected, filter);
    }
  }
});

test("the nearest word", () => {
  const check = (word: string, expected: string | null) => assert.equal(nearest(word, ["self", "selfBytes", "total", "app", "gc"]), expected, word);
  check("slef", "self");
  check("SELF", "self");
  check("selfb", "selfBytes");
  check("tot", "total");
  check("ap", "app");
  check("colour", null);
  check("", null);
  check("x".repeat(1000), null);
});
