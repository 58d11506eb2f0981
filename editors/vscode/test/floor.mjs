// An extension that does nothing but what VS Code cannot do without: what it takes is VS Code's own, and the floor of what ours takes.
import { execFileSync } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const MANIFEST = {
  name: "floor",
  publisher: "bench",
  version: "0.0.1",
  license: "MIT",
  engines: { vscode: "^1.91.0" },
  main: "./main.js",
  activationEvents: ["onStartupFinished"],
  contributes: {
    customEditors: [{ viewType: "floor.view", displayName: "Floor", selector: [{ filenamePattern: "*.floor" }], priority: "option" }],
    commands: [
      { command: "floor.open", title: "Open with Floor" },
      { command: "floor.copy", title: "Floor: Copy Marks" },
      { command: "floor.show", title: "Floor: Show Marks" },
      { command: "floor.hide", title: "Floor: Hide Marks" },
    ],
    menus: { "explorer/context": [{ command: "floor.open", when: "resourceExtname == .floor", group: "navigation@31" }] },
  },
};

/** Makes the package in `folder`, and returns its path. */
export async function floor(folder) {
  const source = path.join(folder, "floor");
  await rm(source, { recursive: true, force: true });
  await mkdir(source, { recursive: true });
  await writeFile(path.join(source, "package.json"), JSON.stringify(MANIFEST));
  await writeFile(path.join(source, "main.js"), `(${extension})(exports, require("vscode"));`);
  await writeFile(path.join(source, "README.md"), "The floor of what an extension takes.\n");
  await writeFile(path.join(source, "LICENSE"), "MIT\n");
  const vsix = path.join(folder, "floor.vsix");
  const vsce = path.join(root, "node_modules/@vscode/vsce/vsce");
  execFileSync(process.execPath, [vsce, "package", "--no-dependencies", "--allow-missing-repository", "--out", vsix], { cwd: source, stdio: "ignore" });
  return vsix;
}

/** What runs in VS Code: a view of one canvas, and hints, lenses, problems and bars with the texts of others, which never change. */
function extension(exports, vscode) {
  const HTML = `<!DOCTYPE html><html><body><canvas id="floor" width="600" height="400"></canvas><script>
    const canvas = document.querySelector("canvas").getContext("2d");
    canvas.fillStyle = "orange";
    canvas.fillRect(0, 0, 600, 400);
  </script></body></html>`;
  const JAVASCRIPT = { language: "javascript", scheme: "file" };
  const NONE = { hints: [], lenses: [], problems: [], bars: [] };
  let [copied, shown] = [NONE, NONE];

  exports.activate = () => {
    const [hintsChanged, lensesChanged] = [new vscode.EventEmitter(), new vscode.EventEmitter()];
    const problems = vscode.languages.createDiagnosticCollection("floor");
    const bar = vscode.window.createTextEditorDecorationType({ isWholeLine: true, backgroundColor: "#ff800010", borderColor: "orange", borderStyle: "solid", borderWidth: "0 0 0 3px" });
    const lensesOf = ({ uri }) => vscode.commands.executeCommand("vscode.executeCodeLensProvider", uri, 100);
    const text = ({ label }) => (typeof label === "string" ? label : label.map(({ value }) => value).join(""));
    const show = (marks, editor = vscode.window.activeTextEditor) => {
      shown = marks;
      problems.set(editor.document.uri, marks.problems);
      editor.setDecorations(bar, marks.bars);
      hintsChanged.fire();
      lensesChanged.fire();
    };
    const copy = async ({ document } = vscode.window.activeTextEditor) => {
      const whole = new vscode.Range(0, 0, document.lineCount, 0);
      const hints = await vscode.commands.executeCommand("vscode.executeInlayHintProvider", document.uri, whole);
      copied = {
        hints: hints.map((hint) => Object.assign(new vscode.InlayHint(hint.position, text(hint)), { paddingLeft: true })),
        lenses: (await lensesOf(document)).map(({ range, command: { title } }) => new vscode.CodeLens(range, { title, command: "floor.copy" })),
        problems: vscode.languages.getDiagnostics(document.uri).map(({ range, message, severity }) => new vscode.Diagnostic(range, message, severity)),
        bars: hints.map(({ position }) => document.lineAt(position.line).range),
      };
      vscode.window.setStatusBarMessage(`copied ${hints.length} hints`);
    };
    const showCopied = async ({ document } = vscode.window.activeTextEditor) => {
      // What others still show is not shown twice.
      const others = new Set((await lensesOf(document)).map(({ command }) => command.title));
      show({ ...copied, lenses: copied.lenses.filter(({ command }) => !others.has(command.title)) });
    };
    vscode.window.registerCustomEditorProvider("floor.view", {
      openCustomDocument: (uri) => ({ uri, dispose() {} }),
      resolveCustomEditor(_document, { webview }) {
        webview.options = { enableScripts: true };
        webview.html = HTML;
      },
    });
    vscode.commands.registerCommand("floor.open", (uri) => vscode.commands.executeCommand("vscode.openWith", uri, "floor.view"));
    vscode.languages.registerInlayHintsProvider(JAVASCRIPT, { onDidChangeInlayHints: hintsChanged.event, provideInlayHints: () => shown.hints });
    vscode.languages.registerCodeLensProvider(JAVASCRIPT, { onDidChangeCodeLenses: lensesChanged.event, provideCodeLenses: () => shown.lenses });
    vscode.commands.registerCommand("floor.copy", () => copy());
    vscode.commands.registerCommand("floor.show", () => showCopied());
    vscode.commands.registerCommand("floor.hide", () => show(NONE));
  };
}
