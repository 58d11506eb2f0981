// Asks VS Code what an editor would show.
const { execFileSync } = require("node:child_process");
const path = require("node:path");
const vscode = require("vscode");

const folder = vscode.workspace.workspaceFolders[0].uri.fsPath;
const extension = vscode.extensions.getExtension("tickmark.tickmark");

/** Opens a file of the project beside the others, in an editor. */
async function open(name) {
  const document = await vscode.workspace.openTextDocument(path.join(folder, name));
  await vscode.window.showTextDocument(document, { preview: false });
  return document;
}

/** The 0-based line with this text, which is there once. */
function lineOf(document, text) {
  const lines = document.getText().split("\n");
  const line = lines.findIndex((each) => each.includes(text));
  if (line < 0 || lines.some((each, at) => at > line && each.includes(text))) throw new Error(`“${text}” is not on one line of ${document.fileName}`);
  return line;
}

/** `{ line, title, command, arguments }` of each lens, in the order of the text. */
async function lenses(document) {
  const found = await vscode.commands.executeCommand("vscode.executeCodeLensProvider", document.uri, 100);
  return found
    .map(({ range, command }) => ({ line: range.start.line, title: command.title, command: command.command, arguments: command.arguments }))
    .filter(({ command }) => command === "" || command.startsWith("tickmark."))
    .sort((a, b) => a.line - b.line);
}

/** `{ line, character, label }` of each hint, in the order of the text. */
async function hints(document) {
  const whole = new vscode.Range(0, 0, document.lineCount, 0);
  const found = await vscode.commands.executeCommand("vscode.executeInlayHintProvider", document.uri, whole);
  return found
    .map(({ position, label }) => ({ line: position.line, character: position.character, label: typeof label === "string" ? label : label.map(({ value }) => value).join("") }))
    .sort((a, b) => a.line - b.line);
}

/** The texts of the hovers of a place. */
async function hovers(document, line, character) {
  const found = await vscode.commands.executeCommand("vscode.executeHoverProvider", document.uri, new vscode.Position(line, character));
  return found.flatMap(({ contents }) => contents.map((content) => (typeof content === "string" ? content : content.value)));
}

/** Tickmark's diagnostics: `{ code, marked, line, severity, diagnostic }`. */
function diagnostics(document) {
  return vscode.languages
    .getDiagnostics(document.uri)
    .filter(({ source }) => source === "tickmark")
    .map((diagnostic) => ({
      code: typeof diagnostic.code === "object" ? diagnostic.code.value : diagnostic.code,
      marked: document.getText(diagnostic.range),
      line: diagnostic.range.start.line,
      severity: vscode.DiagnosticSeverity[diagnostic.severity],
      diagnostic,
    }));
}

/** Tickmark's code actions at a place. */
async function actions(document, line, character) {
  const at = new vscode.Position(line, character);
  const found = await vscode.commands.executeCommand("vscode.executeCodeActionProvider", document.uri, new vscode.Range(at, at));
  return found.filter(({ command }) => command?.command.startsWith("tickmark."));
}

/** The program in the extension. */
function tickmark(...args) {
  return execFileSync(path.join(extension.extensionPath, "server", process.platform === "win32" ? "tickmark.exe" : "tickmark"), args, { cwd: folder, encoding: "utf8" });
}

/** Asks until the check does not throw, and returns what it returns. */
async function eventually(check, timeoutMs = 30_000) {
  const until = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > until) throw error;
    }
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** Sets a setting of the workspace for as long as `use` takes. */
async function withSetting(key, value, use) {
  const configuration = () => vscode.workspace.getConfiguration("tickmark");
  await configuration().update(key, value, vscode.ConfigurationTarget.Workspace);
  try {
    await use();
  } finally {
    await configuration().update(key, undefined, vscode.ConfigurationTarget.Workspace);
  }
}

module.exports = { actions, diagnostics, eventually, extension, folder, hints, hovers, lenses, lineOf, open, tickmark, withSetting };
