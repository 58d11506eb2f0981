// What the server has and shows: asked for when it says that this has changed, and told to whom it concerns.
import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { message } from "./errors";
import { placeOf } from "./folders";
import { runs, type Focus, type Opened, type RunChanged, type RunRecord } from "./protocol";
import { clock, titleAndTime } from "./run_labels";

export class RunList implements vscode.Disposable {
  private readonly changes = new vscode.EventEmitter<void>();
  /** Of one server; another one's answers are not waited for. */
  private asking: object | undefined;
  private isOutdated = false;
  private unreadable = new Set<string>();
  /** Newest first. */
  runs: RunRecord[] = [];
  /** Ids of the runs that are shown on the source lines. */
  shown: string[] = [];
  shownFile: string | undefined;
  focus: Focus | null = null;
  running: RunChanged[] = [];
  /** The server has told what there is. */
  isKnown = false;
  readonly onDidChange = this.changes.event;

  constructor(private readonly log: vscode.LogOutputChannel) {}

  find(id: string | undefined): RunRecord | undefined {
    return this.runs.find((run) => run.id === id);
  }

  /** What a folder is called, where it is not the only one. */
  placeOf(folder: string | undefined): string | undefined {
    return placeOf(folder, (vscode.workspace.workspaceFolders ?? []).map(({ name, uri }) => ({ name, path: uri.fsPath })));
  }

  /** What a view of this is called. Runs that were just measured may not be known yet. */
  title({ runId, title: own, compared }: Opened): string {
    const [run, before, now] = [this.find(runId), this.find(compared?.runId), Date.now()];
    const against = before === undefined ? ", compared" : ` vs ${before.label?.name ?? clock(before.startedAtMs, now)}`;
    return `${run === undefined ? own : titleAndTime(run, now)}${compared ? against : ""}`;
  }

  /** The server tells several changes at once: what comes while it is asked is asked for once more, all together. */
  async ask(client: LanguageClient): Promise<void> {
    this.isOutdated = true;
    if (this.asking !== undefined) {
      return;
    }
    const asking = (this.asking = {});
    while (this.isOutdated && this.asking === asking) {
      this.isOutdated = false;
      await this.askOnce(client, asking);
    }
    if (this.asking === asking) {
      this.asking = undefined;
    }
  }

  /** A run began or ended. Known before the list is asked for again. */
  changed(change: RunChanged): void {
    const others = this.running.filter(({ launchId }) => launchId !== change.launchId);
    this.running = change.status === "started" ? [...others, change] : others;
    this.changes.fire();
  }

  focused(focus: Focus | null): void {
    this.focus = focus;
    this.changes.fire();
  }

  /** Without a server nothing is known. */
  clear(): void {
    this.asking = undefined;
    Object.assign(this, { isKnown: false, runs: [], shown: [], shownFile: undefined, focus: null, running: [] });
    this.changes.fire();
  }

  dispose(): void {
    this.changes.dispose();
  }

  private async askOnce(client: LanguageClient, asking: object): Promise<void> {
    try {
      const answer = await client.sendRequest(runs);
      // Meanwhile there may be another server, or none.
      if (this.asking !== asking) {
        return;
      }
      this.runs = answer.runs.map((run) => {
        const place = this.placeOf(run.folder);
        return place === undefined ? run : { ...run, place };
      });
      this.isKnown = true;
      this.shown = answer.shown;
      this.shownFile = answer.shownFile ?? undefined;
      this.focus = answer.focus ?? null;
      this.running = answer.running;
      const told = (answer.unreadable ?? []).filter((problem) => !this.unreadable.has(problem));
      told.forEach((problem) => this.log.warn(`a stored run cannot be read: ${problem}`));
      this.unreadable = new Set(answer.unreadable);
      this.changes.fire();
    } catch (error) {
      this.log.warn(`the runs are not known: ${message(error)}`);
    }
  }
}
