// Which steps of the walkthrough the user has done.
import * as vscode from "vscode";

/** The steps of package.json, whose completion events are `onContext:tickmark.done.STEP`. */
export type Step = "open" | "profile" | "read" | "flamegraph" | "explain" | "compare";

const MEMORY = "walkthrough.done";
/** VS Code registers the steps some time after it has shown the page's tab. */
const AFTER_TAB_MS = [0, 1000, 3000];

/**
 * Tells VS Code what was done. A step is ticked as its key becomes true, and only while VS Code's walkthroughs have been loaded, which is
 * when a page of them is first shown: one whose key is true by then is never ticked. So a key is true for a moment only, again when
 * a page is shown. Commands of lenses are no events for it, either: VS Code calls them by names of its own.
 */
export class Walkthrough implements vscode.Disposable {
  private readonly done: Set<Step>;
  private readonly subscription: vscode.Disposable;
  private timers: NodeJS.Timeout[] = [];
  private telling = Promise.resolve();

  constructor(private readonly memory: vscode.Memento) {
    this.done = new Set(memory.get<Step[]>(MEMORY, []));
    this.subscription = vscode.window.tabGroups.onDidChangeTabs(({ opened, changed }) => {
      // Pages of VS Code itself tell no input.
      if ([...opened, ...changed].some((tab) => tab.isActive && tab.input === undefined)) {
        this.timers.forEach(clearTimeout);
        this.timers = AFTER_TAB_MS.map((delay) => setTimeout(() => this.done.forEach((step) => this.tell(step)), delay));
      }
    });
  }

  /** The user has done it, perhaps again. */
  did(step: Step): void {
    if (!this.done.has(step)) {
      this.done.add(step);
      this.tell(step);
      void this.memory.update(MEMORY, [...this.done]);
    }
  }

  dispose(): void {
    this.timers.forEach(clearTimeout);
    this.subscription.dispose();
  }

  private tell(step: Step): void {
    const set = (value: boolean): Thenable<unknown> => vscode.commands.executeCommand("setContext", `tickmark.done.${step}`, value);
    this.telling = this.telling.then(async () => {
      await set(true);
      await set(false);
    });
  }
}
