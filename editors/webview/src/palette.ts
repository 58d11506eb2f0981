/**
 * Colours of the boxes. Fills differ in lightness as well as hue, so that they stay apart
 * with any colour vision (after Okabe and Ito); every fill carries dark text.
 */
export type Theme = "light" | "dark";

export const INK = "#16181d";

const CATEGORY: Record<Theme, Record<string, string>> = {
  light: {
    app: "#f5a83c",
    dependency: "#5aa6f2",
    nodeCore: "#8de0b2",
    native: "#c381b4",
    compiler: "#efe26a",
    gc: "#e8705c",
    program: "#b3bac5",
    idle: "#e2e6ec",
  },
  dark: {
    app: "#f0a03a",
    dependency: "#7cc3f2",
    nodeCore: "#4db37e",
    native: "#b083d2",
    compiler: "#e3d65c",
    gc: "#ee7c66",
    program: "#c3cad5",
    idle: "#878f9c",
  },
};

/** Diverging and safe for colour-blind readers: from slow (warm) to optimised (cold). */
const TIER: Record<Theme, Record<string, string>> = {
  light: { ignition: "#ee7b51", sparkplug: "#fcc16c", maglev: "#a9d8ee", turbofan: "#5a9bd8", none: "#ccd2da" },
  dark: { ignition: "#e8734a", sparkplug: "#f0b45c", maglev: "#9ccde4", turbofan: "#5596d2", none: "#7d8694" },
};

/** The stripe under a box: the same order, dark enough to show on every fill. */
export const TIER_STRIPE: Record<string, string> = {
  ignition: "#c22d12",
  sparkplug: "#c9760f",
  maglev: "#4d93c9",
  turbofan: "#2a5ea8",
};

export const ROOT_FILL: Record<Theme, string> = { light: "#d3d9e2", dark: "#a9b2bf" };
export const MATCH_FILL: Record<Theme, string> = { light: "#ff5fc4", dark: "#ff6fcb" };
export const DIM_FILL: Record<Theme, string> = { light: "#eceff3", dark: "#2b3038" };
export const DIM_TEXT: Record<Theme, string> = { light: "#8a93a0", dark: "#7d8694" };
/** Change of a share since before, less to more: blue to orange, safe for colour-blind readers, grey in the middle. */
const CHANGE: Record<Theme, string[]> = {
  light: ["#4a97e0", "#77b1ea", "#a3caf0", "#c8dff4", "#dcdfe4", "#f9dfc0", "#f7c890", "#f3ad58", "#ec8d1f"],
  dark: ["#57b4ff", "#6fb1e8", "#82a9cf", "#8fa2b8", "#9297a0", "#ae9f8a", "#c8a06c", "#e0a04c", "#f7a02c"],
};

const UNKNOWN: Record<Theme, string> = { light: "#d8cfc4", dark: "#a59b8f" };

export function categoryColor(theme: Theme, category: string): string {
  return CATEGORY[theme][category] ?? UNKNOWN[theme];
}

/** Whether a tier's name says which one: what is not JavaScript runs in none, and of some code it is not known. */
export function isTier(name: string): boolean {
  return name !== "none" && name !== "unknown";
}

export function tierColor(theme: Theme, tier: string): string {
  return TIER[theme][tier] ?? TIER[theme].none;
}

/** Colours of a change, equally many on both sides of the one for none. */
export function changeColors(theme: Theme): readonly string[] {
  return CHANGE[theme];
}

/** Shades of one fill that tell neighbours apart, lightest last. */
export const SHADES = 3;

export function shade(color: string, step: number, theme: Theme): string {
  const toward = theme === "light" ? 255 : 0;
  const share = [0, 0.12, 0.24][step];
  const mixed = channels(color).map((c) => Math.round(c + (toward - c) * (theme === "light" ? share : share * 0.4)));
  return `#${mixed.map((c) => c.toString(16).padStart(2, "0")).join("")}`;
}

export function channels(color: string): number[] {
  return [1, 3, 5].map((i) => parseInt(color.slice(i, i + 2), 16));
}
