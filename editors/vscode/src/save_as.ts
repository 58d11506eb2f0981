// Writing a profile in another tool's format.
import * as path from "node:path";
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { isBenchmark } from "./load";
import { exportRun, type ExportFormat, type RunRecord } from "./protocol";
import { fileName } from "./run_labels";

const FORMATS: { format: ExportFormat; label: string; description: string; extension: string }[] = [
  { format: "cpuprofile", label: "CPU profile", description: "Chrome DevTools, VS Code", extension: "cpuprofile" },
  { format: "speedscope", label: "speedscope", description: "speedscope", extension: "speedscope.json" },
  { format: "pprof", label: "pprof", description: "go tool pprof, Pyroscope", extension: "pb.gz" },
  { format: "folded", label: "Folded stacks", description: "flamegraph.pl, inferno", extension: "folded" },
  { format: "svg", label: "SVG", description: "a picture of the flamegraph", extension: "svg" },
  { format: "html", label: "HTML", description: "all views in one page, for any browser", extension: "html" },
];
const OF_BENCHMARKS: typeof FORMATS = [
  { format: "json", label: "JSON", description: "every figure, as tickmark load prints it", extension: "json" },
  { format: "html", label: "HTML", description: "the report in one page, for any browser", extension: "html" },
];

/** A stored run, or a model that is open, of a file perhaps. */
type Subject = { runId: string } | { model: string; path?: string };

/** Asks for a format and a place, and has the server write it. `run` names the file. */
export async function saveAs(client: LanguageClient, of: Subject, run: RunRecord | undefined): Promise<void> {
  const chosen = await vscode.window.showQuickPick(run !== undefined && isBenchmark(run) ? OF_BENCHMARKS : FORMATS, { title: "Tickmark: export as", matchOnDescription: true });
  if (chosen === undefined) {
    return;
  }
  const file = "model" in of && of.path !== undefined ? path.parse(of.path) : undefined;
  const measured = run?.folder === undefined ? vscode.workspace.workspaceFolders?.[0]?.uri : vscode.Uri.file(run.folder);
  const folder = file === undefined ? measured : vscode.Uri.file(file.dir);
  const name = `${run === undefined ? (file?.name ?? "profile") : fileName(run)}.${chosen.extension}`;
  const to = await vscode.window.showSaveDialog({
    title: `Export as ${chosen.label}`,
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, name) }),
    filters: { [chosen.label]: [chosen.extension] },
  });
  if (to === undefined) {
    return;
  }
  const subject = "runId" in of ? { runId: of.runId } : { model: of.model };
  const written = await client.sendRequest(exportRun, { ...subject, format: chosen.format, to: to.fsPath });
  const told = `Tickmark: wrote ${path.basename(written.path)}, ${size(written.bytes)}.`;
  if ((await vscode.window.showInformationMessage(told, "Open")) === "Open") {
    const uri = vscode.Uri.file(written.path);
    await (chosen.format === "html" ? vscode.env.openExternal(uri) : vscode.commands.executeCommand("vscode.open", uri));
  }
}

function size(bytes: number): string {
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : bytes >= 1e3 ? `${(bytes / 1e3).toFixed(1)} kB` : `${bytes} bytes`;
}
