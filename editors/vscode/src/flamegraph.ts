// The flamegraph of a run beside the code: the stand-alone page that the run stored, in a webview.
import { readFile } from "node:fs/promises";
import * as path from "node:path";
import * as vscode from "vscode";
import { message } from "./client";

interface OpenSource {
  type: "openSource";
  path: string;
  line?: number;
  column?: number;
}

export class Flamegraphs implements vscode.Disposable {
  private readonly panels = new Map<string, vscode.WebviewPanel>();

  constructor(private readonly log: vscode.LogOutputChannel) {}

  /** Shows a stored page. False for a file that is none. */
  async show(uri: vscode.Uri): Promise<boolean> {
    if (uri.scheme !== "file" || !/\.html$/i.test(uri.path)) {
      return false;
    }
    const known = this.panels.get(uri.toString());
    if (known !== undefined) {
      known.reveal();
      return true;
    }
    let html: string;
    try {
      html = await readFile(uri.fsPath, "utf8");
    } catch (error) {
      void vscode.window.showErrorMessage(`Tickmark: the flamegraph cannot be read: ${message(error)}`);
      return true;
    }
    // The page brings its own policy: nothing but its one script and one style, both by their hashes, and no network.
    const column = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: false };
    const panel = vscode.window.createWebviewPanel("tickmark.flamegraph", "Flamegraph", column, {
      enableScripts: true,
      localResourceRoots: [],
      retainContextWhenHidden: true,
    });
    panel.title = /<title>([^<]*)<\/title>/.exec(html)?.[1]?.trim() || "Flamegraph";
    panel.webview.onDidReceiveMessage((received: OpenSource) => void this.open(received));
    panel.onDidDispose(() => this.panels.delete(uri.toString()));
    panel.webview.html = html;
    this.panels.set(uri.toString(), panel);
    return true;
  }

  dispose(): void {
    [...this.panels.values()].forEach((panel) => panel.dispose());
  }

  private async open(received: OpenSource): Promise<void> {
    if (received?.type !== "openSource" || typeof received.path !== "string" || !path.isAbsolute(received.path)) {
      this.log.warn(`the flamegraph sent what is not understood: ${JSON.stringify(received)}`);
      return;
    }
    await openAt(received.path, received.line ?? 1, received.column ?? 1);
  }
}

/** Puts the cursor at a 1-based place of a file, in an editor that shows it already or in the first column. */
export async function openAt(file: string, line: number, column: number): Promise<void> {
  const uri = vscode.Uri.file(file);
  const at = new vscode.Position(Math.max(line - 1, 0), Math.max(column - 1, 0));
  const shown = vscode.window.visibleTextEditors.find((editor) => editor.document.uri.toString() === uri.toString());
  try {
    const document = await vscode.workspace.openTextDocument(uri);
    const editor = await vscode.window.showTextDocument(document, shown?.viewColumn ?? vscode.ViewColumn.One);
    editor.selection = new vscode.Selection(at, at);
    editor.revealRange(new vscode.Range(at, at), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  } catch (error) {
    void vscode.window.showErrorMessage(`Tickmark: ${file} cannot be opened: ${message(error)}`);
  }
}
