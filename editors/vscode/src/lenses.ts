// Lenses as VS Code asks for them.
import * as vscode from "vscode";
import { CodeLensRequest, type LanguageClient } from "vscode-languageclient/node";
import { LensQuestions } from "./lens_questions";

/** Follows which lenses VS Code was told of, and which it has asked for since. */
export class Lenses implements vscode.Disposable {
  private readonly questions: LensQuestions;
  private changes: vscode.EventEmitter<void> | undefined;
  private listening: vscode.Disposable | undefined;
  private isRepeating = false;

  constructor(private readonly client: () => LanguageClient | undefined) {
    this.questions = new LensQuestions(
      () => this.onScreen().map((document) => document.uri.toString()),
      () => this.tellAgain(),
    );
  }

  /** VS Code asks for the lenses of a text. */
  asked(document: vscode.TextDocument): void {
    this.questions.asked(document.uri.toString());
    this.follow(document);
  }

  /** A server has been started: what the one before was asked got no answer. */
  restarted(): void {
    this.questions.changed();
  }

  private follow(document: vscode.TextDocument): void {
    const changes = this.client()?.getFeature(CodeLensRequest.method).getProvider(document)?.onDidChangeCodeLensEmitter;
    // Every server that is started brings its own.
    if (changes !== undefined && changes !== this.changes) {
      this.listening?.dispose();
      this.changes = changes;
      this.listening = changes.event(() => {
        if (!this.isRepeating) {
          this.questions.changed();
        }
      });
    }
  }

  /** A text has lost the focus, and VS Code perhaps a question: other extensions' lenses may have changed, which nobody tells. */
  lostFocus(): void {
    if (this.changes !== undefined) {
      this.questions.changed();
    }
  }

  /** There is no server, and so nothing to ask. */
  clear(): void {
    this.questions.clear();
  }

  dispose(): void {
    this.clear();
    this.listening?.dispose();
  }

  private tellAgain(): void {
    this.onScreen().forEach((document) => this.follow(document));
    this.isRepeating = true;
    this.changes?.fire();
    this.isRepeating = false;
  }

  private onScreen(): vscode.TextDocument[] {
    const selector = this.client()?.clientOptions.documentSelector as vscode.DocumentSelector | undefined;
    const documents = vscode.window.visibleTextEditors.map((editor) => editor.document);
    return documents.filter(
      (document) =>
        selector !== undefined &&
        vscode.languages.match(selector, document) > 0 &&
        vscode.workspace.getConfiguration("editor", document).get<boolean>("codeLens") !== false,
    );
  }
}
