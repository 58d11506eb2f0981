import { frameLocation, frameName } from "./frames";
import type { Profile } from "./read";

export interface SearchResult {
  query: string;
  /** 1 per matching frame. */
  match: Uint8Array;
  frames: number;
  /** Time of the stacks that hold a match, each counted once. */
  totalUs: number;
  /** The same without idle. */
  activeUs: number;
  /** The search took too long and stopped: the figures are a lower bound. */
  stopped: boolean;
}

export type Search = { kind: "none" } | { kind: "invalid"; message: string } | { kind: "found"; result: SearchResult };

/** Frames looked at between two looks at the clock, and the most a search may take. */
const BATCH = 512;
const MOST_MS = 400;

/** Compiles a query: a regular expression, ignoring case unless it has an upper-case letter. */
export function compileQuery(query: string): RegExp {
  const literal = query.replace(/\\./g, "");
  return new RegExp(query, literal === literal.toLowerCase() ? "i" : "");
}

/** Matches frames by name or by `path:line:column`. */
export function search(profile: Profile, query: string, now: () => number = () => performance.now()): Search {
  if (!query.trim()) return { kind: "none" };
  let pattern: RegExp;
  try {
    pattern = compileQuery(query);
  } catch (error) {
    return { kind: "invalid", message: reason(error) };
  }
  const match = new Uint8Array(profile.frameName.length);
  const began = now();
  let frames = 0;
  let stopped = false;
  for (let f = 0; f < match.length; f++) {
    if (f % BATCH === BATCH - 1 && now() - began > MOST_MS) {
      stopped = true;
      break;
    }
    if (pattern.test(frameName(profile, f)) || pattern.test(frameLocation(profile, f))) {
      match[f] = 1;
      frames++;
    }
  }
  return { kind: "found", result: { query, match, frames, ...matchedTime(profile, match), stopped } };
}

function matchedTime(profile: Profile, match: Uint8Array): { totalUs: number; activeUs: number } {
  const { parent, frame } = profile;
  const idle = profile.categories.indexOf("idle");
  const under = new Uint8Array(parent.length);
  let totalUs = 0;
  let activeUs = 0;
  for (let i = 0; i < parent.length; i++) {
    under[i] = match[frame[i]] || (parent[i] >= 0 && under[parent[i]]) ? 1 : 0;
    if (!under[i]) continue;
    totalUs += profile.selfUs[i];
    if (profile.frameCategory[frame[i]] !== idle) activeUs += profile.selfUs[i];
  }
  return { totalUs, activeUs };
}

/** A query that finds exactly this text. */
export function exactly(text: string): string {
  return `^${text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")}$`;
}

function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^Invalid regular expression: \/.*\/[a-z]*: /s, "");
}
