import { frameOf, HIGHLIGHTED, isMerged, MATCHES, type PlacedBoxes } from "./boxes";
import type { Style } from "./draw";
import { amount } from "./format";
import { nameOf, shortPlaceOf } from "./frame_info";
import type { GraphColors } from "./graph";
import {
  categoryColor,
  changeColors,
  DIM_FILL,
  DIM_TEXT,
  INK,
  MATCH_FILL,
  ROOT_FILL,
  shade,
  SHADES,
  TIER_STRIPE,
  tierColor,
  type Theme,
} from "./palette";
import { CATEGORIES, type Measure, type Numbers } from "./wire";

export type ColorBy = "category" | "tier" | "change";

/** Colour keys: categories × shades from 0, then tiers, changes, then these. */
const UNKNOWN_CATEGORY = CATEGORIES.length;
const TIER_KEY = 100;
const ROOT_KEY = 120;
const DIM_KEY = 121;
const CHANGE_KEY = 130;
const MATCH_KEY = 150;

/** How boxes are to look. */
export interface Look {
  theme: Theme;
  colorBy: ColorBy;
  tiers: readonly string[];
  measure: Measure;
  /** Whether a search is on: what does not match steps back. */
  isSearching: boolean;
  /** The one function that is picked out: all others step back. */
  picked: number | null;
  /** What shares are of. */
  base: number;
  /** The change of share at which the colour is strongest. */
  strongestChange: number;
}

export function boxStyle(boxes: PlacedBoxes, look: Look): Style {
  const { theme, tiers, picked } = look;
  const fills: string[] = [];
  const inks: string[] = [];
  const set = (key: number, fill: string, ink: string = INK) => {
    fills[key] = fill;
    inks[key] = ink;
  };
  for (let c = 0; c <= UNKNOWN_CATEGORY; c++) {
    for (let step = 0; step < SHADES; step++) set(c * SHADES + step, shade(categoryColor(theme, CATEGORIES[c] ?? ""), step, theme));
  }
  tiers.forEach((name, t) => set(TIER_KEY + t, tierColor(theme, name)));
  changeColors(theme).forEach((color, c) => set(CHANGE_KEY + c, color));
  set(ROOT_KEY, ROOT_FILL[theme]);
  set(DIM_KEY, DIM_FILL[theme], DIM_TEXT[theme]);
  set(MATCH_KEY, MATCH_FILL[theme]);

  const stepsBack = look.isSearching || picked !== null;
  const categoryOf = Uint8Array.from(boxes.frames, (frame) => (CATEGORIES.indexOf(frame.category) + CATEGORIES.length + 1) % (CATEGORIES.length + 1));
  // Who is in a merged box is known by the marks only.
  const isPicked = (box: number) => picked !== null && (isMerged(boxes, box) ? (boxes.mark[box] & HIGHLIGHTED) !== 0 : frameOf(boxes, box)?.id === picked);
  const keys = new Uint8Array(boxes.count);
  for (let box = 0; box < boxes.count; box++) {
    const frame = boxes.frame[box];
    if (frame < 0) keys[box] = ROOT_KEY;
    else if (stepsBack) keys[box] = (look.isSearching && boxes.mark[box] & MATCHES) || isPicked(box) ? MATCH_KEY : DIM_KEY;
    else if (look.colorBy === "tier" && boxes.tiers.length) keys[box] = TIER_KEY + mainTier(boxes.tiers, box, tiers.length);
    else if (look.colorBy === "change" && boxes.before.length) keys[box] = CHANGE_KEY + changeStep(changeAt(boxes, box, look.base), look.strongestChange, changeColors(theme).length);
    else keys[box] = categoryOf[frame] * SHADES + ((Math.imul(boxes.frames[frame].id, 0x9e3779b1) >>> 16) % SHADES);
  }
  return {
    keys,
    fills,
    inks,
    firstMatchKey: MATCH_KEY,
    stripes: look.colorBy === "category" && !stepsBack && boxes.tiers.length ? tiers.map((name) => TIER_STRIPE[name] ?? "") : [],
    label: (box) => (boxes.frame[box] < 0 ? `all \u00b7 ${amount(boxes.total[box], look.measure)}` : nameOf(frameOf(boxes, box))),
    detail: (box) => shortPlaceOf(frameOf(boxes, box)),
    font: "",
  };
}

/** The tier that holds most of a box's time. */
export function mainTier(tierValue: Numbers, box: number, tiers: number): number {
  let best = 0;
  for (let t = 1; t < tiers; t++) if (tierValue[box * tiers + t] > tierValue[box * tiers + best]) best = t;
  return best;
}

/** Change of a box's share, 0 to 1. */
function changeAt(boxes: PlacedBoxes, box: number, base: number): number {
  return base > 0 ? (boxes.total[box] - boxes.before[box]) / base : 0;
}

/** The largest change among boxes, at least one point: the end of the scale. */
export function strongestChange(boxes: PlacedBoxes, base: number): number {
  let most = 0.01;
  if (!boxes.before.length) return most;
  for (let box = 0; box < boxes.count; box++) if (boxes.frame[box] >= 0) most = Math.max(most, Math.abs(changeAt(boxes, box, base)));
  return Math.min(most, 1);
}

/** Which of `steps` colours a change has; the scale is a root, so that small changes show too. */
export function changeStep(change: number, strongest: number, steps: number): number {
  const side = (steps - 1) / 2;
  const strength = Math.sqrt(Math.min(Math.abs(change) / strongest, 1));
  // Half a step around nothing is no change.
  return side + Math.sign(change) * Math.round(strength * side);
}

/** Light or dark: the editor's theme, the reader's choice, or the system's, in that order. */
export function currentTheme(chosen: Theme | null): Theme {
  const kind = document.body.dataset.vscodeThemeKind ?? "";
  if (kind) return kind.includes("light") ? "light" : "dark";
  return chosen ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
}

/** The page's colours the canvas needs. */
export function pageColors(): GraphColors {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    text: read("--text"),
    muted: read("--muted"),
    line: read("--line-strong"),
    background: read("--surface"),
    cursor: read("--cursor"),
  };
}
