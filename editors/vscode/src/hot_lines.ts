// Which lines are hot, and how hot.
import type { HeatLine } from "./protocol";

/** Least self share of each level, in percent. A level differs from the next in strength and in the width of its bar, so it needs no hue. */
const LEVELS = [1, 2, 5, 10, 25];

/** 0 for a line that is not hot. */
export function level(selfPercent: number): number {
  return LEVELS.filter((least) => selfPercent >= least).length;
}

/** The next of these lines below `line`, from the top again after the last; undefined without any. */
export function nextBelow(hot: HeatLine[], line: number): HeatLine | undefined {
  const inOrder = [...hot].sort((a, b) => a.line - b.line);
  return inOrder.find((candidate) => candidate.line > line) ?? inOrder[0];
}
