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
import { findServer } from "./binary";
import { ProgressBars } from "./progress";
import { Restarts } from "./restarts";
import { runChanged, type RunChanged } from "./protocol";
import { contributedKeys, explicitSettings } from "./settings";

const LANGUAGES = ["javascript", "javascriptreact", "typescript", "typescriptreact"];

/** What other parts want to know of the connection. */
export interface Listener {
  /** A new server answers. */
  ready(client: LanguageClient): void;
  /** A run began or ended. */
  changed(client: LanguageClient, change: RunChanged): void;
  /** There is none any more. */
  gone(problem: string | undefined): void;
  /** What the server shows has changed: it had the editor ask for its lenses again, or the user typed. */
  answered(document: vscode.TextDocument): void;
  /** A step of a measurement, such as `Profiling GET /hello: warming up`; undefined at its end. */
  step(text: string | undefined): void;
  /** To open a file of a run in the editor; false if it is none that the editor shows. */
  showReport(uri: vscode.Uri): Promise<boolean>;
}

/** One server for all workspace folders. */
export class Server implements vscode.Disposable {
  private client: LanguageClient | undefined;
  private readonly restarts = new Restarts();
  private readonly bars: ProgressBars;
  private leaving = false;

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

  /** Never throws: a failure is shown, with the log one click away. */
  async start(): Promise<void> {
    await this.stop();
    if (!vscode.workspace.isTrusted) {
      this.log.info("this workspace is not trusted: nothing is started");
      return;
    }
    this.leaving = false;
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
    client.onDidChangeState(({ newState }) => {
      if (client !== this.client) {
        return;
      }
      if (newState === State.Running) {
        this.checkVersion(client);
        this.listener.ready(client);
      } else {
        this.bars.clear();
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

  dispose(): void {
    void this.stop();
  }

  private make(command: string): LanguageClient {
    const manifest: unknown = this.context.extension.packageJSON;
    const keys = contributedKeys(manifest);
    const middleware: Middleware = {
      executeCommand: async (name, args, next) => {
        try {
          return (await next(name, args)) as unknown;
        } catch (error) {
          void vscode.window.showErrorMessage(`Tickmark: ${message(error)}`);
          return undefined;
        }
      },
      provideCodeLenses: async (document, token, next) => {
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
      window: {
        showDocument: async (params, token, next) =>
          (await this.listener.showReport(vscode.Uri.parse(params.uri))) ? { success: true } : next(params, token),
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
        initializationOptions: () => ({ tickmark: explicitSettings(keys) }),
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

  private checkVersion(client: LanguageClient): void {
    const own = (this.context.extension.packageJSON as { version: string }).version;
    const its = client.initializeResult?.serverInfo?.version;
    this.log.info(`server version ${its ?? "unknown"}, extension version ${own}`);
    if (its !== own) {
      this.offer(
        vscode.window.showWarningMessage(
          `Tickmark's server is version ${its ?? "unknown"} and this extension ${own}: some commands may fail.`,
          "Show Log",
        ),
      );
    }
  }

  private fail(problem: string): void {
    this.log.error(problem);
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

/** What an error says. */
export function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
