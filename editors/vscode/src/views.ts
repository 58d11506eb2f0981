// All views: panels beside the code, and files opened with Tickmark.
import * as vscode from "vscode";
import { onFileChanged } from "./file_changes";
import { FirstQuestions } from "./first_boxes";
import type { Tab } from "./messages";
import { readPageFiles, type PageFiles } from "./page";
import type { Focus, Opened, Source } from "./protocol";
import { key, sourceOf } from "./sources";
import { View, type Host } from "./view";

const PANEL = "tickmark.view";
const EDITOR = "tickmark.profile";

export class Views implements vscode.WebviewPanelSerializer, vscode.CustomReadonlyEditorProvider, vscode.Disposable {
  private readonly all = new Set<View>();
  private readonly changes = new vscode.EventEmitter<void>();
  private readonly host: Host;
  private last: View | undefined;
  private focus: Focus | null = null;
  private readonly subscriptions: vscode.Disposable[];
  /** A view came, went, or was shown. */
  readonly onDidChange = this.changes.event;

  constructor(
    private readonly extension: vscode.Uri,
    host: Omit<Host, "opened" | "told" | "failed" | "files" | "firstQuestions">,
  ) {
    let files: PageFiles | undefined;
    const pageFiles = (): PageFiles => (files ??= readPageFiles(vscode.Uri.joinPath(extension, "dist").fsPath));
    this.host = { ...host, firstQuestions: new FirstQuestions(), files: pageFiles, opened: (view, opened) => this.opened(view, opened), told: () => this.changes.fire(), failed: () => this.changes.fire() };
    this.subscriptions = [
      vscode.window.registerWebviewPanelSerializer(PANEL, this),
      vscode.window.registerCustomEditorProvider(EDITOR, this, { supportsMultipleEditorsPerDocument: true }),
    ];
  }

  /** The view that the user is in, else the one that the user was in last. */
  get active(): View | undefined {
    return this.inFront ?? this.last;
  }

  /** The view that the user is in. */
  get inFront(): View | undefined {
    return [...this.all].find((view) => view.panel.active);
  }

  get visible(): View[] {
    return [...this.all].filter((view) => view.isVisible);
  }

  /**
   * Shows a view of this, in the panel that has it already, or beside the code, and selects a function. A list keeps the focus, so that
   * its keys go on working.
   */
  show(source: Source, tab: Tab, { preserveFocus = false, frame }: { preserveFocus?: boolean; frame?: number | undefined } = {}): void {
    const known = this.panelOf(source);
    if (known !== undefined) {
      known.show(tab, preserveFocus, frame);
      return;
    }
    const viewColumn = [...this.all].find((view) => view.panel.visible)?.panel.viewColumn ?? vscode.ViewColumn.Beside;
    this.adopt(vscode.window.createWebviewPanel(PANEL, "Tickmark", { viewColumn, preserveFocus }), source, tab, !preserveFocus).select(frame);
  }

  /** Shows something else in a view, unless another panel has it already. */
  turn(view: View, source: Source): void {
    const known = this.panelOf(source, view);
    if (known === undefined) {
      view.reopen(source);
    } else {
      known.show("flamegraph", false);
    }
  }

  /** Another server answers: it knows no model. */
  serverReady(): void {
    this.all.forEach((view) => view.reopen());
  }

  serverGone(): void {
    this.all.forEach((view) => view.lose());
  }

  /** No other server will come: a view without a profile says why. */
  serverFailed(): void {
    this.all.forEach((view) => view.reopen());
  }

  /** Runs have other names now, or another function is chosen. */
  listChanged(focus: Focus | null): void {
    this.all.forEach((view) => {
      view.tellNewer();
      if (view.opened) {
        this.name(view, view.opened);
      }
    });
    if (JSON.stringify(focus) === JSON.stringify(this.focus)) {
      return;
    }
    this.focus = focus;
    this.all.forEach((view) => view.post({ type: "tickmark/focus", focus }));
  }

  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    this.adopt(panel, sourceOf(state) ?? {});
    return Promise.resolve();
  }

  openCustomDocument(uri: vscode.Uri): vscode.CustomDocument {
    return { uri, dispose() {} };
  }

  resolveCustomEditor({ uri }: vscode.CustomDocument, panel: vscode.WebviewPanel): void {
    const view = this.adopt(panel, { path: uri.fsPath });
    const changes = onFileChanged(uri, () => view.reopen());
    panel.onDidDispose(() => changes.dispose());
  }

  /** Opens a file with Tickmark, whatever is its default editor. */
  async openFile(uri: vscode.Uri): Promise<void> {
    await vscode.commands.executeCommand("vscode.openWith", uri, EDITOR);
  }

  dispose(): void {
    this.subscriptions.forEach((each) => each.dispose());
    [...this.all].forEach((view) => view.panel.dispose());
    this.changes.dispose();
  }

  private panelOf(source: Source, except?: View): View | undefined {
    return [...this.all].find((view) => view !== except && view.panel.viewType.endsWith(PANEL) && key(view.source) === key(source));
  }

  private adopt(panel: vscode.WebviewPanel, source: Source, tab?: Tab, takesFocus = false): View {
    const icon = (theme: string): vscode.Uri => vscode.Uri.joinPath(this.extension, "media", `tickmark-${theme}.svg`);
    panel.iconPath = { light: icon("light"), dark: icon("dark") };
    const view = new View(panel, source, this.host, tab, takesFocus);
    this.all.add(view);
    this.last = view;
    panel.onDidChangeViewState(() => {
      if (panel.active) {
        this.last = view;
      }
      this.changes.fire();
    });
    panel.onDidDispose(() => {
      this.all.delete(view);
      if (this.last === view) {
        this.last = [...this.all].at(-1);
      }
      view.dispose();
      this.changes.fire();
    });
    this.changes.fire();
    return view;
  }

  private opened(view: View, opened: Opened): void {
    if (view.panel.viewType.endsWith(PANEL)) {
      // What is shown may have a panel already.
      const same = this.panelOf(view.source, view);
      if (same !== undefined) {
        const hadFocus = view.panel.active;
        view.panel.dispose();
        same.panel.reveal(undefined, !hadFocus);
        return;
      }
    }
    this.name(view, opened);
  }

  /** A file's editor has the file's name. */
  private name(view: View, opened: Opened): void {
    const title = `Tickmark: ${this.host.title(opened)}`;
    if (view.panel.viewType.endsWith(PANEL) && view.panel.title !== title) {
      view.panel.title = title;
    }
  }
}
