// A real VS Code with the packaged extension in it, driven as by a user.
import { readdir, readFile, readlink } from "node:fs/promises";
import path from "node:path";
import { withCodeServer } from "./code_server.mjs";

const SLOW_MS = 60_000;
/** So many times in a row, 50 ms apart, an answer has to be in a dialog that writes answers itself. */
const LASTING_LOOKS = 8;

/**
 * Opens the folder, and a file at its first line, and runs `use(workbench)`. `before(server)` gets the program in the package, to make
 * what is to be there already. The other options are those of `withCodeServer`.
 */
export async function withWorkbench({ folder, file, artefacts, before, ...options }, use) {
  await withCodeServer({ artefacts, ...options }, async ({ page, url, remote, server }) => {
    await before?.(server);
    await page.goto(url(folder, [["openFile", remote(path.join(folder, file))]]));
    await page.locator(".monaco-workbench").waitFor({ timeout: SLOW_MS });
    await page.locator(".explorer-folders-view .monaco-list-row", { hasText: file }).waitFor({ timeout: SLOW_MS });
    await use(new Workbench(page, artefacts, server));
  });
}

/**
 * Runs `use(show)`. `show(what, file)` has the one window show a folder, `{ workspace }` or `{ ew: true }` (see `withCodeServer`), with that
 * file open, and gives the workbench.
 */
export async function withWindow({ artefacts, ...options }, use) {
  await withCodeServer({ artefacts, ...options }, async ({ page, url, remote, server }) => {
    await use(async (what, file) => {
      await page.goto(url(what, [["openFile", remote(file)]]));
      await page.locator(".monaco-workbench").waitFor({ timeout: SLOW_MS });
      const bench = new Workbench(page, artefacts, server);
      await bench.editor(path.basename(file)).waitFor({ timeout: SLOW_MS });
      return bench;
    });
  });
}

/** What a user does and sees. */
class Workbench {
  constructor(page, artefacts, server) {
    this.page = page;
    this.artefacts = artefacts;
    this.server = server;
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

  /** Opens a file by the end of its path. */
  async find(file) {
    await this.page.keyboard.press("Control+p");
    const asked = this.page.locator(".quick-input-widget:visible");
    await asked.locator("input").fill(file);
    const row = asked.locator(".quick-input-list .monaco-list-row", { hasText: path.basename(file) });
    await row.filter({ hasText: path.basename(path.dirname(file)) }).first().click();
    await this.focus(file);
  }

  /** What VS Code tells in the corner. */
  told(text) {
    return this.page.locator(".notifications-toasts .notification-list-item", { hasText: text });
  }

  /** Focus leaves a webview late: asked for until it is there. */
  async focus(file) {
    await eventually(async () => {
      await this.page.keyboard.press("Control+1");
      await this.page.locator(`.monaco-editor.focused[data-uri$="/${file}"]`).waitFor({ timeout: 1000 });
      return true;
    }, `the editor of ${file} has the focus`);
  }

  /** The page of the view that is visible. */
  get view() {
    return this.page.frameLocator("iframe.webview.ready:visible").frameLocator("iframe#active-frame");
  }

  /** Opens Tickmark's part of the side bar. */
  async showRuns() {
    const opener = this.page.locator(".activitybar .action-item .action-label[aria-label^='Tickmark']");
    const rows = this.page.locator(".part.sidebar .composite.title", { hasText: /tickmark/i });
    await eventually(async () => {
      if (!(await rows.isVisible())) await opener.click();
      return rows.isVisible();
    }, "the runs are shown");
  }

  /** A row of the list of runs. */
  run(text) {
    return this.page.locator(".part.sidebar .tree-explorer-viewlet-tree-view .monaco-list-row", { hasText: text });
  }

  /** Chooses from the menu of the right button. A menu that has just opened takes no click, and one whose row lost the focus closes. */
  async menu(row, label) {
    const menu = this.page.locator(".context-view .monaco-menu");
    const item = menu.locator(".action-item", { hasText: label }).first();
    await eventually(async () => {
      if (!(await item.isVisible())) await row.click({ button: "right", timeout: 5000 });
      await item.click({ timeout: 2000 });
      await menu.waitFor({ state: "hidden", timeout: 1000 });
      return true;
    }, `${label} is chosen`);
  }

  /** Chooses from a list that VS Code asks with. */
  async pick(text) {
    await this.page.locator(".quick-input-widget:visible .quick-input-list .monaco-list-row", { hasText: text }).first().click();
  }

  /** Answers a question for a line of text; with `title`, of the one that is called so: the question before may be closing still. */
  async enter(text, title) {
    const asked = this.page.locator(".quick-input-widget:visible");
    if (title !== undefined) await asked.locator(".quick-input-title", { hasText: title }).waitFor();
    const input = asked.locator("input");
    await input.waitFor();
    // The question for a file writes where it begins, late.
    if (path.isAbsolute(text)) await eventually(async () => path.isAbsolute(await input.inputValue()), "the dialog has its first answer");
    // It writes that more than once: the answer has to stay.
    let looks = 0;
    const isEntered = async () => {
      const isThere = (await input.inputValue()) === text;
      if (!isThere) await input.fill(text);
      looks = isThere ? looks + 1 : 0;
      return looks >= (path.isAbsolute(text) ? LASTING_LOOKS : 1);
    };
    await eventually(isEntered, `${text} is entered`);
    // The question for a file takes no answer while it looks into folders.
    await eventually(async () => {
      // Where there is no input any more, it was taken.
      if ((await input.inputValue({ timeout: 500 }).catch(() => text)) !== text) await input.fill(text);
      await input.press("Enter", { timeout: 2000 }).catch(() => {});
      await asked.waitFor({ state: "hidden", timeout: 2000 });
      return true;
    }, `${text} is taken`);
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
        if (program === this.server && args[1] === "lsp") found.push(Number(pid));
      } catch {
        // It ended, or is not ours.
      }
    }
    return found;
  }
}

/** A part of a test: the first that fails ends it. */
export async function step(what, does) {
  const start = performance.now();
  try {
    await does();
  } catch (error) {
    throw new Error(`in the step “${what}”: ${error.message}`, { cause: error });
  }
  console.log(`  ok ${what} (${Math.round(performance.now() - start)} ms)`);
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
