import { BELONGS_TO_CALLER, JAVASCRIPT } from "./categories";
import { walkOf, type Entry } from "./local_rows";
import type { MergedTree } from "./merge";
import type { Profile } from "./read";

/** A line of a source. */
export interface LinePlace {
  source: number;
  line: number;
}

/** Every line that occurs. Time of hidden code, and of native code and compilers, is self time of the line that called it. */
export function lineEntries(profile: Profile, tree: MergedTree): { entries: Entry[]; places: LinePlace[] } {
  const { frame, parent, categories, frameCategory } = profile;
  const nodes = frame.length;
  const { places, lineOf } = linesOf(profile);
  const sums = places.map((_, place): Entry => ({ frame: -1, place, selfUs: 0, totalUs: 0, samples: 0, children: 0 }));
  const totalUs = shownBelow(profile, tree, profile.selfUs);
  const samples = shownBelow(profile, tree, profile.samples);
  const { walk, begin, end } = walkOf(parent, nodes);
  const takenUntil = new Int32Array(places.length);
  const owners = new Int32Array(nodes).fill(-1);
  for (const node of walk) {
    if (tree.ofNode[node] < 0) continue;
    const isCallers = tree.folded[node] === 1 || BELONGS_TO_CALLER.has(categories[frameCategory[frame[node]]]);
    owners[node] = !isCallers ? lineOf[node] : parent[node] < 0 ? -1 : owners[parent[node]];
    if (owners[node] >= 0) sums[owners[node]].selfUs += profile.selfUs[node];
    const line = isCallers ? -1 : lineOf[node];
    if (line < 0 || begin[node] < takenUntil[line]) continue;
    takenUntil[line] = end[node];
    sums[line].totalUs += totalUs[node];
    sums[line].samples += samples[node];
  }
  const heaviest = heaviestFunctions(profile, lineOf, places.length);
  sums.forEach((entry) => (entry.frame = heaviest[entry.place]));
  return { entries: sums.filter((entry) => entry.selfUs || entry.totalUs || entry.samples), places };
}

/** The tier that most of each function's own time ran in; -1 for what is not JavaScript, or without time. */
export function mainTiers(profile: Profile): Int32Array {
  const { frame, parent, tier, selfUs, categories, frameCategory } = profile;
  const tiers = profile.tiers.length;
  const us = new Float64Array(profile.frameName.length * tiers);
  const categoryOf = (node: number) => categories[frameCategory[frame[node]]];
  for (let node = 0; node < frame.length; node++) {
    if (!selfUs[node]) continue;
    let owner = node;
    while (owner >= 0 && BELONGS_TO_CALLER.has(categoryOf(owner))) owner = parent[owner];
    if (owner >= 0 && JAVASCRIPT.has(categoryOf(owner))) us[frame[owner] * tiers + tier[owner]] += selfUs[node];
  }
  return Int32Array.from(profile.frameName, (_, f) => {
    let best = -1;
    for (let t = 0; t < tiers; t++) if (us[f * tiers + t] > (best < 0 ? 0 : us[f * tiers + best])) best = t;
    return best;
  });
}

/** The distinct lines, and each node's; -1 for none. */
function linesOf(profile: Profile): { places: LinePlace[]; lineOf: Int32Array } {
  const places: LinePlace[] = [];
  const known = new Map<number, number>();
  const lineOf = Int32Array.from(profile.frame, (frame, node) => {
    const source = profile.frameSource[frame];
    const line = profile.line[node];
    if (source < 0 || line === 0) return -1;
    const packed = line * profile.sourceUrl.length + source;
    let place = known.get(packed);
    if (place === undefined) known.set(packed, (place = places.push({ source, line }) - 1));
    return place;
  });
  return { places, lineOf };
}

/** A column of the nodes with everything below that is not left out. */
function shownBelow(profile: Profile, tree: MergedTree, own: Float64Array): Float64Array {
  const sums = own.slice();
  for (let node = sums.length - 1; node >= 0; node--) {
    if (tree.ofNode[node] < 0) sums[node] = 0;
    else if (profile.parent[node] >= 0) sums[profile.parent[node]] += sums[node];
  }
  return sums;
}

/** The function that each line is in most, by time with all it calls; of equal ones the first. */
function heaviestFunctions(profile: Profile, lineOf: Int32Array, lines: number): Int32Array {
  const frames = profile.frameName.length;
  const us = new Map<number, number>();
  lineOf.forEach((line, node) => {
    if (line < 0) return;
    const key = line * frames + profile.frame[node];
    us.set(key, (us.get(key) ?? 0) + profile.totalUs[node]);
  });
  const best = new Int32Array(lines).fill(-1);
  const most = new Float64Array(lines).fill(-1);
  for (const [key, amount] of us) {
    const line = Math.floor(key / frames);
    const frame = key % frames;
    if (amount < most[line] || (amount === most[line] && frame > best[line])) continue;
    best[line] = frame;
    most[line] = amount;
  }
  return best;
}
