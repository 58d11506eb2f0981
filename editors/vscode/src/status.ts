// The item in the status bar: what is being measured, and the newest result afterwards.
import * as vscode from "vscode";
import { describe, type RunRecord } from "./protocol";

export class Status implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("tickmark.status", vscode.StatusBarAlignment.Left, 10);
  private measuring: string | undefined;
  private newest: RunRecord | undefined;
  private trouble: { text: string; tooltip: string; command: string } | undefined;

  constructor() {
    this.item.name = "Tickmark";
  }

  /** A step of a run; undefined when none is on. */
  run(step: string | undefined): void {
    this.measuring = step;
    this.show();
  }

  result(newest: RunRecord | undefined): void {
    this.newest = newest;
    this.show();
  }

  /** The folder is not trusted: nothing is measured or analysed. */
  restricted(): void {
    this.trouble = {
      text: "$(shield) Tickmark: restricted",
      tooltip: "Tickmark runs the project's code, so it does nothing until you trust this workspace.",
      command: "workbench.trust.manage",
    };
    this.show();
  }

  failed(problem: string): void {
    this.trouble = { text: "$(error) Tickmark", tooltip: `${problem}\nClick for the log.`, command: "tickmark.showLog" };
    this.show();
  }

  works(): void {
    this.trouble = undefined;
    this.show();
  }

  dispose(): void {
    this.item.dispose();
  }

  private show(): void {
    const { item, trouble, measuring, newest } = this;
    if (trouble !== undefined) {
      Object.assign(item, trouble);
    } else if (measuring !== undefined) {
      Object.assign(item, { text: `$(sync~spin) ${measuring}`, tooltip: "Click to stop.", command: "tickmark.stop" });
    } else if (newest !== undefined) {
      const tooltip = `Newest result of Tickmark: ${newest.samples} samples, ${new Date(newest.startedAtMs).toLocaleString()}.\nClick for the hottest functions.`;
      Object.assign(item, { text: `$(flame) ${summary(newest)}`, tooltip, command: "tickmark.hottest" });
    } else {
      item.hide();
      return;
    }
    item.show();
  }
}

/** Such as `GET /hello · 5.8k req/s · p99 4.1 ms`. */
export function summary(run: RunRecord): string {
  const parts = [describe(run.target)];
  if (run.load) {
    parts.push(`${short(run.load.requestsPerSecond)} req/s`);
    if (run.load.latencyMs) {
      parts.push(`p99 ${milliseconds(run.load.latencyMs.p99)}`);
    }
  } else if (run.program) {
    parts.push(milliseconds(run.program.wallMs));
  }
  return parts.join(" · ");
}

function short(rate: number): string {
  return rate >= 1000 ? `${(rate / 1000).toFixed(1)}k` : rate.toFixed(rate >= 10 ? 0 : 1);
}

function milliseconds(ms: number): string {
  return ms >= 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${ms.toFixed(ms >= 100 ? 0 : 1)} ms`;
}
