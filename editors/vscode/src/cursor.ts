// Tells the views which function the cursor is in.
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { isUnknownModel, message } from "./errors";
import { frameAt } from "./protocol";
import type { View } from "./view";
import type { Views } from "./views";

const DELAY_MS = 100;

export class Cursor implements vscode.Disposable {
  private timer: NodeJS.Timeout | undefined;
  private turn = 0;
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly views: Views,
    private readonly client: () => LanguageClient | undefined,
    private readonly log: vscode.LogOutputChannel,
  ) {
    const moved = (): void => this.moved();
    this.subscriptions = [
      vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => {
        if (textEditor === vscode.window.activeTextEditor) {
          moved();
        }
      }),
      vscode.window.onDidChangeActiveTextEditor(moved),
      views.onDidChange(moved),
    ];
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.subscriptions.forEach((each) => each.dispose());
  }

  /** Asks for the last of the places that come within a moment, and only for somebody who looks. */
  private moved(): void {
    clearTimeout(this.timer);
    this.turn++;
    if (this.views.visible.length > 0) {
      this.timer = setTimeout(() => this.ask(this.turn), DELAY_MS);
    }
  }

  private ask(turn: number): void {
    const client = this.client();
    const editor = vscode.window.activeTextEditor;
    // In a view there is no text editor, and the cursor is where it was.
    if (client === undefined || editor === undefined) {
      return;
    }
    if (vscode.languages.match(client.clientOptions.documentSelector as vscode.DocumentSelector, editor.document) === 0) {
      this.views.visible.forEach((view) => view.post({ type: "tickmark/cursor", frame: null }));
      return;
    }
    const textDocument = client.code2ProtocolConverter.asTextDocumentIdentifier(editor.document);
    const position = client.code2ProtocolConverter.asPosition(editor.selection.active);
    const askFor = async (view: View): Promise<void> => {
      const model = view.opened?.model;
      if (model === undefined) {
        return;
      }
      try {
        const { frame } = await client.sendRequest(frameAt, { model, textDocument, position });
        if (turn === this.turn && view.opened?.model === model) {
          view.post({ type: "tickmark/cursor", frame });
        }
      } catch (error) {
        // A view that knows no better opens its model again when it asks for something itself.
        if (!isUnknownModel(error)) {
          this.log.warn(`the function at the cursor is not known: ${message(error)}`);
        }
      }
    };
    this.views.visible.forEach((view) => void askFor(view));
  }
}
