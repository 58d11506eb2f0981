import type { GraphColors } from "./graph";
import type { Layout } from "./layout";
import type { MergedTree } from "./merge";
import {
  categoryColor,
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
import type { Profile } from "./read";
import type { Style } from "./draw";
import { duration } from "./format";
import { frameName, shortLocation } from "./frames";

export type ColorBy = "category" | "tier";

/** Colour keys: categories × shades from 0, then tiers, then these. */
const TIER_KEY = 100;
const ROOT_KEY = 120;
const DIM_KEY = 121;
const MATCH_KEY = 150;

/** How the boxes of a layout look, given the colours chosen and the frames that match a search. */
export function boxStyle(
  profile: Profile,
  tree: MergedTree,
  layout: Layout,
  theme: Theme,
  colorBy: ColorBy,
  match: Uint8Array | null,
): Style {
  const fills: string[] = [];
  const inks: string[] = [];
  const set = (key: number, fill: string, ink: string = INK) => {
    fills[key] = fill;
    inks[key] = ink;
  };
  profile.categories.forEach((name, c) => {
    for (let step = 0; step < SHADES; step++) set(c * SHADES + step, shade(categoryColor(theme, name), step, theme));
  });
  profile.tiers.forEach((name, t) => set(TIER_KEY + t, tierColor(theme, name)));
  set(ROOT_KEY, ROOT_FILL[theme]);
  set(DIM_KEY, DIM_FILL[theme], DIM_TEXT[theme]);
  set(MATCH_KEY, MATCH_FILL[theme]);

  const keys = new Uint8Array(layout.count);
  for (let box = 0; box < layout.count; box++) {
    const frame = tree.frame[layout.node[box]];
    if (frame < 0) keys[box] = ROOT_KEY;
    else if (match) keys[box] = match[frame] ? MATCH_KEY : DIM_KEY;
    else if (colorBy === "tier") keys[box] = TIER_KEY + mainTier(layout.tierUs, box, profile.tiers.length);
    else keys[box] = profile.frameCategory[frame] * SHADES + ((Math.imul(frame, 0x9e3779b1) >>> 16) % SHADES);
  }
  return {
    keys,
    fills,
    inks,
    firstMatchKey: MATCH_KEY,
    stripes: colorBy === "category" && !match ? profile.tiers.map((name) => TIER_STRIPE[name] ?? "") : [],
    label: (box) => (box === 0 ? `all \u00b7 ${duration(tree.totalUs[0])}` : frameName(profile, tree.frame[layout.node[box]])),
    detail: (box) => shortLocation(profile, tree.frame[layout.node[box]]),
    font: "",
  };
}

/** The tier that holds most of a box's time. */
export function mainTier(tierUs: Float64Array, box: number, tiers: number): number {
  let best = 0;
  for (let t = 1; t < tiers; t++) if (tierUs[box * tiers + t] > tierUs[box * tiers + best]) best = t;
  return best;
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
  };
}
