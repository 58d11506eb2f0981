import type { Counts } from "./wire";

/** How many durations there are. */
export function totalOf(counts: Counts): number {
  let total = 0;
  for (const [, count] of counts) total += count;
  return total;
}

/** Nearest-rank percentile in µs, `percent` from 0 to 100, as the server computes it; null of nothing. */
export function percentileUs(counts: Counts, percent: number): number | null {
  const wanted = Math.max(Math.ceil((percent / 100) * totalOf(counts) - 1e-9), 1);
  let below = 0;
  for (const [us, count] of counts) {
    below += count;
    if (below >= wanted) return us;
  }
  return counts.at(-1)?.[0] ?? null;
}

/** All durations of several distributions. */
export function merged(distributions: readonly Counts[]): Counts {
  const sums = new Map<number, number>();
  for (const counts of distributions) for (const [us, count] of counts) sums.set(us, (sums.get(us) ?? 0) + count);
  return [...sums].sort((a, b) => a[0] - b[0]);
}

/** Edges of bins in µs: one more than there are bins, each the same multiple of the one before. */
export type Edges = readonly number[];

/** Bins narrower than this would show the resolution of the measurement (0.1 %) as a comb. */
const LEAST_RATIO = 1.01;
/** A range narrower than this is widened: one value is a bar, not a wall. */
const LEAST_RANGE = 1.1;

/** Log-spaced edges, about `wanted` bins over all the distributions; empty when they are. */
export function edgesOf(distributions: readonly Counts[], wanted: number): Edges {
  let least = Infinity;
  let most = 0;
  for (const counts of distributions) {
    for (const [us] of counts) {
      // A logarithm knows no zero: such durations go into the first bin.
      if (us > 0) least = Math.min(least, us);
      most = Math.max(most, us);
    }
  }
  if (least === Infinity) return distributions.some((counts) => counts.length > 0) ? [0.5, 1] : [];
  if (most / least < LEAST_RANGE) {
    const middle = Math.sqrt(least * most);
    least = middle / Math.sqrt(LEAST_RANGE);
    most = middle * Math.sqrt(LEAST_RANGE);
  }
  const range = Math.log(most / least);
  const bins = Math.max(Math.min(wanted, Math.floor(range / Math.log(LEAST_RATIO))), 1);
  return Array.from({ length: bins + 1 }, (_, i) => least * Math.exp((range * i) / bins));
}

/** How many durations lie in each bin, the upper edge left out but for the last; none is lost. */
export function binned(counts: Counts, edges: Edges): number[] {
  const bins = new Array<number>(Math.max(edges.length - 1, 0)).fill(0);
  let bin = 0;
  for (const [us, count] of counts) {
    while (bin < bins.length - 1 && us >= edges[bin + 1]) bin++;
    bins[bin] += count;
  }
  return bins;
}

/** A point of the percentile curve: up to the share `to` of all durations take at most `us`. */
export interface Step {
  us: number;
  /** Shares, 0 to 1. */
  from: number;
  to: number;
}

export function stepsOf(counts: Counts): Step[] {
  const total = totalOf(counts);
  let below = 0;
  return counts.map(([us, count]) => {
    const from = below / total;
    below += count;
    return { us, from, to: below / total };
  });
}
