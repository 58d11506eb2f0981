// The commands of the palette. The server's own commands need arguments, which come from its code actions and lenses.
import * as vscode from "vscode";
import { CodeActionRequest, CodeLensRequest, type Command, type LanguageClient } from "vscode-languageclient/node";
import type { Server } from "./client";
import type { HeatMarks } from "./heat";
import { nextBelow } from "./hot_lines";
import { openAt } from "./open_at";
import { ServerCommand, type Hotspot } from "./protocol";
import type { RunParts } from "./run_commands";
import { shownSource } from "./view_commands";
import type { Walkthrough } from "./walkthrough";

/** Registers all of them. */
export function registerCommands(server: Server, heat: HeatMarks, parts: RunParts, walkthrough: Walkthrough): vscode.Disposable {
  const withClient = (use: (client: LanguageClient) => Promise<void> | void) => async () => {
    const client = server.running;
    if (client === undefined) {
      void vscode.window.showWarningMessage("Tickmark's server is not running.");
      return;
    }
    await use(client);
  };
  const commands: [string, () => unknown][] = [
    ["tickmark.profileHere", withClient((client) => measureHere(client, "Profile", ServerCommand.profile))],
    ["tickmark.explainHere", withClient((client) => measureHere(client, "Explain", ServerCommand.explain))],
    ["tickmark.benchmarkHere", withClient((client) => measureHere(client, "Benchmark", ServerCommand.benchmark))],
    ["tickmark.baselineHere", withClient((client) => measureHere(client, "Set as Baseline", ServerCommand.baseline))],
    ["tickmark.verifyHere", withClient((client) => measureHere(client, "Verify", ServerCommand.verify))],
    ["tickmark.stop", withClient(() => run(ServerCommand.stop))],
    ["tickmark.clear", withClient(() => run(ServerCommand.clear))],
    ["tickmark.hottest", withClient(() => hottest(parts, walkthrough))],
    ["tickmark.nextHotLine", () => nextHotLine(heat, walkthrough)],
    ["tickmark.showLog", () => server.log.show()],
    ["tickmark.restartServer", () => server.restart()],
  ];
  return vscode.Disposable.from(...commands.map(([name, does]) => vscode.commands.registerCommand(name, does)));
}

async function run(command: string, ...args: unknown[]): Promise<void> {
  await vscode.commands.executeCommand(command, ...args);
}

/** Why a verb finds nothing in a file, where that is not for want of a route. */
const NOTHING: Record<string, string> = {
  "Set as Baseline": "no route of this file has a benchmark that is not its baseline yet. Benchmark one first.",
  Verify: "no route of this file has a baseline to verify against. Benchmark one in a git repository, and set that as baseline.",
};

/** Does what the cursor is on; else lets the user choose from what the file has. */
async function measureHere(client: LanguageClient, verb: string, names: { route: string; entry?: string }): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) {
    void vscode.window.showInformationMessage(`Tickmark: open the file with the route or program first.`);
    return;
  }
  if (vscode.languages.match(client.clientOptions.documentSelector as vscode.DocumentSelector, editor.document) === 0) {
    const what = editor.document.isUntitled ? "save this text to a file first" : "open the file itself first";
    void vscode.window.showInformationMessage(`Tickmark: ${what}. What is measured are JavaScript and TypeScript files on disk.`);
    return;
  }
  const textDocument = client.code2ProtocolConverter.asTextDocumentIdentifier(editor.document);
  const range = client.code2ProtocolConverter.asRange(editor.selection);
  const context = { diagnostics: [], only: ["source.tickmark"] };
  const actions = (await client.sendRequest(CodeActionRequest.type, { textDocument, range, context })) ?? [];
  const atCursor = actions.flatMap((action) =>
    typeof action.command === "object" ? [{ ...action.command, title: action.title }] : "arguments" in action ? [action as Command] : [],
  );
  const isOne = ({ command }: Command): boolean => command === names.route || command === names.entry;
  let choices = atCursor.filter(isOne);
  if (choices.length === 0) {
    const lenses = (await client.sendRequest(CodeLensRequest.type, { textDocument })) ?? [];
    choices = lenses.flatMap(({ command }) => (command !== undefined && isOne(command) ? [command] : []));
  }
  const { entry } = names;
  if (choices.length === 0 && entry === undefined) {
    void vscode.window.showInformationMessage(`Tickmark: ${NOTHING[verb] ?? "this file has no route."}`);
    return;
  }
  if (choices.length === 0 && entry !== undefined) {
    // A file that package.json does not name may be a program all the same.
    const anyway = `${verb} It as a Program`;
    const told = `Tickmark: this file has no route, and package.json does not start it.`;
    if ((await vscode.window.showInformationMessage(told, anyway)) === anyway) {
      await run(entry, { uri: textDocument.uri });
    }
    return;
  }
  const chosen =
    choices.length === 1
      ? choices[0]
      : (
          await vscode.window.showQuickPick(
            choices.map((command) => ({ label: label(verb, command), description: command.title, command })),
            { title: `Tickmark: ${verb}` },
          )
        )?.command;
  if (chosen !== undefined) {
    await run(chosen.command, ...(chosen.arguments ?? []));
  }
}

function label(verb: string, command: Command): string {
  const argument = command.arguments?.[0] as { method?: string; path?: string } | undefined;
  return argument?.path === undefined ? `${verb} this program` : `${verb} ${argument.method ?? ""} ${argument.path}`;
}

/** Where the way to a function is: its own place, or that of what calls it. */
function placeOf(spot: Hotspot): { file: string; line: number; column: number } | undefined {
  return spot.file ? { ...spot, file: spot.file } : spot.caller;
}

function whereOf(spot: Hotspot): string {
  const place = placeOf(spot);
  if (place === undefined) {
    return "in no file: shown in the bottom-up table";
  }
  const at = `${vscode.workspace.asRelativePath(place.file)}:${place.line}`;
  return spot.file ? at : `in no file: goes to its caller ${spot.caller?.name || "(anonymous)"}, ${at}`;
}

async function hottest({ views, list }: RunParts, walkthrough: Walkthrough): Promise<void> {
  const spots = await vscode.commands.executeCommand<Hotspot[] | undefined>(ServerCommand.hotspots, { message: false });
  if (spots === undefined) {
    return;
  }
  const items = spots.map((spot) => ({
    label: `${spot.selfPercent.toFixed(1)}%  ${spot.name === "" ? "(anonymous)" : spot.name}`,
    description: `total ${spot.totalPercent.toFixed(1)}% · ${spot.tier}`,
    detail: whereOf(spot),
    spot,
  }));
  const options = { title: "Tickmark: hottest functions by self time", matchOnDetail: true };
  const chosen = await vscode.window.showQuickPick(items, options);
  if (chosen === undefined) {
    return;
  }
  walkthrough.did("read");
  const place = placeOf(chosen.spot);
  if (place !== undefined) {
    await openAt(place.file, place.line, place.column);
  } else {
    views.show(shownSource(list), "bottomUp");
  }
}

function nextHotLine(heat: HeatMarks, walkthrough: Walkthrough): void {
  const editor = vscode.window.activeTextEditor;
  const next = editor && nextBelow(heat.of(editor.document), editor.selection.active.line);
  if (editor === undefined || next === undefined) {
    vscode.window.setStatusBarMessage("Tickmark: no hot line in this file", 4000);
    return;
  }
  walkthrough.did("read");
  const at = new vscode.Position(next.line, editor.document.lineAt(next.line).firstNonWhitespaceCharacterIndex);
  editor.selection = new vscode.Selection(at, at);
  editor.revealRange(new vscode.Range(at, at), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  const stale = next.stale ? ", changed since" : "";
  vscode.window.setStatusBarMessage(`Tickmark: self ${next.selfPercent.toFixed(1)}%, total ${next.totalPercent.toFixed(1)}%${stale}`, 6000);
}
