// What views are of, as it is kept over a reload and compared.
import { isAbsolute } from "node:path";
import type { Opened, Source } from "./protocol";

/** Two views of the same are one. */
export function key({ runId, path, compareWith }: Source): string {
  return JSON.stringify([runId ?? null, path ?? null, compareWith ?? null]);
}

/** What the server opened, by its lasting name: “what is shown” may be something else the next time. */
export function lasting(opened: Opened): Source {
  return {
    ...(opened.runId ? { runId: opened.runId } : opened.path ? { path: opened.path } : {}),
    ...(opened.compared ? { compareWith: opened.compared.runId } : {}),
  };
}

/**
 * What a view was of, out of the state that it kept: `source` is the run or the absolute path, and the run that it is compared with, as
 * JSON. Nobody guarantees that; undefined for what is something else.
 */
export function sourceOf(state: unknown): Source | undefined {
  const kept = (state as { source?: unknown } | null | undefined)?.source;
  let parts: unknown;
  try {
    parts = typeof kept === "string" ? JSON.parse(kept) : undefined;
  } catch {
    return undefined;
  }
  const [of, compareWith] = Array.isArray(parts) ? (parts as unknown[]) : [];
  if (typeof of !== "string" || of === "") {
    return undefined;
  }
  return { ...(isAbsolute(of) ? { path: of } : { runId: of }), ...(typeof compareWith === "string" ? { compareWith } : {}) };
}
