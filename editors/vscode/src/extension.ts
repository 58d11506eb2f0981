// Start and end of the extension.
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { message, Server } from "./client";
import { registerCommands } from "./commands";
import { Flamegraphs } from "./flamegraph";
import { HeatMarks } from "./heat";
import { describe, runs, type RunChanged } from "./protocol";
import { Status } from "./status";

/** How long nothing must have changed before the runs are asked for. */
const QUIET_MS = 400;

let server: Server | undefined;
let asking: NodeJS.Timeout | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const log = vscode.window.createOutputChannel("Tickmark", { log: true });
  const status = new Status();
  const flamegraphs = new Flamegraphs(log);
  const heat = new HeatMarks(() => server?.running, log);
  const running = new Map<string, RunChanged>();

  const told = async (client: LanguageClient): Promise<void> => {
    try {
      const answer = await client.sendRequest(runs);
      const shown = answer.runs.find((run) => answer.shown.includes(run.id));
      status.result(shown);
      await set("hasResults", answer.shown.length > 0);
    } catch (error) {
      log.warn(`the runs are not known: ${message(error)}`);
    }
  };
  const changed = (client: LanguageClient, change: RunChanged): void => {
    if (change.status === "started") {
      running.set(change.launchId, change);
      status.run(`Measuring ${describe(change.target)}`);
    } else {
      running.delete(change.launchId);
      status.run(undefined);
      void told(client);
      heat.refreshAll();
    }
    void set("measuring", running.size > 0);
  };

  server = new Server(context, log, {
    ready(client) {
      status.works();
      void set("running", true);
      void told(client);
      heat.refreshAll();
    },
    changed,
    gone(problem) {
      running.clear();
      status.run(undefined);
      status.result(undefined);
      heat.clear();
      for (const key of ["running", "measuring", "hasResults"]) {
        void set(key, false);
      }
      if (problem !== undefined) {
        status.failed(problem);
      }
    },
    answered(document) {
      heat.refresh(document);
      // Results come and go by other ways, too: the command line, `Clear`.
      clearTimeout(asking);
      asking = setTimeout(() => {
        const client = server?.running;
        if (client !== undefined && running.size === 0) {
          void told(client);
        }
      }, QUIET_MS);
    },
    step(text) {
      status.run(text);
    },
    showReport: (uri) => flamegraphs.show(uri),
  });
  context.subscriptions.push(log, status, flamegraphs, heat, registerCommands(server, heat));

  if (!vscode.workspace.isTrusted) {
    status.restricted();
    context.subscriptions.push(
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        status.works();
        void server?.start();
      }),
    );
  }
  context.subscriptions.push(
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("tickmark.server.path") && vscode.workspace.isTrusted) {
        void server?.restart();
      }
    }),
  );
  await server.start();
}

export async function deactivate(): Promise<void> {
  clearTimeout(asking);
  await server?.stop();
}

async function set(key: string, value: boolean): Promise<void> {
  await vscode.commands.executeCommand("setContext", `tickmark.${key}`, value);
}
