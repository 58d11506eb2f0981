import { bar, h, swatch } from "./dom";
import { frameLocation, frameName } from "./frames";
import { count, duration, percent } from "./format";
import type { Layout } from "./layout";
import { tierColor, categoryColor, type Theme } from "./palette";
import type { MergedTree } from "./merge";
import type { Profile } from "./read";

/** What percentages are of. */
export interface Base {
  us: number;
  name: string;
  excludesIdle: boolean;
}

export interface Shown {
  profile: Profile;
  tree: MergedTree;
  layout: Layout;
  theme: Theme;
  base: Base;
}

export class Tooltip {
  readonly element = h("div", { class: "tooltip", "aria-hidden": "true" });
  private box = -1;

  show(shown: Shown, box: number, clientX: number, clientY: number): void {
    if (box < 0) {
      this.hide();
      return;
    }
    if (box !== this.box || this.element.hidden) {
      this.box = box;
      this.element.replaceChildren(...content(shown, box));
    }
    this.element.hidden = false;
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const x = clientX + 16 + width > innerWidth - 8 ? clientX - width - 12 : clientX + 16;
    const y = clientY + 18 + height > innerHeight - 8 ? clientY - height - 12 : clientY + 18;
    this.element.style.transform = `translate(${Math.max(x, 8)}px, ${Math.max(y, 8)}px)`;
  }

  hide(): void {
    this.element.hidden = true;
    this.box = -1;
  }
}

function content(shown: Shown, box: number): HTMLElement[] {
  const { profile, tree, layout, theme, base } = shown;
  const frame = tree.frame[layout.node[box]];
  const category = frame < 0 ? "" : profile.categories[profile.frameCategory[frame]];
  const outside = category === "idle" && base.excludesIdle;
  const share = (us: number) => (outside ? "not counted" : percent(us, base.us));
  const row = (name: string, us: number) =>
    h("tr", {}, h("th", {}, name), h("td", {}, duration(us)), h("td", {}, share(us)));
  const out: HTMLElement[] = [
    h("div", { class: "tooltip-name" }, frameName(profile, frame)),
    h("div", { class: "tooltip-place" }, frameLocation(profile, frame) || (frame < 0 ? "the whole profile" : "no source file")),
    h(
      "table",
      {},
      h("tbody", {}, row("Self", layout.selfUs[box]), row("Total", layout.totalUs[box]),
        h("tr", {}, h("th", {}, "Samples"), h("td", {}, count(layout.samples[box])), h("td", {}))),
    ),
  ];
  out.push(h("div", { class: "tooltip-note" }, `% of ${base.name}`));
  if (layout.kind === "timeOrder") out.push(h("div", { class: "tooltip-note" }, `from ${duration(layout.x0[box])} to ${duration(layout.x1[box])}`));
  const tiers = tierParts(shown, layout.tierUs, box);
  if (tiers.length) out.push(tierBar(tiers), h("div", { class: "tooltip-tiers" }, tierText(tiers)));
  if (category) out.push(h("div", { class: "tooltip-category" }, swatch(categoryColor(theme, category)), category));
  return out;
}

export interface TierPart {
  tier: string;
  share: number;
  color: string;
}

/** Tiers the frame ran in, as shares of its time; empty for what is not JavaScript. */
export function tierParts({ profile, theme }: Shown, tierUs: ArrayLike<number>, row: number): TierPart[] {
  const tiers = profile.tiers.length;
  let all = 0;
  for (let t = 0; t < tiers; t++) all += tierUs[row * tiers + t];
  const parts = profile.tiers
    .map((tier, t) => ({ tier, share: all > 0 ? tierUs[row * tiers + t] / all : 0, color: tierColor(theme, tier) }))
    .filter((part) => part.share > 0);
  return parts.length === 1 && parts[0].tier === "none" ? [] : parts;
}

export function tierText(parts: TierPart[]): string {
  return parts.map((part) => `${part.tier} ${Math.round(part.share * 100) || "<1"}%`).join(" \u00b7 ");
}

export function tierBar(parts: TierPart[]): HTMLElement {
  return bar(
    `Tiers: ${tierText(parts)}`,
    parts.map((part) => ({ share: part.share, color: part.color, title: part.tier })),
  );
}
