// A bar at the left of hot lines, with marks in the overview ruler: full for their own time, hollow for that of their calls.
import * as vscode from "vscode";
import { ResponseError, type LanguageClient } from "vscode-languageclient/node";
import { message } from "./errors";
import { barOf, level } from "./hot_lines";
import { heat, type HeatLine } from "./protocol";

/** The ruler has room for the hottest ones only. */
const RULER_FROM = 2;
/** Wider than an indent guide, and than the frame of the current line in a theme of high contrast, which are at the same place. */
const THINNEST_PX = 4;
const DELAY_MS = 120;

export class HeatMarks implements vscode.Disposable {
  private readonly types = new Map<string, vscode.TextEditorDecorationType>();
  private readonly lines = new Map<string, HeatLine[]>();
  private readonly waiting = new Map<string, NodeJS.Timeout>();
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly client: () => LanguageClient | undefined,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.subscriptions = [
      vscode.window.onDidChangeVisibleTextEditors(() => this.refreshAll(DELAY_MS)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.refresh(document)),
      vscode.workspace.onDidCloseTextDocument((document) => this.lines.delete(document.uri.toString())),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration("tickmark.heat")) {
          this.refreshAll();
        }
      }),
    ];
  }

  /** At once: there are other results. */
  refreshAll(delayMs = 0): void {
    for (const { document } of vscode.window.visibleTextEditors) {
      this.refresh(document, delayMs);
    }
  }

  /** Asks once for all reasons that come within a moment. */
  refresh(document: vscode.TextDocument, delayMs = DELAY_MS): void {
    const key = document.uri.toString();
    if (document.uri.scheme !== "file" || !vscode.window.visibleTextEditors.some((editor) => editor.document === document)) {
      return;
    }
    clearTimeout(this.waiting.get(key));
    this.waiting.set(
      key,
      setTimeout(() => {
        this.waiting.delete(key);
        void this.ask(document);
      }, delayMs),
    );
  }

  /** The hot lines of a text, as they were last asked for. */
  of(document: vscode.TextDocument): HeatLine[] {
    return this.lines.get(document.uri.toString()) ?? [];
  }

  /** Without a server there is nothing to show. */
  clear(): void {
    this.lines.clear();
    for (const editor of vscode.window.visibleTextEditors) {
      this.paint(editor, []);
    }
  }

  dispose(): void {
    this.waiting.forEach((timer) => clearTimeout(timer));
    [...this.subscriptions, ...this.types.values()].forEach((each) => each.dispose());
  }

  private async ask(document: vscode.TextDocument): Promise<void> {
    const client = this.client();
    // Nobody else is to be asked about other languages.
    if (client === undefined || document.isClosed || vscode.languages.match(client.clientOptions.documentSelector as vscode.DocumentSelector, document) === 0) {
      return;
    }
    const version = document.version;
    try {
      const textDocument = client.code2ProtocolConverter.asTextDocumentIdentifier(document);
      const answer = await client.sendRequest(heat, { textDocument });
      // A change since then has asked again.
      if (document.version === version && !document.isClosed) {
        this.lines.set(document.uri.toString(), answer.lines.filter((line) => barOf(line) !== undefined));
      }
    } catch (error) {
      // The server may end at any time; whatever else is wrong with an answer is worth a line.
      if (error instanceof ResponseError) {
        this.log.warn(`no heat for ${document.uri.fsPath}: ${message(error)}`);
      }
      return;
    }
    const isOn = vscode.workspace.getConfiguration("tickmark", document).get<boolean>("heat.enabled") ?? true;
    for (const editor of vscode.window.visibleTextEditors.filter((editor) => editor.document === document)) {
      this.paint(editor, isOn ? this.of(document) : []);
    }
  }

  private paint(editor: vscode.TextEditor, lines: HeatLine[]): void {
    const ranges = new Map<string, vscode.Range[]>();
    const mark = (line: HeatLine, key: string): void => {
      ranges.set(key, [...(ranges.get(key) ?? []), editor.document.lineAt(line.line).range]);
    };
    for (const line of lines.filter(({ line }) => line < editor.document.lineCount)) {
      const [bar, own] = [barOf(line), level(line.selfPercent)];
      if (bar !== undefined) {
        mark(line, `${bar.level} ${bar.isHollow ? "hollow" : "full"}${line.stale ? " stale" : ""}`);
      }
      // A stale line keeps the bar, broken, and loses the background.
      if (own > 0 && !line.stale) {
        mark(line, `${own} background`);
      }
    }
    for (const key of new Set([...this.types.keys(), ...ranges.keys()])) {
      editor.setDecorations(this.type(key), ranges.get(key) ?? []);
    }
  }

  private type(key: string): vscode.TextEditorDecorationType {
    const known = this.types.get(key);
    if (known !== undefined) {
      return known;
    }
    const type = vscode.window.createTextEditorDecorationType({
      isWholeLine: true,
      rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
      ...looks(key),
    });
    this.types.set(key, type);
    return type;
  }
}

/** What a mark looks like: `3 background`, `3 full`, `3 hollow stale`. */
function looks(key: string): vscode.DecorationRenderOptions {
  const height = Number.parseInt(key, 10);
  if (key.endsWith("background")) {
    return { backgroundColor: new vscode.ThemeColor(`tickmark.heatBackground${height}`) };
  }
  const [isHollow, isStale] = [key.includes("hollow"), key.endsWith("stale")];
  return {
    borderColor: new vscode.ThemeColor("tickmark.heatBar"),
    // Two lines with a gap between them are a hollow bar.
    borderStyle: isHollow ? (isStale ? "dotted" : "double") : isStale ? "dashed" : "solid",
    borderWidth: `0 0 0 ${height + THINNEST_PX - 1}px`,
    ...(height >= RULER_FROM && !isStale
      ? { overviewRulerColor: new vscode.ThemeColor("tickmark.heatRuler"), overviewRulerLane: vscode.OverviewRulerLane.Left }
      : {}),
  };
}
