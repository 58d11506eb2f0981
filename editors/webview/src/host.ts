import type { FirstBoxes } from "./first_boxes";
import type { OpenSource } from "./open_source";
import type { SourcePosition, TickmarkHost } from "./types";
import type { FrameInfo, Focus, Opened } from "./wire";

declare global {
  interface Window {
    tickmarkHost?: TickmarkHost;
    acquireVsCodeApi?: () => VsCodeApi;
  }
}

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState?(): unknown;
  setState?(state: unknown): void;
}

export type Tab = "load" | "flamegraph" | "bottomUp" | "topDown" | "lines";

/** What the editor tells the view. */
export type HostMessage =
  | { type: "answer"; id: number; result?: unknown; error?: { message: string } }
  | { type: "tickmark/open"; opened: Opened; first?: FirstBoxes | null; takesFocus?: boolean }
  | { type: "tickmark/cursor"; frame: FrameInfo | null }
  | { type: "tickmark/focus"; focus: Focus | null }
  | { type: "tickmark/shown"; newer: { runId: string; title: string } | null }
  | { type: "tickmark/show"; tab: Tab; frame?: number; order?: "leftHeavy" | "timeOrder" | "callers" | "callees" }
  | { type: "tickmark/report"; report: unknown };

let api: VsCodeApi | null | undefined;

/** The webview's API; it may be acquired only once. Null outside VS Code. */
export function vsCode(): VsCodeApi | null {
  return (api ??= window.acquireVsCodeApi?.() ?? null);
}

/**
 * How to open a source file: through the page's `tickmarkHost`, through VS Code's webview
 * messages (`{ type: "openSource", path, line, column, preserveFocus? }`), or null outside an editor.
 */
export function sourceOpener(): OpenSource {
  const host = window.tickmarkHost;
  const asked = (position: SourcePosition, preserveFocus?: boolean) => (preserveFocus ? { ...position, preserveFocus } : position);
  if (host) return (position, preserveFocus) => host.openSource(asked(position, preserveFocus));
  const code = vsCode();
  return code && ((position, preserveFocus) => code.postMessage({ type: "openSource", ...asked(position, preserveFocus) }));
}

/** Requests to the editor that hosts the view, each answered by a message. */
export class HostChannel {
  private readonly open = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  private last = 0;

  constructor(private readonly code: VsCodeApi) {}

  request<Answer>(method: string, params: object, signal?: AbortSignal): Promise<Answer> {
    const id = ++this.last;
    return new Promise<Answer>((resolve, reject) => {
      this.open.set(id, { resolve: resolve as (value: unknown) => void, reject });
      signal?.addEventListener("abort", () => {
        this.open.delete(id);
        reject(new DOMException("nobody waits for the answer any more", "AbortError"));
      });
      this.code.postMessage({ type: "request", id, method, params });
    });
  }

  answered({ id, result, error }: Extract<HostMessage, { type: "answer" }>): void {
    const asked = this.open.get(id);
    this.open.delete(id);
    if (error) asked?.reject(new Error(error.message));
    else asked?.resolve(result);
  }

  /** Another model took the place of the one that was asked: its answers do not come. */
  abandon(): void {
    for (const { reject } of this.open.values()) reject(new DOMException("the profile was opened again", "AbortError"));
    this.open.clear();
  }

  /** Asks the editor for what it does in its own windows. */
  command(command: "compare" | "export" | "clearFocus" | "openShown"): void {
    this.code.postMessage({ type: "command", command });
  }

  ready(): void {
    this.code.postMessage({ type: "ready" });
  }
}
