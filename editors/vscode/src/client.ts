// The connection to the server: found, started, restarted, and its failures shown.
import * as vscode from "vscode";
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  RevealOutputChannelOn,
  State,
  type CloseHandlerResult,
  type Middleware,
  type ProgressToken,
  type WorkDoneProgressBegin,
  type WorkDoneProgressReport,
} from "vscode-languageclient/node";
import { findServer, type Found } from "./binary";
import { message } from "./errors";
import { execute } from "./launching";
import { Lenses } from "./lenses";
import { openedInLocalTime } from "./local_time";
import { ProgressBars } from "./progress";
import { openModel, runChanged, runsChanged, ServerCommand, type Opened, type RunChanged } from "./protocol";
import { Restarts } from "./restarts";
import { contributedKeys, explicitSettings } from "./settings";
import { match } from "./versions";

const LANGUAGES = ["javascript", "javascriptreact", "typescript", "typescriptreact"];

/** What other parts want to know of the connection. */
export interface Listener {
  /** A server is being started. */
  starting(): void;
  /** A new server answers. */
  ready(client: LanguageClient): void;
  /** A run began or ended. */
  changed(client: LanguageClient, change: RunChanged): void;
  /** The list of runs, their labels, what is shown or the chosen function changed. */
  listChanged(client: LanguageClient): void;
  /** There is none any more. */
  gone(problem: string | undefined): void;
  /** What the server shows has changed: it had the editor ask for its lenses again, or the user typed. */
  answered(document: vscode.TextDocument): void;
  /** A step of a measurement, such as `Profiling GET /hello: warming up`; undefined at its end. */
  step(text: string | undefined): void;
  /** To show the flamegraph of a run, by default of the one that is shown, with that function selected. */
  flamegraph(runId: string | undefined, frame: number | undefined): void;
}

/** One server for all workspace folders. */
export class Server implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private readonly restarts = new Restarts();
  private readonly bars: ProgressBars;
  private readonly lenses = new Lenses(() => this.running);
  private leaving = false;
  private hasWarned = false;
  private problem: string | undefined;

  constructor(
    private readonly context: vscode.ExtensionContext,
    readonly log: vscode.LogOutputChannel,
    private readonly listener: Listener,
  ) {
    this.bars = new ProgressBars(listener.step.bind(listener));
  }

  /** The client while its server answers. */
  get running(): LanguageClient | undefined {
    return this.client?.state === State.Running ? this.client : undefined;
  }

  /** Why there is none; undefined while it is being started. */
  whyNot(): string | undefined {
    return this.problem;
  }

  /** Never throws: a failure is shown, with the log one click away. */
  async start(): Promise<void> {
    await this.stop();
    this.leaving = false;
    this.problem = undefined;
    this.listener.starting();
    if (!vscode.workspace.isTrusted) {
      this.log.info("this workspace is not trusted: profiles are read, and nothing of it is run");
    }
    const setting = vscode.workspace.getConfiguration("tickmark").get<string | null>("server.path") ?? "";
    const found = findServer(setting, this.context.extensionPath);
    if ("problem" in found) {
      this.fail(`Tickmark cannot start: ${found.problem}`);
      return;
    }
    this.log.info(`server (${found.from}): ${found.path}`);
    const client = this.make(found.path);
    this.client = client;
    client.onNotification(runChanged, (change) => this.listener.changed(client, change));
    client.onNotification(runsChanged, () => this.listener.listChanged(client));
    client.onDidChangeState(({ newState }) => {
      if (client !== this.client) {
        return;
      }
      if (newState === State.Running) {
        if (this.fits(client, found)) {
          this.lenses.restarted();
          this.listener.ready(client);
        }
      } else {
        this.bars.clear();
        this.lenses.clear();
        this.listener.gone(undefined);
      }
    });
    try {
      await client.start();
    } catch (error) {
      this.fail(`Tickmark's server did not start: ${message(error)}`);
    }
  }

  async restart(): Promise<void> {
    this.restarts.forget();
    await this.start();
  }

  async stop(): Promise<void> {
    this.leaving = true;
    const client = this.client;
    this.client = undefined;
    this.bars.clear();
    try {
      await client?.dispose();
    } catch (error) {
      this.log.warn(`the server did not end well: ${message(error)}`);
    }
  }

  /** The user went from a text to a part of ours. */
  lostFocus(): void {
    this.lenses.lostFocus();
  }

  dispose(): void {
    this.lenses.dispose();
    void this.stop();
  }

  private make(command: string): LanguageClient {
    const manifest: unknown = this.context.extension.packageJSON;
    const keys = contributedKeys(manifest);
    const middleware: Middleware = {
      executeCommand: async (name, args, next) => {
        if (name === ServerCommand.flamegraph) {
          // The server would open its stored page in a browser.
          const { runId, frame } = (args[0] ?? {}) as { runId?: string; frame?: number };
          this.listener.flamegraph(runId, frame);
          return undefined;
        }
        return execute(async (given) => (await next(name, given)) as unknown, args as unknown[]);
      },
      sendRequest: async (type, params, token, next) => {
        const answer = await next(type, params, token);
        const method = typeof type === "string" ? type : type.method;
        return method === openModel.method ? (openedInLocalTime(answer as Opened) as typeof answer) : answer;
      },
      provideCodeLenses: async (document, token, next) => {
        this.lenses.asked(document);
        const lenses = await next(document, token);
        this.listener.answered(document);
        return lenses;
      },
      handleWorkDoneProgress: (token, params, next) => {
        if (params.kind === "end") {
          this.bars.end(token);
          next(token, params);
        } else {
          this.progress(token, params);
        }
      },
      workspace: {
        configuration: (params) =>
          params.items.map((item) => {
            const scope = item.scopeUri === undefined ? undefined : vscode.Uri.parse(item.scopeUri);
            return item.section === "tickmark"
              ? explicitSettings(keys, scope)
              : (vscode.workspace.getConfiguration(undefined, scope).get<object>(item.section ?? "") ?? null);
          }),
      },
    };
    return new LanguageClient(
      "tickmark",
      "Tickmark",
      { command, args: ["lsp"] },
      {
        documentSelector: LANGUAGES.map((language) => ({ scheme: "file", language })),
        outputChannel: this.log,
        revealOutputChannelOn: RevealOutputChannelOn.Never,
        // Only what is set goes before the project's own settings.
        initializationOptions: () => ({ tickmark: explicitSettings(keys), restricted: !vscode.workspace.isTrusted, showsFailures: true }),
        middleware,
        errorHandler: {
          error: (error) => {
            this.log.error(`the connection to the server: ${error.message}`);
            return { action: ErrorAction.Continue, handled: true };
          },
          closed: () => this.closed(),
        },
      },
    );
  }

  private progress(token: ProgressToken, params: WorkDoneProgressBegin | WorkDoneProgressReport): void {
    this.bars.step(token, params, () => {
      void this.running?.sendNotification("window/workDoneProgress/cancel", { token });
    });
  }

  private async closed(): Promise<CloseHandlerResult> {
    if (this.leaving) {
      return { action: CloseAction.DoNotRestart, handled: true };
    }
    const delay = this.restarts.next(Date.now());
    if (delay === undefined) {
      this.fail("Tickmark's server has ended too often and is not started again.");
      return { action: CloseAction.DoNotRestart, handled: true };
    }
    this.log.warn(`the server has ended; it is started again in ${delay} ms`);
    await new Promise((done) => setTimeout(done, delay));
    return { action: CloseAction.Restart, handled: true };
  }

  /** Says what differs, once: the server is started again after every end. Another protocol is no server of this extension. */
  private fits(client: LanguageClient, found: Found & { path: string }): boolean {
    const own = (this.context.extension.packageJSON as { version: string }).version;
    const its = client.initializeResult?.serverInfo?.version;
    const how = match(own, its);
    this.log.info(`server version ${its ?? "unknown"}, extension version ${own}`);
    const told = `Tickmark's server (${found.path}) is version ${its ?? "unknown"}, and this extension ${own}`;
    if (how === "other") {
      this.fail(`${told}: they do not fit together.`);
      void this.stop();
      return false;
    }
    if (how === "near" && !this.hasWarned) {
      this.hasWarned = true;
      this.log.warn(told);
      this.offer(vscode.window.showWarningMessage(`${told}: they should be the same.`, "Show Log", "Open Settings"));
    }
    return true;
  }

  private fail(problem: string): void {
    this.log.error(problem);
    this.problem = problem;
    this.listener.gone(problem);
    this.offer(vscode.window.showErrorMessage(problem, "Show Log", "Open Settings", "Restart"));
  }

  private offer(shown: Thenable<string | undefined>): void {
    void shown.then((choice) => {
      if (choice === "Show Log") {
        this.log.show();
      } else if (choice === "Open Settings") {
        void vscode.commands.executeCommand("workbench.action.openSettings", "tickmark.server");
      } else if (choice === "Restart") {
        void this.restart();
      }
    });
  }
}
