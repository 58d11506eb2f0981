// What can be done with runs: from the list, from a view, and from the palette.
import { stat } from "node:fs/promises";
import * as path from "node:path";
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { message } from "./errors";
import { applyModel, closeModel, deleteRuns, labelRun, openModel, ServerCommand, type RunRecord, type Source } from "./protocol";
import { askForRun } from "./run_picks";
import type { RunList } from "./run_list";
import { comparable, olderFirst, title } from "./run_labels";
import type { RunRow, RunsView } from "./runs_view";
import { saveAs } from "./save_as";
import type { View } from "./view";
import type { Views } from "./views";

export interface RunParts {
  list: RunList;
  tree: RunsView;
  views: Views;
  client(): LanguageClient | undefined;
}

/** Registers them. */
export function registerRunCommands(parts: RunParts): vscode.Disposable {
  const { list, tree, views } = parts;
  /** For one run: that of the row, else the selected one. */
  const one = (does: (run: RunRecord, client: LanguageClient) => Promise<unknown> | void) => (row?: RunRow) =>
    attempt(parts, async (client) => {
      const run = row === undefined ? tree.selected[0] : "run" in row ? row.run : undefined;
      if (run !== undefined) {
        await does(run, client);
      }
    });
  /** For the selection, if the row is in it. */
  const several = (does: (runs: RunRecord[], client: LanguageClient) => Promise<unknown> | void) => (row?: RunRow, rows?: RunRow[]) =>
    attempt(parts, async (client) => {
      const chosen = (rows ?? (row === undefined ? [] : [row])).flatMap((each) => ("run" in each ? [each.run] : []));
      await does(chosen.length > 0 ? chosen : tree.selected, client);
    });
  const commands: [string, (...args: never[]) => unknown][] = [
    ["tickmark.runs.open", one((run) => views.show({ runId: run.id }, "flamegraph", { preserveFocus: true }))],
    ["tickmark.runs.apply", one((run, client) => apply(client, { runId: run.id }))],
    ["tickmark.runs.compareWith", one((run) => compareRun(parts, run))],
    ["tickmark.runs.compareSelected", several((runs) => compareTwo(parts, runs))],
    ["tickmark.runs.pin", one((run, client) => client.sendRequest(labelRun, { runId: run.id, pinned: true }))],
    ["tickmark.runs.unpin", one((run, client) => client.sendRequest(labelRun, { runId: run.id, pinned: false }))],
    ["tickmark.runs.rename", one(rename)],
    ["tickmark.runs.delete", several(remove)],
    ["tickmark.runs.openRaw", one(openRaw)],
    ["tickmark.runs.revealRaw", one(revealRaw)],
    ["tickmark.runs.export", one((run, client) => saveAs(client, { runId: run.id }, run))],
    ["tickmark.runs.stop", (row?: RunRow) => stop(row)],
    ["tickmark.runs.refresh", () => attempt(parts, (client) => list.ask(client))],
    ["tickmark.compareRuns", () => attempt(parts, () => compareRuns(parts))],
  ];
  return vscode.Disposable.from(...commands.map(([name, does]) => vscode.commands.registerCommand(name, does)));
}

/** Runs it with the server, and shows what fails. */
export async function attempt({ client }: RunParts, does: (client: LanguageClient) => Promise<unknown> | void): Promise<void> {
  const running = client();
  if (running === undefined) {
    void vscode.window.showWarningMessage("Tickmark's server is not running.");
    return;
  }
  try {
    await does(running);
  } catch (error) {
    void vscode.window.showErrorMessage(`Tickmark: ${message(error)}`);
  }
}

/** From a view: compares what it shows with a run, in the same view. */
export async function compareView({ list }: RunParts, view: View): Promise<void> {
  const { compareWith, ...source } = view.source;
  const run = list.find(source.runId);
  const { same, other } = run === undefined ? { same: [], other: list.runs } : comparable(run, list.runs);
  const chosen = await askForRun("Compare with", { same, other }, compareWith);
  if (chosen !== undefined) {
    view.reopen(chosen === "nothing" ? source : { ...source, compareWith: chosen.id });
  }
}

async function compareRuns(parts: RunParts): Promise<void> {
  const run = await askForRun("Compare which run?", { same: [], other: parts.list.runs });
  if (run !== undefined && run !== "nothing") {
    await compareRun(parts, run);
  }
}

async function compareRun({ list, views }: RunParts, run: RunRecord): Promise<void> {
  const chosen = await askForRun(`Compare ${title(run)} with`, comparable(run, list.runs));
  if (chosen !== undefined && chosen !== "nothing") {
    views.show({ runId: run.id, compareWith: chosen.id }, "flamegraph");
  }
}

function compareTwo({ views }: RunParts, runs: RunRecord[]): void {
  const [first, second] = runs;
  if (first === undefined || second === undefined || runs.length !== 2) {
    void vscode.window.showInformationMessage("Tickmark: select two runs to compare them.");
    return;
  }
  const [before, after] = olderFirst(first, second);
  views.show({ runId: after.id, compareWith: before.id }, "flamegraph");
}

/** Shows a profile on the source lines. */
async function apply(client: LanguageClient, source: Source): Promise<void> {
  const { model } = await client.sendRequest(openModel, source);
  try {
    await client.sendRequest(applyModel, { model });
  } finally {
    await client.sendRequest(closeModel, { model });
  }
}

async function rename(run: RunRecord, client: LanguageClient): Promise<void> {
  const name = await vscode.window.showInputBox({
    title: "Name of the run",
    value: run.label?.name ?? "",
    placeHolder: title({ ...run, label: { name: null, pinned: false } }),
    prompt: "Empty for what was measured.",
  });
  if (name !== undefined) {
    await client.sendRequest(labelRun, { runId: run.id, name: name.trim() === "" ? null : name.trim() });
  }
}

async function remove(runs: RunRecord[], client: LanguageClient): Promise<void> {
  const [first] = runs;
  if (first === undefined) {
    return;
  }
  const question = runs.length === 1 ? `Delete the run ${title(first)}?` : `Delete ${runs.length} runs?`;
  const baselines = runs.filter((run) => run.label?.pinned).length;
  const among = baselines === 0 ? "" : baselines === 1 ? ", a baseline among them" : `, ${baselines} baselines among them`;
  const whose = runs.length === 1 ? `${baselines === 1 ? "It is a baseline. " : ""}Its files` : "Their files";
  const detail = `${whose} in .tickmark/runs are deleted${runs.length === 1 ? "" : among}. This cannot be undone.`;
  if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, "Delete")) !== "Delete") {
    return;
  }
  const { failed } = await client.sendRequest(deleteRuns, { runIds: runs.map(({ id }) => id) });
  if (failed.length > 0) {
    throw new Error(failed.map(({ runId, message: why }) => `${runId} could not be deleted: ${why}`).join("; "));
  }
}

async function openRaw(run: RunRecord): Promise<void> {
  const files = await rawFiles(run);
  const items = files.map((uri) => ({ label: path.basename(uri.fsPath), uri }));
  const chosen = items.length === 1 ? items[0]?.uri : (await vscode.window.showQuickPick(items, { title: `Files of ${title(run)}` }))?.uri;
  if (chosen !== undefined) {
    await vscode.commands.executeCommand("vscode.open", chosen);
  }
}

async function revealRaw(run: RunRecord): Promise<void> {
  const [first] = await rawFiles(run);
  const isHere = vscode.env.uiKind === vscode.UIKind.Desktop && vscode.env.remoteName === undefined;
  await vscode.commands.executeCommand(isHere ? "revealFileInOS" : "revealInExplorer", first);
}

/** What V8 wrote, in the folder of the run. */
async function rawFiles(run: RunRecord): Promise<vscode.Uri[]> {
  const folder = vscode.Uri.file(path.join(run.folder ?? "", ".tickmark", "runs", run.id));
  const files = (run.artifacts?.raw ?? []).map((name) => vscode.Uri.joinPath(folder, name));
  const found = await Promise.all(files.map(async (uri) => stat(uri.fsPath).then(() => [uri], () => [])));
  if (found.flat().length === 0) {
    throw new Error(`the run ${run.id} has no raw files in ${folder.fsPath} any more`);
  }
  return found.flat();
}

async function stop(row: RunRow | undefined): Promise<void> {
  const argument = row !== undefined && "running" in row ? [{ runId: row.running.launchId }] : [];
  await vscode.commands.executeCommand(ServerCommand.stop, ...argument);
}
