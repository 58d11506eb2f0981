// Items in the status bar: what is being measured, the newest result afterwards, and the function that percentages are of.
import { basename } from "node:path";
import * as vscode from "vscode";
import { isBenchmark } from "./load";
import type { Focus, RunRecord } from "./protocol";
import { summary } from "./run_labels";

export class Status implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("tickmark.status", vscode.StatusBarAlignment.Left, 10);
  private readonly focusItem = vscode.window.createStatusBarItem("tickmark.focus", vscode.StatusBarAlignment.Left, 9);
  private measuring: string | undefined;
  private newest: RunRecord | undefined;
  private file: string | undefined;
  private trouble: { text: string; tooltip: string; command: string } | undefined;

  constructor() {
    this.item.name = "Tickmark";
    this.focusItem.name = "Tickmark: chosen function";
    this.focusItem.command = "tickmark.clearFocus";
    this.focusItem.backgroundColor = new vscode.ThemeColor("statusBarItem.warningBackground");
  }

  /** A step of a run; undefined when none is on. */
  run(step: string | undefined): void {
    this.measuring = step;
    this.show();
  }

  /** What was measured last: a benchmark, or what is shown on the source lines, a run or a file's profile. */
  result(newest: RunRecord | undefined, file: string | undefined): void {
    this.newest = newest;
    this.file = file;
    this.show();
  }

  focus(focus: Focus | null): void {
    if (focus === null) {
      this.focusItem.hide();
      return;
    }
    this.focusItem.text = `$(filter) Tickmark: of ${focus.label} — show all`;
    const share = `${focus.sharePercent.toFixed(1)} % of everything`;
    const what = `The editor's percentages are of the stacks through ${focus.label}, ${share}.`;
    this.focusItem.tooltip = `${what}\nClick to see those of everything again.`;
    this.focusItem.show();
  }

  /** The folder is not trusted: nothing of it is run. */
  restricted(): void {
    this.trouble = {
      text: "$(shield) Tickmark: restricted",
      tooltip: "Measuring runs the project's code: until you trust this workspace, Tickmark only reads profiles.\nClick to manage trust.",
      command: "workbench.trust.manage",
    };
    this.show();
  }

  failed(problem: string): void {
    this.trouble = { text: "$(error) Tickmark", tooltip: `${problem}\nClick for the log.`, command: "tickmark.showLog" };
    this.show();
  }

  works(): void {
    this.trouble = undefined;
    this.show();
  }

  dispose(): void {
    this.item.dispose();
    this.focusItem.dispose();
  }

  private show(): void {
    const { item, trouble, measuring, newest, file } = this;
    if (trouble !== undefined) {
      Object.assign(item, trouble);
    } else if (measuring !== undefined) {
      Object.assign(item, { text: `$(sync~spin) ${measuring}`, tooltip: "Click to stop.", command: "tickmark.stop" });
    } else if (file !== undefined) {
      const tooltip = `The profile of ${file} is shown.\nClick for the hottest functions.`;
      Object.assign(item, { text: `$(flame) ${basename(file)}`, tooltip, command: "tickmark.hottest" });
    } else if (newest !== undefined && isBenchmark(newest)) {
      const when = new Date(newest.startedAtMs).toLocaleString();
      const tooltip = `The newest benchmark, ${when}.\nClick for its report.`;
      Object.assign(item, { text: `$(dashboard) ${summary(newest)}`, tooltip, command: "tickmark.openReport" });
    } else if (newest !== undefined) {
      const when = new Date(newest.startedAtMs).toLocaleString();
      const tooltip = `What Tickmark shows: ${newest.samples} samples, ${when}.\nClick for the hottest functions.`;
      Object.assign(item, { text: `$(flame) ${summary(newest)}`, tooltip, command: "tickmark.hottest" });
    } else {
      item.hide();
      return;
    }
    item.show();
  }
}
