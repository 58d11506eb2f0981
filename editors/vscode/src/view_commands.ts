// Commands that open views, and those of the view that the user is in.
import * as vscode from "vscode";
import { newestBenchmark } from "./load";
import { innermost } from "./folders";
import type { Tab, ViewCommand } from "./messages";
import { newerRun } from "./newer_run";
import { ServerCommand, type Source } from "./protocol";
import { attempt, compareView, type RunParts } from "./run_commands";
import type { RunList } from "./run_list";
import { saveAs } from "./save_as";
import type { View } from "./view";

const FILTERS = {
  "Profiles and V8 logs": ["cpuprofile", "heapprofile", "log", "folded", "collapsed"],
  "All files": ["*"],
};

/** Registers them. */
export function registerViewCommands(parts: RunParts): vscode.Disposable {
  const { list, views } = parts;
  const show = (tab: Tab) => () => attempt(parts, () => views.show(shownSource(list), tab));
  const commands: [string, (...args: never[]) => unknown][] = [
    ["tickmark.openFlamegraph", show("flamegraph")],
    ["tickmark.openBottomUp", show("bottomUp")],
    ["tickmark.openTopDown", show("topDown")],
    ["tickmark.openReport", () => attempt(parts, () => openReport(parts))],
    ["tickmark.openProfile", () => openProfile(parts)],
    ["tickmark.openWith", (uri?: vscode.Uri, all?: vscode.Uri[]) => openFiles(parts, all ?? (uri ? [uri] : []))],
    ["tickmark.applyProfile", () => attempt(parts, () => views.active?.apply())],
  ];
  return vscode.Disposable.from(...commands.map(([name, does]) => vscode.commands.registerCommand(name, does)));
}

/** What a view asked for. */
export async function viewCommand(parts: RunParts, view: View, command: ViewCommand): Promise<void> {
  await attempt(parts, async (client) => {
    if (command === "compare") {
      await compareView(parts, view);
    } else if (command === "openShown") {
      const newer = view.opened && newerRun(parts.list, view.opened, Date.now());
      if (newer) {
        parts.views.turn(view, { runId: newer.runId });
      }
    } else if (command === "clearFocus") {
      await vscode.commands.executeCommand(ServerCommand.clearFocus);
    } else if (view.opened !== undefined) {
      const { model, path, runId } = view.opened;
      await saveAs(client, path === undefined ? { model } : { model, path }, parts.list.find(runId));
    }
  });
}

/** The report of the newest benchmark. */
function openReport({ list, views }: RunParts): void {
  const newest = newestBenchmark(list.runs);
  if (newest === undefined) {
    void vscode.window.showInformationMessage("Tickmark: nothing has been benchmarked yet.");
    return;
  }
  views.show({ runId: newest.id }, "flamegraph");
}

/** What is shown on the source lines: of several folders, of the one that the user is in, else what the server finds newest. */
export function shownSource({ runs, shown, shownFile }: RunList): Source {
  const file = vscode.window.activeTextEditor?.document.uri.fsPath ?? "";
  const here = shown.length > 1 ? innermost(runs.filter(({ id }) => shown.includes(id)), file)?.id : shown[0];
  if (shownFile !== undefined) {
    return { path: shownFile };
  }
  return here === undefined ? {} : { runId: here };
}

async function openProfile(parts: RunParts): Promise<void> {
  const chosen = await vscode.window.showOpenDialog({ title: "Open with Tickmark", canSelectMany: true, filters: FILTERS });
  await openFiles(parts, chosen ?? []);
}

async function openFiles({ views }: RunParts, files: vscode.Uri[]): Promise<void> {
  for (const file of files) {
    await views.openFile(file);
  }
}
