import assert from "node:assert/strict";
import { accessSync, chmodSync, constants, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { findServer } from "../src/binary";

const name = process.platform === "win32" ? "tickmark.exe" : "tickmark";

function withFolders(use: (extension: string, other: string) => void): void {
  const folder = mkdtempSync(path.join(os.tmpdir(), "tickmark-binary-"));
  const [extension, other] = [path.join(folder, "extension"), path.join(folder, "other")];
  const known = process.env["PATH"];
  try {
    mkdirSync(path.join(extension, "server"), { recursive: true });
    mkdirSync(other);
    process.env["PATH"] = other;
    use(extension, other);
  } finally {
    process.env["PATH"] = known;
    rmSync(folder, { recursive: true });
  }
}

function program(file: string, mode = 0o755): string {
  writeFileSync(file, "");
  chmodSync(file, mode);
  return file;
}

test("the setting, then the extension's own, then PATH", () => {
  withFolders((extension, other) => {
    assert.match(JSON.stringify(findServer("", extension)), /set tickmark.server.path/);
    const onPath = program(path.join(other, name));
    assert.deepEqual(findServer("", extension), { path: onPath, from: "PATH" });
    const bundled = program(path.join(extension, "server", name));
    assert.deepEqual(findServer("", extension), { path: bundled, from: "bundled" });
    const mine = program(path.join(other, "mine"));
    assert.deepEqual(findServer(` ${mine} `, extension), { path: mine, from: "setting" });
  });
});

test("a wrong setting is told and not passed over", () => {
  withFolders((extension, other) => {
    program(path.join(extension, "server", name));
    assert.match(JSON.stringify(findServer(path.join(other, "none"), extension)), /is no file/);
    assert.match(JSON.stringify(findServer(program(path.join(other, "text"), 0o644), extension)), /is not executable/);
    assert.match(JSON.stringify(findServer("bin/tickmark", extension)), /absolute path/);
  });
});

test("a bundled server that lost its bit while unpacking gets it back", () => {
  withFolders((extension) => {
    const bundled = program(path.join(extension, "server", name), 0o644);
    assert.deepEqual(findServer("", extension), { path: bundled, from: "bundled" });
    accessSync(bundled, constants.X_OK);
  });
});
