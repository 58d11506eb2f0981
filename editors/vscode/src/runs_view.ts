// The list of runs in the activity bar.
import * as vscode from "vscode";
import { isBenchmark } from "./load";
import type { RunChanged, RunRecord } from "./protocol";
import type { RunList } from "./run_list";
import { describe, details, figures, inOrder, title } from "./run_labels";

/** How often “5 min ago” is written anew while somebody looks. */
const CLOCK_MS = 60_000;
const QUIET = new vscode.ThemeColor("disabledForeground");

/** A row: a stored run, or one that is being measured. */
export type RunRow = { run: RunRecord } | { running: RunChanged };

export class RunsView implements vscode.TreeDataProvider<RunRow>, vscode.Disposable {
  private readonly changes = new vscode.EventEmitter<void>();
  private readonly tree: vscode.TreeView<RunRow>;
  private readonly clock: NodeJS.Timeout;
  private readonly subscription: vscode.Disposable;
  readonly onDidChangeTreeData = this.changes.event;

  constructor(private readonly list: RunList) {
    this.tree = vscode.window.createTreeView("tickmark.runs", { treeDataProvider: this, canSelectMany: true });
    this.subscription = list.onDidChange(() => this.changes.fire());
    this.clock = setInterval(() => this.tree.visible && this.changes.fire(), CLOCK_MS);
  }

  /** The list was opened or hidden. */
  get onDidChangeVisibility(): vscode.Event<unknown> {
    return this.tree.onDidChangeVisibility;
  }

  /** The stored runs that are selected. */
  get selected(): RunRecord[] {
    return this.tree.selection.flatMap((row) => ("run" in row ? [row.run] : []));
  }

  getChildren(row?: RunRow): RunRow[] {
    if (row !== undefined) {
      return [];
    }
    return [...this.list.running.map((running) => ({ running })), ...inOrder(this.list.runs).map((run) => ({ run }))];
  }

  getTreeItem(row: RunRow): vscode.TreeItem {
    return "run" in row ? this.stored(row.run) : measured(row.running, this.list.placeOf(row.running.folder));
  }

  dispose(): void {
    clearInterval(this.clock);
    [this.subscription, this.tree, this.changes].forEach((each) => each.dispose());
  }

  private stored(run: RunRecord): vscode.TreeItem {
    const isShown = this.list.shown.includes(run.id);
    const isPinned = run.label?.pinned === true;
    const item = new vscode.TreeItem(title(run));
    item.id = run.id;
    item.description = details(run, Date.now());
    item.tooltip = tooltip(run);
    item.contextValue = ["run", isPinned ? "baseline" : "plain", isBenchmark(run) ? "benchmark" : isShown ? "shown" : "hidden"].join(" ");
    const plain = new vscode.ThemeIcon(isBenchmark(run) ? "dashboard" : "circle-outline", QUIET);
    item.iconPath = isPinned || isShown ? new vscode.ThemeIcon(isPinned ? "pinned" : "eye") : plain;
    item.command = { command: "tickmark.runs.open", title: "Open", arguments: [{ run }] };
    const marks = [...(isShown ? ["shown on the source lines"] : []), ...(isPinned ? ["baseline"] : [])];
    item.accessibilityInformation = { label: [title(run), ...marks, item.description].join(", ") };
    // There is one icon only.
    if (isPinned && isShown) {
      item.description = `shown · ${item.description}`;
    }
    return item;
  }
}

function measured({ launchId, target }: RunChanged, place: string | undefined): vscode.TreeItem {
  const item = new vscode.TreeItem(describe(target));
  item.id = launchId;
  item.description = place === undefined ? "being measured" : `${place} · being measured`;
  item.iconPath = new vscode.ThemeIcon("sync~spin");
  item.contextValue = "running";
  return item;
}

function tooltip(run: RunRecord): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  const line = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== "") {
      text.appendMarkdown(`- ${name}: `).appendText(value).appendMarkdown("\n");
    }
  };
  text.appendMarkdown("**").appendText(title(run)).appendMarkdown("**\n\n");
  line("measured", describe(run.target));
  line("program", run.target.entry);
  line("folder", run.folder);
  line("figures", figures(run).join(" · "));
  line("when", new Date(run.startedAtMs).toLocaleString());
  line("took", run.durationMs === undefined ? undefined : `${(run.durationMs / 1000).toFixed(1)} s`);
  line("samples", isBenchmark(run) ? undefined : String(run.samples));
  line("Node", run.node?.version);
  line("commit", run.git ? `${run.git.commit.slice(0, 10)}${run.git.dirty ? ", with changes" : ""}` : undefined);
  line("exit", run.program?.exit);
  run.notes?.forEach((note) => line("note", note));
  return text;
}
