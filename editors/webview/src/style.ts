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
  const samples = look.colorBy === "change" ? samplesOf(boxes, look.base) : 0;
  const keys = new Uint8Array(boxes.count);
  for (let box = 0; box < boxes.count; box++) {
    const frame = boxes.frame[box];
    if (frame < 0) keys[box] = ROOT_KEY;
    else if (stepsBack) keys[box] = (look.isSearching && boxes.mark[box] & MATCHES) || isPicked(box) ? MATCH_KEY : DIM_KEY;
    else if (look.colorBy === "tier" && boxes.tiers.length) keys[box] = TIER_KEY + mainTier(boxes.tiers, box, tiers.length);
    else if (look.colorBy === "change" && boxes.before.length) keys[box] = CHANGE_KEY + changeStep(changeAt(boxes, box, look.base, samples), look.strongestChange, changeColors(theme).length);
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

/** Change of a box's share, 0 to 1; none where it may be noise. */
function changeAt(boxes: PlacedBoxes, box: number, base: number, samples: number): number {
  if (!(base > 0)) return 0;
  const [is, was] = [boxes.total[box] / base, boxes.before[box] / base];
  return Math.abs(is - was) <= noiseOf(is, was, samples) ? 0 : is - was;
}

/** How much two shares differ by chance, each known from so many samples: half of the 95 % interval (Wald's). */
function noiseOf(is: number, was: number, samples: number): number {
  const variance = (share: number) => Math.max(share * (1 - share), 0);
  return samples > 0 ? 1.96 * Math.sqrt((variance(is) + variance(was)) / samples) : 0;
}

/** Samples behind what shares are of, as dense as in the widest box; before there were about as many. */
function samplesOf(boxes: PlacedBoxes, base: number): number {
  let widest = 0;
  for (let box = 1; box < boxes.count; box++) if (boxes.total[box] > boxes.total[widest]) widest = box;
  return boxes.total[widest] > 0 ? (boxes.samples[widest] * base) / boxes.total[widest] : 0;
}

/** The least end of the scale: the colours of small changes stay pale. */
const LEAST_SCALE = 0.05;

/** The largest change among boxes, at least five points: the end of the scale. */
export function strongestChange(boxes: PlacedBoxes, base: number): number {
  let most = LEAST_SCALE;
  if (!boxes.before.length) return most;
  const samples = samplesOf(boxes, base);
  for (let box = 0; box < boxes.count; box++) if (boxes.frame[box] >= 0) most = Math.max(most, Math.abs(changeAt(boxes, box, base, samples)));
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
