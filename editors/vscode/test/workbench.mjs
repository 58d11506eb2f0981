// A real VS Code with the packaged extension in it, driven as by a user.
import { chromium } from "playwright-core";
import { execFileSync, spawn } from "node:child_process";
import { mkdtemp, mkdir, readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
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
const SLOW_MS = 60_000;

/**
 * Installs the package, opens the folder (and a file at its first line), and runs `use(workbench)`. Ends everything in every case; when
 * it fails, a screenshot and the logs stay in `artefacts`.
 */
export async function withWorkbench({ vsix, folder, file, artefacts, trusted = true, settings = {} }, use) {
  const work = await mkdtemp(path.join(os.tmpdir(), "tickmark-vscode-"));
  const home = path.join(work, "home");
  const data = path.join(work, "data");
  const extensions = path.join(work, "extensions");
  for (const each of [home, path.join(data, "User"), extensions, artefacts]) await mkdir(each, { recursive: true });
  const trust = { "security.workspace.trust.enabled": !trusted, "security.workspace.trust.startupPrompt": "never", "security.workspace.trust.banner": "never" };
  await writeFile(path.join(data, "User/settings.json"), JSON.stringify({ ...SETTINGS, ...trust, ...settings }));
  await writeFile(path.join(work, "config.yaml"), "auth: none\ncert: false\n");
  const env = {
    ...process.env,
    HOME: home,
    XDG_CONFIG_HOME: path.join(home, ".config"),
    XDG_DATA_HOME: path.join(home, ".local/share"),
    XDG_CACHE_HOME: path.join(home, ".cache"),
  };
  const common = [editor.entry, "--config", path.join(work, "config.yaml"), "--user-data-dir", data, "--extensions-dir", extensions];
  execFileSync(editor.node, [...common, "--install-extension", vsix, "--force"], { env, stdio: ["ignore", "ignore", "inherit"] });
  const options = ["--bind-addr", "127.0.0.1:0", "--auth", "none", "--disable-telemetry", "--disable-update-check", "--disable-getting-started-override", "--ignore-last-opened"];
  const server = spawn(editor.node, [...common, ...options, ...(trusted ? ["--disable-workspace-trust"] : [])], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const log = createWriteStream(path.join(artefacts, "code-server.log"));
  let context;
  let failed = true;
  try {
    const port = await listening(server, log);
    context = await chromium.launchPersistentContext(path.join(work, "chromium"), {
      executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
      headless: true,
      viewport: { width: 1500, height: 950 },
      args: BROWSER,
    });
    // Only the server is there: other hosts fail at once instead of after a look-up.
    await context.route((url) => url.hostname !== "127.0.0.1" && !url.hostname.endsWith(".vscode-resource.vscode-cdn.net") && !url.hostname.endsWith(".vscode-cdn.net"), (route) => route.abort());
    const page = context.pages()[0] ?? (await context.newPage());
    page.setDefaultTimeout(30_000);
    const payload = [["openFile", `vscode-remote://127.0.0.1:${port}${path.join(folder, file)}`]];
    await page.goto(`http://127.0.0.1:${port}/?folder=${encodeURIComponent(folder)}&payload=${encodeURIComponent(JSON.stringify(payload))}`);
    await page.locator(".monaco-workbench").waitFor({ timeout: SLOW_MS });
    await page.locator(".explorer-folders-view .monaco-list-row", { hasText: file }).waitFor({ timeout: SLOW_MS });
    const workbench = new Workbench(page, extensions, artefacts, path.join(data, "User/settings.json"));
    try {
      await use(workbench);
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

/** What a user does and sees. */
class Workbench {
  constructor(page, extensions, artefacts, settings) {
    this.settings = settings;
    this.page = page;
    this.extensions = extensions;
    this.artefacts = artefacts;
  }

  editor(file) {
    return this.page.locator(`.editor-instance .monaco-editor[data-uri$="/${file}"]`);
  }

  lens(file, text) {
    return this.editor(file).locator(".codelens-decoration a", { hasText: text });
  }

  get status() {
    return this.page.locator('.statusbar-item[id="tickmark.tickmark.tickmark.status"]');
  }

  /** Changes a setting of the user. */
  async setting(key, value) {
    await writeFile(this.settings, JSON.stringify({ ...JSON.parse(await readFile(this.settings, "utf8")), [key]: value }));
  }

  /** The 1-based line of the cursor. */
  async line() {
    const text = (await this.page.locator('[id="status.editor.selection"]').textContent()) ?? "";
    return Number(/Ln (\d+)/.exec(text)?.[1]);
  }

  async screenshot(name) {
    await this.page.screenshot({ path: path.join(this.artefacts, `${name}.png`) });
  }

  async open(file) {
    await this.page.locator(".explorer-folders-view .monaco-list-row", { hasText: file }).dblclick();
    await this.editor(file).waitFor();
    await this.focus(file);
  }

  /** Focus leaves a webview late: asked for until it is there. */
  async focus(file) {
    await eventually(async () => {
      await this.page.keyboard.press("Control+1");
      await this.page.locator(`.monaco-editor.focused[data-uri$="/${file}"]`).waitFor({ timeout: 1000 });
      return true;
    }, `the editor of ${file} has the focus`);
  }

  /** The labels that the palette offers for these words. */
  async offered(words) {
    await this.palette(words);
    const rows = await this.page.locator(".quick-input-widget:visible .quick-input-list .monaco-list-row .label-name").allTextContents();
    await this.page.keyboard.press("Escape");
    return rows;
  }

  async command(label) {
    await this.palette(label);
    await this.page.locator(".quick-input-widget:visible .quick-input-list .monaco-list-row", { hasText: label }).first().waitFor();
    await this.page.keyboard.press("Enter");
  }

  async palette(words) {
    await this.page.keyboard.press("F1");
    const input = this.page.locator(".quick-input-widget:visible input");
    await input.waitFor();
    await input.fill(`>${words}`);
    await this.page.locator(".quick-input-widget:visible .quick-input-list .monaco-list-row").first().waitFor();
  }

  async goto(file, line, column) {
    await this.focus(file);
    await this.page.keyboard.press("Control+g");
    const input = this.page.locator(".quick-input-widget:visible input");
    await input.waitFor();
    await input.fill(`:${line}:${column}`);
    await this.page.keyboard.press("Enter");
    await eventually(async () => (await this.line()) === line, `the cursor is in line ${line}`);
    await this.focus(file);
  }

  /** The processes of the server that runs from the installed extension. */
  async servers() {
    const found = [];
    for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
      try {
        const program = await readlink(`/proc/${pid}/exe`);
        const args = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0");
        if (program.startsWith(this.extensions) && args[1] === "lsp") found.push(Number(pid));
      } catch {
        // It ended, or is not ours.
      }
    }
    return found;
  }
}

/** Asks until the answer is truthy, and returns it. */
export async function eventually(ask, what, timeoutMs = 30_000) {
  const until = Date.now() + timeoutMs;
  let last;
  for (;;) {
    try {
      const answer = await ask();
      if (answer) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > until) throw new Error(`not within ${timeoutMs} ms: ${what}`, { cause: last });
    await new Promise((done) => setTimeout(done, 50));
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
