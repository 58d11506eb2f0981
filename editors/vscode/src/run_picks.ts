// Choosing a run from a list.
import * as vscode from "vscode";
import type { RunRecord } from "./protocol";
import { describe, details, title } from "./run_labels";

/** Asks for a run; those of the same target go first. `compared` is the run that is compared with now: then there is a way out of it. */
export async function askForRun(
  question: string,
  { same, other }: { same: RunRecord[]; other: RunRecord[] },
  compared?: string,
): Promise<RunRecord | "nothing" | undefined> {
  type Item = vscode.QuickPickItem & { run?: RunRecord };
  const item = (run: RunRecord): Item => ({
    label: `${run.label?.pinned ? "$(pinned) " : ""}${title(run)}`,
    description: details(run, Date.now()),
    ...(run.id === compared ? { detail: "compared with now" } : {}),
    run,
  });
  const group = (label: string, runs: RunRecord[]): Item[] =>
    runs.length === 0 ? [] : [{ label, kind: vscode.QuickPickItemKind.Separator }, ...runs.map(item)];
  const items: Item[] = [
    ...(compared === undefined ? [] : [{ label: "$(close) Nothing", description: "the profile alone" }]),
    ...group(same[0] === undefined ? "" : `runs of ${describe(same[0].target)}`, same),
    ...group(same.length > 0 ? "others" : "runs", other),
  ];
  if (items.length === 0) {
    void vscode.window.showInformationMessage("Tickmark: there is no other run to compare with.");
    return undefined;
  }
  const chosen = await vscode.window.showQuickPick(items, { title: `Tickmark: ${question}`, matchOnDescription: true });
  return chosen && (chosen.run ?? "nothing");
}
