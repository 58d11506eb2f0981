// Installs a real VS Code (code-server) for the end-to-end tests into test/editor/node_modules, once.
// The versions are those of test/editor/package-lock.json. Compiling its native modules takes two to four minutes.
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), "editor");
const modules = path.join(folder, "node_modules");
const server = path.join(modules, "code-server");

/** The Node.js that runs code-server, and its script. */
export const editor = {
  node: path.join(modules, `node-${process.platform}-${process.arch}`, "bin", "node"),
  entry: path.join(server, "out/node/entry.js"),
};

/** Does nothing when what is there was made from the same lock. */
export function install() {
  const stamp = path.join(modules, ".installed");
  const wanted = createHash("sha256").update(readFileSync(path.join(folder, "package-lock.json"))).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) {
    return;
  }
  console.log(`installing code-server into ${modules}; it compiles for some minutes`);
  headers();
  npm(["ci", "--ignore-scripts"], {});
  if (!existsSync(editor.node)) {
    throw new Error(`the end-to-end tests need ${editor.node}; add node-${process.platform}-${process.arch} to ${folder}/package.json`);
  }
  // The C++ headers come from the package too: no other host is asked.
  const node = path.dirname(path.dirname(editor.node));
  npm(["rebuild", "--foreground-scripts"], {
    PATH: `${path.join(node, "bin")}${path.delimiter}${process.env.PATH}`,
    npm_config_nodedir: node,
    // `npm test` hands these on; code-server reads the version of Node.js from the second.
    npm_config_ignore_scripts: "false",
    npm_config_user_agent: undefined,
    JOBS: "2",
  });
  trim();
  execFileSync(editor.node, [editor.entry, "--config", "/dev/null", "--version"], { stdio: ["ignore", "inherit", "inherit"] });
  writeFileSync(stamp, wanted);
}

/** Kerberos' headers, which one native module of VS Code includes. */
function headers() {
  if (process.platform !== "linux" || ["/usr/include/gssapi/gssapi.h", "/usr/include/gssapi.h"].some(existsSync)) {
    return;
  }
  if (process.getuid() !== 0 || spawnSync("apt-get", ["--version"]).status !== 0) {
    throw new Error("code-server needs the headers of MIT Kerberos to be compiled: install libkrb5-dev (Debian) or krb5-devel (Fedora)");
  }
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  run("apt-get", ["update", "-qq"], env, "/");
  run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "libkrb5-dev", "build-essential", "python3", "pkg-config"], env, "/");
}

/** Removes what tests never run: 300 MB, and some seconds of every start. */
function trim() {
  const code = path.join(server, "lib/vscode");
  for (const part of ["extensions/copilot", "extensions/microsoft-authentication", "extensions/mermaid-markdown-features", "node_modules/@github", "node_modules/@microsoft/mxc-sdk"]) {
    rmSync(path.join(code, part), { recursive: true, force: true });
  }
}

function npm(args, env) {
  run("npm", args, { ...process.env, ...env }, folder);
}

/** Shows the output only when it fails: it is thousands of lines. */
function run(program, args, env, cwd) {
  const done = spawnSync(program, args, { cwd, env, encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "pipe"] });
  if (done.error || done.status !== 0) {
    const told = `${done.stdout ?? ""}\n${done.stderr ?? ""}`.trim().split("\n").slice(-60).join("\n");
    throw new Error(`${program} ${args.join(" ")} failed${done.error ? `: ${done.error.message}` : ` with status ${done.status}`}\n${told}`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  install();
}
