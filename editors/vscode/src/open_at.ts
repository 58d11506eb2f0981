// To a place in a file.
import * as vscode from "vscode";
import { message } from "./errors";

/**
 * Puts the cursor at a 1-based place of a file, in an editor that shows it already or in the first column.
 * `beside`: the column of a view that keeps the keyboard, and is not covered.
 */
export async function openAt(file: string, line: number, column: number, beside?: vscode.ViewColumn): Promise<void> {
  const uri = vscode.Uri.file(file);
  const at = new vscode.Position(Math.max(line - 1, 0), Math.max(column - 1, 0));
  const shown = vscode.window.visibleTextEditors.find((editor) => editor.document.uri.toString() === uri.toString());
  try {
    const document = await vscode.workspace.openTextDocument(uri);
    const free = beside === vscode.ViewColumn.One ? vscode.ViewColumn.Two : vscode.ViewColumn.One;
    const viewColumn = shown?.viewColumn ?? free;
    const editor = await vscode.window.showTextDocument(document, beside === undefined ? { viewColumn } : { viewColumn, preserveFocus: true, preview: true });
    editor.selection = new vscode.Selection(at, at);
    editor.revealRange(new vscode.Range(at, at), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  } catch (error) {
    void vscode.window.showErrorMessage(`Tickmark: ${file} cannot be opened: ${message(error)}`);
  }
}
