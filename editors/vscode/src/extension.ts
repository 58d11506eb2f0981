// Start and end of the extension.
import * as vscode from "vscode";
import { Server } from "./client";
import { registerCommands } from "./commands";
import { Cursor } from "./cursor";
import { HeatMarks } from "./heat";
import { tellFailure } from "./launching";
import { hasBaseline, isBenchmark, newestBenchmark, newestResult } from "./load";
import { newerRun } from "./newer_run";
import { registerRunCommands, type RunParts } from "./run_commands";
import { RunList } from "./run_list";
import { describe } from "./run_labels";
import { RunsView } from "./runs_view";
import { Status } from "./status";
import { registerViewCommands, viewCommand } from "./view_commands";
import { Views } from "./views";
import { Walkthrough } from "./walkthrough";

/** A server takes a tenth of this: only one that takes longer is told to be starting. */
const SLOW_START_MS = 1000;

let server: Server | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const log = vscode.window.createOutputChannel("Tickmark", { log: true });
  const client = () => server?.running;
  const status = new Status();
  const list = new RunList(log);
  const heat = new HeatMarks(client, log);
  const views = new Views(context.extensionUri, {
    log,
    client,
    whyNot: () => server?.whyNot(),
    title: (opened) => list.title(opened),
    focus: () => list.focus,
    focused: (focus) => list.focused(focus),
    newer: (opened) => newerRun(list, opened, Date.now()),
    command: (view, command) => void viewCommand(parts, view, command),
  });
  const parts: RunParts = { list, views, client, tree: new RunsView(list) };
  const set = contextKeys();
  const walkthrough = new Walkthrough(context.globalState);
  let slowStart: NodeJS.Timeout | undefined;
  const waiting = (): void => {
    clearTimeout(slowStart);
    set("serverFailed", false);
    set("serverSlow", false);
    slowStart = setTimeout(() => set("serverSlow", true), SLOW_START_MS);
  };

  server = new Server(context, log, {
    starting: waiting,
    ready(client) {
      clearTimeout(slowStart);
      if (vscode.workspace.isTrusted) {
        status.works();
      } else {
        status.restricted();
      }
      set("serverRunning", true);
      if (vscode.workspace.workspaceFolders !== undefined) {
        walkthrough.did("open");
      }
      void list.ask(client);
      heat.refreshAll();
      views.serverReady();
    },
    changed(client, change) {
      list.changed(change);
      status.run(change.status === "started" ? `Measuring ${describe(change.target)}` : undefined);
      if (change.status !== "started") {
        void list.ask(client);
        heat.refreshAll();
      }
      if (change.status === "failed") {
        void tellFailure(change, log);
      }
    },
    listChanged(client) {
      void list.ask(client);
      heat.refreshAll();
    },
    gone(problem) {
      set("serverRunning", false);
      status.run(undefined);
      list.clear();
      heat.clear();
      views.serverGone();
      waiting();
      if (problem !== undefined) {
        clearTimeout(slowStart);
        set("serverFailed", true);
        status.failed(problem);
        views.serverFailed();
      }
    },
    answered: (document) => heat.refresh(document),
    step: (text) => status.run(text),
    flamegraph: (runId, frame) => views.show(runId === undefined ? {} : { runId }, "flamegraph", { frame }),
  });
  context.subscriptions.push(
    log,
    status,
    list,
    heat,
    views,
    parts.tree,
    parts.tree.onDidChangeVisibility(() => server?.lostFocus()),
    new Cursor(views, client, log),
    walkthrough,
    { dispose: () => clearTimeout(slowStart) },
    registerCommands(server, heat, parts, walkthrough),
    registerRunCommands(parts),
    registerViewCommands(parts),
    list.onDidChange(() => {
      const { shown, shownFile, focus } = list;
      status.result(newestResult(list.runs.find((run) => shown.includes(run.id)), list.runs), shownFile);
      status.focus(focus);
      views.listChanged(focus);
      set("hasResults", shown.length > 0 || shownFile !== undefined);
      set("runsKnown", list.isKnown);
      set("hasRuns", list.runs.length > 0);
      if (list.runs.some((run) => !isBenchmark(run))) {
        walkthrough.did("profile");
      }
      if (list.runs.some((run) => run.instruments === "explain")) {
        walkthrough.did("explain");
      }
      set("runActive", list.running.length > 0);
      set("hasBenchmarks", newestBenchmark(list.runs) !== undefined);
      set("hasBaseline", hasBaseline(list.runs));
      set("focused", focus !== null);
    }),
    views.onDidChange(() => {
      set("viewHasProfile", views.inFront?.hasProfile ?? false);
      for (const view of views.visible.filter(({ hasProfile }) => hasProfile)) {
        walkthrough.did("flamegraph");
        if (view.opened?.compared) {
          walkthrough.did("compare");
        }
      }
    }),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("tickmark.server.path")) {
        void server?.restart();
      }
    }),
  );
  if (!vscode.workspace.isTrusted) {
    status.restricted();
    context.subscriptions.push(
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        status.works();
        void server?.restart();
      }),
    );
  }
  await server.start();
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}

/** Tells VS Code what `when` clauses ask, only where it changes. */
function contextKeys(): (key: string, value: boolean) => void {
  const known = new Map<string, boolean>();
  return (key, value) => {
    if (known.get(key) !== value) {
      known.set(key, value);
      void vscode.commands.executeCommand("setContext", `tickmark.${key}`, value);
    }
  };
}
