import { frameLocation, frameName } from "./frames";
import type { Profile } from "./read";

export type Matches =
  | { kind: "none" }
  | { kind: "invalid"; message: string }
  /** `match` is 1 per matching frame; stopped searches took too long and found a part. */
  | { kind: "found"; match: Uint8Array; frames: number; stopped: boolean };

/** Frames looked at between two looks at the clock, and the most a search may take. */
const BATCH = 512;
const MOST_MS = 400;

/** Compiles a query: a regular expression, ignoring case unless it has an upper-case letter. */
export function compileQuery(query: string): RegExp {
  const literal = query.replace(/\\./g, "");
  return new RegExp(query, literal === literal.toLowerCase() ? "i" : "");
}

/** Matches frames by name or by `path:line:column`. */
export function matchFrames(profile: Profile, query: string, now: () => number = () => performance.now()): Matches {
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
  return { kind: "found", match, frames, stopped };
}

/** Time of the stacks that hold a match, each counted once. */
export function matchedTime(profile: Profile, match: Uint8Array, withoutIdle: boolean): number {
  const { parent, frame } = profile;
  const idle = withoutIdle ? profile.categories.indexOf("idle") : -1;
  const under = new Uint8Array(parent.length);
  let us = 0;
  for (let i = 0; i < parent.length; i++) {
    under[i] = match[frame[i]] || (parent[i] >= 0 && under[parent[i]]) ? 1 : 0;
    if (under[i] && profile.frameCategory[frame[i]] !== idle) us += profile.selfUs[i];
  }
  return us;
}

function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^Invalid regular expression: \/.*\/[a-z]*: /s, "");
}
