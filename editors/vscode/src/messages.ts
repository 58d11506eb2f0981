// What a view and the extension tell each other.
import * as path from "node:path";
import type { FirstBoxes } from "../../webview/src/first_boxes";
import type { Focus, FrameInfo, Opened } from "./protocol";

/** What a view may ask of the server. */
const METHODS = ["views/boxes", "views/search", "views/details", "views/table", "views/apply", "focus"] as const;
const COMMANDS = ["compare", "export", "clearFocus", "openShown"] as const;

export type ViewCommand = (typeof COMMANDS)[number];

export type Tab = "flamegraph" | "bottomUp" | "topDown" | "lines";

/** What views say. */
export type FromView =
  | { type: "request"; id: number; method: (typeof METHODS)[number]; params: object }
  /** `preserveFocus`: the place is shown, and the keyboard stays in the view. */
  | { type: "openSource"; path: string; line: number; column: number; preserveFocus?: true }
  | { type: "ready" }
  | { type: "command"; command: ViewCommand };

/** A run that the source lines show, newer than the one of a view. */
export interface NewerRun {
  runId: string;
  title: string;
}

/** What views are told. */
export type ToView =
  | { type: "answer"; id: number; result: unknown }
  | { type: "answer"; id: number; error: { message: string } }
  | { type: "tickmark/open"; opened: Opened; first: FirstBoxes | null; takesFocus: boolean }
  | { type: "tickmark/cursor"; frame: FrameInfo | null }
  | { type: "tickmark/focus"; focus: Focus | null }
  | { type: "tickmark/shown"; newer: NewerRun | null }
  | { type: "tickmark/show"; tab: Tab; frame?: number };

/** What a view said, checked; undefined for what no view may say. */
export function readMessage(received: unknown): FromView | undefined {
  if (!isObject(received)) {
    return undefined;
  }
  const { type, id, method, params, command, line, column } = received;
  switch (type) {
    case "ready":
      return { type };
    case "request":
      return typeof id === "number" && isOneOf(METHODS, method) && isObject(params) ? { type, id, method, params } : undefined;
    case "command":
      return isOneOf(COMMANDS, command) ? { type, command } : undefined;
    case "openSource":
      return typeof received["path"] === "string" && path.isAbsolute(received["path"])
        ? { type, path: received["path"], line: place(line), column: place(column), ...(received["preserveFocus"] === true ? { preserveFocus: true } : {}) }
        : undefined;
    default:
      return undefined;
  }
}

/** 1-based; the first where it is not known. */
function place(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? Math.max(1, Math.trunc(value)) : 1;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isOneOf<T>(all: readonly T[], value: unknown): value is T {
  return (all as readonly unknown[]).includes(value);
}
