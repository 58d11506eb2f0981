import { JAVASCRIPT } from "./categories";
import type { Profile } from "./read";
import { frameTotals, ownersOf, type Totals } from "./totals";
import type { Details, FrameInfo, LineInfo, Related } from "./wire";

const MOST_LINES = 20;
const MOST_RELATED = 50;

/** Totals take a walk over the whole tree: once per profile. */
const totalsOf = new WeakMap<Profile, Totals>();

/** One function's figures, wherever it was called. Native code that it calls directly is its own time. */
export function detailsOf(profile: Profile, frames: FrameInfo[], frame: number): Details {
  let totals = totalsOf.get(profile);
  if (!totals) totalsOf.set(profile, (totals = frameTotals(profile)));
  const own = ownTime(profile, frame);
  const callers = new Map<number, number>();
  const callees = new Map<number, number>();
  const lines = new Map<number, LineInfo>();
  const path = frames[frame].path;
  const lineAt = (line: number) => {
    let row = lines.get(line);
    if (!row) lines.set(line, (row = { path, line, selfValue: 0, totalValue: 0, samples: 0 }));
    return row;
  };
  for (let i = 0; i < profile.frame.length; i++) {
    const above = profile.parent[i];
    const caller = above < 0 ? -1 : profile.frame[above];
    if (caller === frame && !calledAbove(profile, above, frame, profile.frame[i])) add(callees, profile.frame[i], profile.totalUs[i]);
    if (profile.frame[i] !== frame) continue;
    if (caller >= 0 && !calledAbove(profile, above, caller, frame)) add(callers, caller, profile.totalUs[i]);
    if (profile.line[i] === 0) continue;
    const row = lineAt(profile.line[i]);
    row.selfValue += own.ofNode.get(i) ?? 0;
    if (isOnLineAbove(profile, i)) continue;
    row.totalValue += profile.totalUs[i];
    row.samples += totals.samplesBelow[i];
  }
  return {
    frame: frames[frame],
    selfValue: own.us,
    totalValue: totals.totalUs[frame],
    samples: [own.samples, totals.totalSamples[frame]],
    tiers: own.tiers,
    lines: [...lines.values()]
      .filter((row) => row.totalValue > 0)
      .sort((a, b) => b.selfValue - a.selfValue || b.totalValue - a.totalValue || a.line - b.line)
      .slice(0, MOST_LINES),
    callers: heaviest(callers, frames),
    callees: heaviest(callees, frames),
    before: null,
  };
}

function add(to: Map<number, number>, frame: number, us: number): void {
  to.set(frame, (to.get(frame) ?? 0) + us);
}

/** Self time of a function, with that of the native code it calls directly. */
function ownTime(profile: Profile, frame: number): { us: number; samples: number; tiers: number[]; ofNode: Map<number, number> } {
  const { selfUs, tier, categories, frameCategory } = profile;
  const own = { us: 0, samples: 0, tiers: profile.tiers.map(() => 0), ofNode: new Map<number, number>() };
  const isJavaScript = JAVASCRIPT.has(categories[frameCategory[frame]]);
  const owners = ownersOf(profile);
  for (let i = 0; i < profile.frame.length; i++) {
    const owner = isJavaScript ? owners[i] : i;
    if (owner < 0 || profile.frame[owner] !== frame) continue;
    own.us += selfUs[i];
    own.samples += profile.samples[i];
    own.tiers[tier[owner]] += selfUs[i];
    own.ofNode.set(owner, (own.ofNode.get(owner) ?? 0) + selfUs[i]);
  }
  return own;
}

/** Whether one function calls another in the stack from a node upwards: what goes that way was counted there. */
function calledAbove(profile: Profile, node: number, caller: number, callee: number): boolean {
  for (let i = node; i >= 0; i = profile.parent[i]) {
    if (profile.frame[i] === callee && profile.parent[i] >= 0 && profile.frame[profile.parent[i]] === caller) return true;
  }
  return false;
}

/** Whether the same line of the same function is on the stack above: its time is counted there. */
function isOnLineAbove(profile: Profile, node: number): boolean {
  for (let i = profile.parent[node]; i >= 0; i = profile.parent[i]) {
    if (profile.frame[i] === profile.frame[node] && profile.line[i] === profile.line[node]) return true;
  }
  return false;
}

function heaviest(values: Map<number, number>, frames: FrameInfo[]): Related[] {
  return [...values]
    .map(([frame, value]) => ({ frame: frames[frame], value }))
    .filter((related) => related.value > 0)
    .sort((a, b) => b.value - a.value || a.frame.id - b.frame.id)
    .slice(0, MOST_RELATED);
}
