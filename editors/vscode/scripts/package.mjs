// Makes build/tickmark-<platform>.vsix with the server inside: TICKMARK_BIN, or the debug build. TICKMARK_TARGET is another platform's
// name in platforms.json, which `cargo xtask codegen` writes. TICKMARK_NOTICES are the notices of what is in it, by `cargo xtask notices`:
// without them the package is for tests only, `cargo xtask dist` makes those to be handed out.
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const target = process.env.TICKMARK_TARGET ?? `${process.platform}-${process.arch}`;
const platforms = JSON.parse(readFileSync(path.join(root, "platforms.json"), "utf8"));
const name = platforms.find((platform) => platform.target === target)?.binary;
if (name === undefined) {
  console.error(`there is no platform ${target}: known are ${platforms.map((platform) => platform.target).join(", ")}`);
  process.exit(1);
}
const binary = process.env.TICKMARK_BIN ?? path.join(root, "../../target/debug", name);
if (!existsSync(binary)) {
  console.error(`there is no server at ${binary}: build it with cargo, or name it in TICKMARK_BIN`);
  process.exit(1);
}
const server = path.join(root, "server");
rmSync(server, { recursive: true, force: true });
mkdirSync(server);
copyFileSync(binary, path.join(server, name));
chmodSync(path.join(server, name), 0o755);
copyFileSync(path.join(root, "../../LICENSE"), path.join(root, "LICENSE"));
const notices = path.join(root, "THIRD-PARTY-NOTICES.txt");
rmSync(notices, { force: true });
if (process.env.TICKMARK_NOTICES !== undefined) copyFileSync(process.env.TICKMARK_NOTICES, notices);
run(["scripts/build.mjs"]);
mkdirSync(path.join(root, "build"), { recursive: true });
const vsix = path.join("build", `tickmark-${target}.vsix`);
run(["node_modules/@vscode/vsce/vsce", "package", "--no-dependencies", "--allow-missing-repository", "--target", target, "--out", vsix]);

function run(args) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
