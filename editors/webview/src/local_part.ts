import type { Boxes, BoxesRequest, FrameInfo } from "./wire";

/** Runs are cut at multiples of this many smallest widths, as in server/crates/views/src/runs.rs. */
const CELL_WIDTHS = 16;

/** Narrow neighbours are to be seen from this part of the smallest width on: alone they may fill a pixel. */
const SEEN_PART = 4;

/** A wide box, or narrow neighbours of one row whose boxes above are in one run too. */
interface Run {
  first: number;
  end: number;
  heaviest: number;
  /** Place among the runs, -1 for the root. */
  parent: number;
  mark: number;
}

/** The boxes of a part, narrow neighbours merged; `count` boxes of `all` are laid out. */
export function partOf(all: Boxes, { from, to, minWidth }: BoxesRequest, count: number): Boxes {
  const narrow = minWidth > 0 ? 2 ** Math.floor(Math.log2(minWidth)) : 0;
  const isInSight = (box: number) => box === 0 || (all.x1[box] > from && all.x0[box] < (to ?? Infinity));
  const runs = runsOf(all, narrow, isInSight, count);
  const isChosen = seen(all, runs, narrow);
  for (let run = runs.length - 1; run > 0; run--) {
    if (runs[run].mark) isChosen[run] = 1;
    if (isChosen[run]) isChosen[runs[run].parent] = 1;
  }
  return answer(all, runs, isChosen, count);
}

function runsOf(all: Boxes, narrow: number, isInSight: (box: number) => boolean, count: number): Run[] {
  const isWide = (box: number) => all.x1[box] - all.x0[box] >= narrow;
  const cellOf = (x: number) => Math.floor(x / (narrow * CELL_WIDTHS));
  const runs: Run[] = [];
  const runOf = new Int32Array(count).fill(-1);
  for (let box = 0; box < count; box++) {
    if (!isInSight(box)) continue;
    const above = all.parent[box];
    const parent = above < 0 ? -1 : runOf[above];
    const last = runs[runs.length - 1] as Run | undefined;
    const before = box - 1;
    const isAboveWide = parent < 0 || isWide(runs[parent].first);
    const belongs =
      last?.parent === parent &&
      !isWide(box) &&
      !isWide(before) &&
      all.x0[box] - all.x1[before] < narrow &&
      !(isAboveWide && cellOf(all.x0[box]) !== cellOf(all.x0[last.first]));
    if (belongs) {
      last.end = box + 1;
      last.mark |= all.mark[box];
      if (all.totalValue[box] > all.totalValue[last.heaviest]) last.heaviest = box;
    } else runs.push({ first: box, end: box + 1, heaviest: box, parent, mark: all.mark[box] });
    runOf[box] = runs.length - 1;
  }
  return runs;
}

/** 1 for each run that is to be seen: alone, or together with narrow neighbours, which other boxes above keep apart. */
function seen(all: Boxes, runs: Run[], narrow: number): Uint8Array {
  const out = new Uint8Array(runs.length);
  const isWideBox = ({ first, end }: Run) => end - first === 1 && all.x1[first] - all.x0[first] >= narrow;
  const isNextTo = (a: Run, b: Run) =>
    all.row[a.first] === all.row[b.first] && !isWideBox(a) && !isWideBox(b) && all.x0[b.first] - all.x1[a.end - 1] < narrow;
  for (let from = 0, to = 1; from < runs.length; from = to, to = from + 1) {
    while (to < runs.length && isNextTo(runs[to - 1], runs[to])) to++;
    if (from === 0 || all.x1[runs[to - 1].end - 1] - all.x0[runs[from].first] >= narrow / SEEN_PART) out.fill(1, from, to);
  }
  return out;
}

function answer(all: Boxes, runs: Run[], isChosen: Uint8Array, count: number): Boxes {
  const kept = runs.filter((_, run) => isChosen[run]);
  const placeOf = new Int32Array(runs.length).fill(-1);
  let place = 0;
  runs.forEach((_, run) => (placeOf[run] = isChosen[run] ? place++ : -1));
  const tiers = count ? all.tierValue.length / all.node.length : 0;
  const frames: FrameInfo[] = [];
  const placeOfFrame = new Map<number, number>();
  const frame = kept.map(({ heaviest }) => {
    const id = all.frame[heaviest];
    if (id < 0) return -1;
    let at = placeOfFrame.get(id);
    if (at === undefined) placeOfFrame.set(id, (at = frames.push(all.frames[id]) - 1));
    return at;
  });
  const ofHeaviest = (column: Boxes["node"]) => kept.map(({ heaviest }) => column[heaviest]);
  const sums = (column: Boxes["node"]) =>
    kept.map(({ first, end }) => {
      let sum = 0;
      for (let box = first; box < end; box++) sum += column[box];
      return sum;
    });
  return {
    width: all.width,
    nRows: all.nRows,
    leftOut: count - kept.length,
    frames,
    node: ofHeaviest(all.node),
    row: ofHeaviest(all.row),
    x0: kept.map(({ first }) => all.x0[first]),
    x1: kept.map(({ end }) => all.x1[end - 1]),
    merged: kept.map(({ first, end }) => end - first),
    parent: kept.map(({ parent }) => (parent < 0 ? -1 : placeOf[parent])),
    frame,
    selfValue: sums(all.selfValue),
    totalValue: sums(all.totalValue),
    samples: sums(all.samples),
    tierValue: kept.flatMap(({ heaviest }) => Array.from({ length: tiers }, (_, t) => all.tierValue[heaviest * tiers + t])),
    mark: kept.map(({ mark }) => mark),
    before: [],
  };
}
