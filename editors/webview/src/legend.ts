import { h, returnFocus, swatch } from "./dom";
import type { Shown } from "./figures";
import { percent } from "./format";
import { categoryLabel } from "./frame_info";
import { isVmState } from "./merge";
import { categoryColor, changeColors, isTier, TIER_STRIPE, tierColor } from "./palette";
import { Roving } from "./roving";
import type { ColorBy } from "./style";
import type { Category } from "./wire";

/** Puts a new legend in place of the old one; the keyboard stays where it is. */
export function showLegend(into: HTMLElement, ...made: Parameters<typeof legend>): void {
  const stop = into.querySelector<HTMLElement>(".chip[tabindex='0']");
  const hadFocus = stop !== null && stop === document.activeElement;
  into.replaceChildren(legend(...made));
  const chips = into.querySelector<HTMLElement>(".chips") as HTMLElement;
  const same = stop && chips.querySelector<HTMLElement>(`[data-category="${CSS.escape(stop.dataset.category ?? "")}"]`);
  new Roving(chips, "Categories shown, with their share of self time").stopAt(same);
  if (hadFocus) returnFocus(same);
}

/** Categories, each a switch, and the key to the colours. */
function legend(shown: Shown, colorBy: ColorBy, hidden: ReadonlySet<Category>, strongestChange: number, toggle: (category: Category) => void): HTMLElement {
  const chips = shown.opened.overview.categories.filter(([category, value]) => value > 0 || hidden.has(category)).map(([category, value]) => chip(shown, colorBy, category, value, hidden.has(category), toggle));
  return h(
    "div",
    { class: `legend by-${colorBy}` },
    h("div", { class: "chips" }, ...chips),
    colorBy === "change" ? changeKey(shown, strongestChange) : shown.measure === "cpu" && tierKey(shown, colorBy),
  );
}

function chip(shown: Shown, colorBy: ColorBy, category: Category, value: number, isHidden: boolean, toggle: (category: Category) => void): HTMLElement {
  const { overview } = shown.opened;
  const name = categoryLabel(category);
  const ofAll = category === "idle" && shown.base.excludesIdle;
  // The figures of categories are of what was recorded first: time where there is any.
  const isMeasured = (shown.measure === "cpu") === overview.hasCpu;
  const share = ofAll ? `${percent(value, overview.wholeUs)} of all` : percent(value, shown.base.value);
  return h(
    "button",
    {
      class: "chip",
      "aria-pressed": String(!isHidden),
      "data-category": category,
      title: isHidden ? `Show ${name}` : isVmState(category) ? `Leave ${name} out of the graph` : `Fold ${name} frames into their callers`,
      onclick: () => toggle(category),
    },
    colorBy === "category" && swatch(categoryColor(shown.theme, category)),
    name,
    isMeasured && h("small", {}, share),
  );
}

function tierKey({ opened, theme }: Shown, colorBy: ColorBy): HTMLElement {
  const keys = opened.overview.tiers
    .filter(isTier)
    .map((tier) => h("span", { class: "tier-key" }, swatch(colorBy === "tier" ? tierColor(theme, tier) : (TIER_STRIPE[tier] ?? tierColor(theme, tier))), tier));
  return h(
    "div",
    { class: "tier-keys", title: colorBy === "category" ? "The stripe under a frame shows the tiers it ran in" : "Tier that holds most of a frame\u2019s time" },
    h("span", { class: "tier-title" }, colorBy === "category" ? "Stripe" : "Tier"),
    ...keys,
  );
}

function changeKey({ theme }: Shown, strongest: number): HTMLElement {
  const end = (100 * strongest).toFixed(1);
  return h(
    "div",
    { class: "tier-keys change-keys", title: "Change of the share of the total since the profile compared with" },
    h("span", { class: "tier-title" }, "Share since before"),
    h("span", {}, `less, \u2212${end} points`),
    h("span", { class: "change-scale", "aria-hidden": "true" }, ...changeColors(theme).map((color) => swatch(color))),
    h("span", {}, `+${end} points, more`),
  );
}
