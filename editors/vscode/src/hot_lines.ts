// Which lines are hot, and how hot.
import type { HeatLine } from "./protocol";

/** Least share of each level, in percent. A level differs from the next in strength and in the width of its bar, so it needs no hue. */
const LEVELS = [1, 2, 5, 10, 25];
/** Calls nest: smaller ones would be marked in every function around them. As the server's hints have it. */
const CALLS_FROM_PERCENT = 5;

/** 0 for a share that is not hot. */
export function level(percent: number): number {
  return LEVELS.filter((least) => percent >= least).length;
}

export interface Bar {
  /** 1 to 5. */
  level: number;
  /** Of the calls that the line makes, more than of its own time. */
  isHollow: boolean;
}

/** The bar of a line; none of a line that is not hot. */
export function barOf({ selfPercent, callsPercent = 0 }: HeatLine): Bar | undefined {
  const own = level(selfPercent);
  const calls = callsPercent >= CALLS_FROM_PERCENT ? level(callsPercent) : 0;
  const highest = Math.max(own, calls);
  return highest === 0 ? undefined : { level: highest, isHollow: calls > own };
}

/** The next of these lines below `line`, from the top again after the last; undefined without any. */
export function nextBelow(hot: HeatLine[], line: number): HeatLine | undefined {
  const inOrder = [...hot].sort((a, b) => a.line - b.line);
  return inOrder.find((candidate) => candidate.line > line) ?? inOrder[0];
}
