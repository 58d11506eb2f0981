import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { programName } from "../src/binary";

interface Platform {
  target: string;
  platform: string;
  arch: string;
  binary: string;
}

const platforms = JSON.parse(readFileSync("platforms.json", "utf8")) as Platform[];

test("the program that the extension looks for is the one that is packaged, on every platform", () => {
  assert.ok(platforms.length > 0);
  for (const { target, platform, binary } of platforms) {
    assert.equal(programName(platform), binary, target);
  }
});

test("this machine is in the table, and packages for it have no other name", () => {
  const [here] = platforms.filter(({ platform, arch }) => platform === process.platform && arch === process.arch);
  assert.equal(here?.target, `${process.platform}-${process.arch}`, "scripts/package.mjs takes this name by default");
});
