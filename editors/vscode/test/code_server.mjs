// code-server with the packaged extension, and a browser beside it.
import { chromium } from "playwright-core";
import { execFileSync, spawn } from "node:child_process";
import { mkdtemp, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { createWriteStream, existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { editor } from "./install.mjs";

const BROWSER = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const SETTINGS = {
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.enableExperiments": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.colorTheme": "Default Dark Modern",
  "workbench.reduceMotion": "on",
  "window.autoDetectColorScheme": false,
  "window.commandCenter": false,
  "chat.disableAIFeatures": true,
  "git.enabled": false,
  "remote.autoForwardPorts": false,
  "npm.autoDetect": "off",
  "editor.hover.delay": 100,
  "editor.minimap.enabled": false,
  "editor.accessibilitySupport": "off",
  "javascript.suggestionActions.enabled": false,
};
const OPTIONS = ["--bind-addr", "127.0.0.1:0", "--auth", "none", "--disable-telemetry", "--disable-update-check", "--disable-getting-started-override", "--ignore-last-opened"];
const SLOW_MS = 60_000;

/**
 * Installs the package, and `others`, and runs `use({ page, url, remote, server })`: a page that shows nothing yet; the address of a folder in
 * VS Code with a payload (or of `{ workspace }`, a file that names several, or of `{ ew: true }`, none), and what a payload calls a file;
 * the program in the installed extension. Ends everything in every case;
 * when it fails, a screenshot and the logs stay in `artefacts`. `options` are more of code-server's, `environment` is handed on to the
 * extension.
 */
export async function withCodeServer({ vsix, others = [], artefacts, trusted = true, options = [], environment = {} }, use) {
  const work = await mkdtemp(path.join(os.tmpdir(), "tickmark-vscode-"));
  const home = path.join(work, "home");
  const data = path.join(work, "data");
  const extensions = path.join(work, "extensions");
  for (const each of [home, path.join(data, "User"), extensions, artefacts]) await mkdir(each, { recursive: true });
  const trust = { "security.workspace.trust.enabled": !trusted, "security.workspace.trust.startupPrompt": "never", "security.workspace.trust.banner": "never" };
  await writeFile(path.join(data, "User/settings.json"), JSON.stringify({ ...SETTINGS, ...trust }));
  await writeFile(path.join(work, "config.yaml"), "auth: none\ncert: false\n");
  const env = {
    ...process.env,
    ...environment,
    HOME: home,
    XDG_CONFIG_HOME: path.join(home, ".config"),
    XDG_DATA_HOME: path.join(home, ".local/share"),
    XDG_CACHE_HOME: path.join(home, ".cache"),
  };
  const common = [editor.entry, "--config", path.join(work, "config.yaml"), "--user-data-dir", data, "--extensions-dir", extensions];
  const packages = [vsix, ...others].flatMap((each) => ["--install-extension", each]);
  execFileSync(editor.node, [...common, ...packages, "--force"], { env, stdio: ["ignore", "ignore", "inherit"] });
  const trusting = trusted ? ["--disable-workspace-trust"] : [];
  const server = spawn(editor.node, [...common, ...OPTIONS, ...trusting, ...options], { env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const log = createWriteStream(path.join(artefacts, "code-server.log"));
  let context;
  let failed = true;
  try {
    const port = await listening(server, log);
    context = await chromium.launchPersistentContext(path.join(work, "chromium"), {
      executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
      headless: true,
      viewport: { width: 1500, height: 1100 },
      args: BROWSER,
    });
    // Only the server is there: other hosts fail at once instead of after a look-up.
    await context.route((url) => url.hostname !== "127.0.0.1" && !url.hostname.endsWith(".vscode-resource.vscode-cdn.net") && !url.hostname.endsWith(".vscode-cdn.net"), (route) => route.abort());
    const page = context.pages()[0] ?? (await context.newPage());
    page.setDefaultTimeout(30_000);
    const url = (shown, payload) => {
      const query = { ...(typeof shown === "string" ? { folder: shown } : shown), payload: JSON.stringify(payload) };
      return `http://127.0.0.1:${port}/?${Object.entries(query).map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join("&")}`;
    };
    const remote = (file) => `vscode-remote://127.0.0.1:${port}${file.split("/").map(encodeURIComponent).join("/")}`;
    const [installed] = (await readdir(extensions)).filter((name) => name.startsWith("tickmark."));
    const program = path.join(extensions, installed, "server", process.platform === "win32" ? "tickmark.exe" : "tickmark");
    try {
      await use({ page, url, remote, server: program });
    } catch (error) {
      const picture = path.join(artefacts, "failed.png");
      await page.screenshot({ path: picture });
      console.error(`screenshot: ${picture}`);
      throw error;
    }
    failed = false;
  } finally {
    await context?.close();
    await end(server);
    log.end();
    const logs = path.join(data, "logs");
    if (failed && existsSync(logs)) console.error(`logs: ${logs}`);
    else await rm(work, { recursive: true, force: true, maxRetries: 5 });
  }
}

function listening(server, log) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("code-server does not listen")), SLOW_MS);
    const read = (bytes) => {
      log.write(bytes);
      const port = /HTTP server listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(String(bytes))?.[1];
      if (port !== undefined) {
        clearTimeout(timer);
        resolve(Number(port));
      }
    };
    server.stdout.on("data", read);
    server.stderr.on("data", read);
    server.on("exit", (code) => reject(new Error(`code-server ended with ${code}`)));
  });
}

/** Ends the whole group, by force when it does not listen. */
async function end(server) {
  const ended = server.exitCode !== null || server.signalCode !== null ? Promise.resolve() : new Promise((done) => server.once("exit", done));
  const kill = (signal) => {
    try {
      process.kill(-server.pid, signal);
    } catch {
      // All of it has ended.
    }
  };
  kill("SIGTERM");
  await Promise.race([ended, new Promise((done) => setTimeout(done, 5000).unref())]);
  kill("SIGKILL");
}
