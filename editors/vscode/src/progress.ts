// Progress of measurements as notifications with Cancel. The client's own bars would be in the status bar only.
import * as vscode from "vscode";
import type { ProgressToken, WorkDoneProgressBegin, WorkDoneProgressReport } from "vscode-languageclient/node";

interface Bar {
  title: string;
  percent: number;
  report: (step: { message?: string; increment: number }) => void;
  close: () => void;
}

export class ProgressBars {
  private readonly bars = new Map<ProgressToken, Bar>();

  constructor(private readonly told: (step: string | undefined) => void) {}

  step(token: ProgressToken, step: WorkDoneProgressBegin | WorkDoneProgressReport, cancel: () => void): void {
    if (step.kind === "begin") {
      this.open(token, step, cancel);
    }
    const bar = this.bars.get(token);
    if (bar === undefined) {
      return;
    }
    const percent = Math.max(bar.percent, step.percentage ?? 0);
    bar.report({ ...(step.message === undefined ? {} : { message: step.message }), increment: percent - bar.percent });
    bar.percent = percent;
    this.told(step.message === undefined ? bar.title : `${bar.title}: ${step.message}`);
  }

  end(token: ProgressToken): void {
    this.bars.get(token)?.close();
    this.bars.delete(token);
    if (this.bars.size === 0) {
      this.told(undefined);
    }
  }

  /** When the server is gone, nobody ends them. */
  clear(): void {
    for (const token of [...this.bars.keys()]) {
      this.end(token);
    }
  }

  private open(token: ProgressToken, { title, cancellable }: WorkDoneProgressBegin, cancel: () => void): void {
    this.bars.get(token)?.close();
    const bar: Bar = { title, percent: 0, report: () => {}, close: () => {} };
    const closed = new Promise<void>((resolve) => (bar.close = resolve));
    this.bars.set(token, bar);
    const options = { location: vscode.ProgressLocation.Notification, title, cancellable: cancellable === true };
    void vscode.window.withProgress(options, (progress, cancelled) => {
      bar.report = (step) => progress.report(step);
      cancelled.onCancellationRequested(cancel);
      return closed;
    });
  }
}
