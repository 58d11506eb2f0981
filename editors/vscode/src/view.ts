// One view: a page in a panel, and the server's model that it asks.
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import type { FirstBoxes } from "../../webview/src/first_boxes";
import type { BoxesRequest } from "../../webview/src/wire";
import { isUnknownModel, message } from "./errors";
import type { FirstQuestions } from "./first_boxes";
import { readMessage, type FromView, type NewerRun, type Tab, type ToView, type ViewCommand } from "./messages";
import { openAt } from "./open_at";
import { problemPage, viewPage, type PageFiles } from "./page";
import { applyModel, boxesOf, closeModel, openModel, type Focus, type Opened, type Source } from "./protocol";
import { lasting } from "./sources";

/** What a view needs of the rest. */
export interface Host {
  readonly log: vscode.LogOutputChannel;
  files(): PageFiles;
  readonly firstQuestions: FirstQuestions;
  /** Undefined while no server answers. */
  client(): LanguageClient | undefined;
  /** Why none does; undefined while one is being started. */
  whyNot(): string | undefined;
  focus(): Focus | null;
  /** The run that the source lines show, where it is newer than what a view is of. */
  newer(opened: Opened): NewerRun | null;
  /** The view chose a function, or everything again. */
  focused(focus: Focus | null): void;
  /** What a panel is called. */
  title(opened: Opened): string;
  /** What the view is of is known. */
  opened(view: View, opened: Opened): void;
  /** The view's page shows it, and can be told more. */
  told(view: View): void;
  /** The view's page says why there is nothing to show. */
  failed(view: View): void;
  command(view: View, command: ViewCommand): void;
}

export class View implements vscode.Disposable {
  private opening: Promise<Opened> | undefined;
  private known: Opened | undefined;
  /** What the first page that shows it is told at once. */
  private first: Promise<FirstBoxes | null> | undefined;
  /** Counts pages: an answer is for the page that asked. */
  private pages = 0;
  private isReady = false;
  /** What the page says instead of showing a profile. */
  private problem: string | undefined;
  /** The page is the views' own. */
  private hasPage = false;
  /** The page shows something: better than a problem in its place. */
  private showsProfile = false;
  private isDisposed = false;
  /** A function that is to be selected once the tab is shown. */
  private frame: number | undefined;
  /** What the page was told of a newer run. */
  private toldNewer = "null";
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    readonly panel: vscode.WebviewPanel,
    public source: Source,
    private readonly host: Host,
    private tab?: Tab,
    /** The next page begins with the keyboard: the user asked for it. */
    private takesFocus = false,
  ) {
    panel.webview.options = { enableScripts: true, localResourceRoots: [] };
    this.subscriptions = [
      panel.webview.onDidReceiveMessage((received: unknown) => void this.received(received)),
      panel.onDidChangeViewState(() => {
        // A hidden page is gone; the next one says when it is ready.
        if (!panel.visible) {
          this.isReady = false;
        }
      }),
    ];
    this.reopen();
  }

  get opened(): Opened | undefined {
    return this.known;
  }

  /** Whether it has something to show on source lines: neither a problem's page nor a load test alone. */
  get hasProfile(): boolean {
    const overview = this.problem === undefined ? this.known?.overview : undefined;
    return overview !== undefined && (overview.hasCpu || overview.allocatedBytes != null);
  }

  get isVisible(): boolean {
    return this.panel.visible && this.isReady && this.showsProfile && this.known !== undefined;
  }

  /** Asks the server for the model anew: there is another server, or the view is of something else now. */
  reopen(source = this.source): void {
    this.close();
    this.source = source;
    const client = this.host.client();
    if (client === undefined) {
      const problem = this.host.whyNot();
      if (problem === undefined) {
        this.showPage();
      } else if (!this.showsProfile) {
        this.fail(problem);
      }
      return;
    }
    this.showPage();
    const opening = client.sendRequest(openModel, source);
    this.opening = opening;
    opening.then(
      (opened) => {
        if (this.isDisposed || this.opening !== opening) {
          this.forget(client, opened);
          return;
        }
        this.known = opened;
        this.source = lasting(opened);
        this.first = this.host.firstQuestions.ask(opened, (request) => client.sendRequest(boxesOf, { ...request, model: opened.model }));
        void this.tell();
        this.host.opened(this, opened);
      },
      (error: unknown) => {
        if (this.opening === opening) {
          this.opening = undefined;
          this.fail(message(error));
        }
      },
    );
  }

  /** The server is gone, and with it the model: another server may give its name to another one. */
  lose(): void {
    this.known = undefined;
    this.opening = undefined;
    this.first = undefined;
  }

  show(tab: Tab, preserveFocus: boolean, frame?: number): void {
    this.tab = tab;
    this.select(frame);
    this.takesFocus = !preserveFocus && !this.panel.visible;
    this.panel.reveal(undefined, preserveFocus);
    this.tellTab();
  }

  /** Has a function selected in the tab that is to be shown. */
  select(frame: number | undefined): void {
    this.frame = frame;
  }

  /** Shows the profile on the source lines. */
  async apply(): Promise<void> {
    const { client, opened } = await this.asked();
    await client.sendRequest(applyModel, { model: opened.model });
  }

  post(told: ToView): void {
    if (this.isReady && !this.isDisposed) {
      void this.panel.webview.postMessage(told);
    }
  }

  dispose(): void {
    this.isDisposed = true;
    this.subscriptions.forEach((each) => each.dispose());
    this.close();
  }

  /** Loads the page, unless it is there. */
  private showPage(): void {
    if (this.hasPage) {
      return;
    }
    this.problem = undefined;
    this.hasPage = true;
    this.panel.webview.html = viewPage(this.host.files());
  }

  private fail(problem: string): void {
    this.host.log.warn(`a view cannot be opened: ${problem}`);
    if (!this.isDisposed) {
      this.problem = problem;
      this.hasPage = false;
      this.isReady = false;
      this.showsProfile = false;
      this.panel.webview.html = problemPage(problem);
      this.host.failed(this);
    }
  }

  private async tell(): Promise<void> {
    const { known, pages } = this;
    if (known === undefined) {
      return;
    }
    if (!this.isReady) {
      await this.tellAhead(known);
      return;
    }
    const first = (await this.first) ?? null;
    // Another page asks for itself, and of another model there is more to come.
    if (known !== this.known || pages !== this.pages || !this.isReady) {
      return;
    }
    this.first = undefined;
    this.post({ type: "tickmark/open", opened: known, first, takesFocus: this.takesFocus && this.panel.active });
    this.takesFocus = false;
    this.post({ type: "tickmark/focus", focus: this.host.focus() });
    this.toldNewer = "null";
    this.tellNewer();
    this.showsProfile = true;
    this.tellTab();
    this.host.told(this);
  }

  /**
   * Posts the profile to a page that is still loading: VS Code keeps it until then. When the page is ready it is told once more, without
   * boxes, in case it was lost.
   */
  private async tellAhead(known: Opened): Promise<void> {
    const first = (await this.first) ?? null;
    if (known === this.known && !this.isReady && this.hasPage && this.pages === 0 && first !== null) {
      this.first = undefined;
      void this.panel.webview.postMessage({ type: "tickmark/open", opened: known, first, takesFocus: this.takesFocus && this.panel.active } satisfies ToView);
    }
  }

  /** Says whether the source lines show a newer run. */
  tellNewer(): void {
    const newer = this.known === undefined ? null : this.host.newer(this.known);
    const told = JSON.stringify(newer);
    if (told !== this.toldNewer && this.isReady) {
      this.toldNewer = told;
      this.post({ type: "tickmark/shown", newer });
    }
  }

  /** Once only: afterwards the page keeps what it shows itself. */
  private tellTab(): void {
    if (this.tab !== undefined && this.isVisible) {
      this.post({ type: "tickmark/show", tab: this.tab, ...(this.frame === undefined ? {} : { frame: this.frame }) });
      this.tab = undefined;
      this.frame = undefined;
    }
  }

  private async received(received: unknown): Promise<void> {
    const said = readMessage(received);
    switch (said?.type) {
      case "ready":
        this.pages++;
        this.isReady = true;
        this.showsProfile = false;
        await this.tell();
        break;
      case "openSource":
        await openAt(said.path, said.line, said.column, said.preserveFocus ? this.panel.viewColumn : undefined);
        break;
      case "command":
        this.host.command(this, said.command);
        break;
      case "request":
        await this.answer(said);
        break;
      case undefined:
        this.refuse(received);
        this.host.log.warn(`a view said what is not understood: ${JSON.stringify(received)?.slice(0, 200)}`);
    }
  }

  private async answer({ id, method, params }: FromView & { type: "request" }): Promise<void> {
    const page = this.pages;
    let told: ToView;
    try {
      told = { type: "answer", id, result: await this.ask(method, params) };
      if (method === "focus") {
        this.host.focused((told.result as { focus?: Focus | null } | null)?.focus ?? null);
      }
    } catch (error) {
      told = { type: "answer", id, error: { message: message(error) } };
    }
    if (page === this.pages) {
      this.post(told);
    }
  }

  /** A view that waits for an answer gets one. */
  private refuse(received: unknown): void {
    const { id } = (received ?? {}) as { id?: unknown };
    if (typeof id === "number") {
      this.post({ type: "answer", id, error: { message: "a view may not ask this" } });
    }
  }

  private async ask(method: string, params: object): Promise<unknown> {
    const { client, opened } = await this.asked();
    if (method === "views/boxes") {
      this.host.firstQuestions.asked(opened, params as BoxesRequest);
    }
    try {
      return await client.sendRequest<unknown>(`tickmark/${method}`, { ...params, model: opened.model });
    } catch (error) {
      if (!isUnknownModel(error)) {
        throw error;
      }
      if (this.known?.model === opened.model) {
        this.reopen();
      }
      const again = await this.asked();
      return await again.client.sendRequest<unknown>(`tickmark/${method}`, { ...params, model: again.opened.model });
    }
  }

  /** Whom to ask about what. */
  private async asked(): Promise<{ client: LanguageClient; opened: Opened }> {
    const client = this.host.client();
    if (client === undefined || this.opening === undefined) {
      throw new Error((client === undefined ? this.host.whyNot() : this.problem) ?? "Tickmark's server does not answer yet");
    }
    return { client, opened: await this.opening };
  }

  private close(): void {
    const client = this.host.client();
    if (client !== undefined && this.known !== undefined) {
      this.forget(client, this.known);
    }
    this.lose();
  }

  private forget(client: LanguageClient, { model }: Opened): void {
    client.sendRequest(closeModel, { model }).catch((error: unknown) => {
      // A server that was restarted has forgotten it.
      if (!isUnknownModel(error)) {
        this.host.log.warn(`a model was not closed: ${message(error)}`);
      }
    });
  }
}
