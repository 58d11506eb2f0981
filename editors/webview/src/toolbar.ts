import { h, swatch } from "./dom";
import { percent } from "./format";
import { isVmState } from "./merge";
import { categoryColor, TIER_STRIPE, tierColor, type Theme } from "./palette";
import type { Search } from "./search";
import type { ColorBy } from "./style";
import type { Base } from "./tooltip";

export interface ToolbarActions {
  order(kind: "leftHeavy" | "timeOrder"): void;
  colorBy(color: ColorBy): void;
  search(query: string): void;
  nextMatch(step: number): void;
  activeOnly(on: boolean): void;
  reset(): void;
  help(): void;
  switchTheme: (() => void) | null;
}

/** Controls above the graph. */
export class Toolbar {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement;
  private readonly status = h("span", { class: "search-status", role: "status" });
  private readonly orders: HTMLButtonElement[];
  private readonly colorings: HTMLButtonElement[];
  private readonly active: HTMLInputElement;

  constructor(actions: ToolbarActions, hasTimeline: boolean, hasIdle: boolean) {
    this.input = h("input", {
      type: "search",
      placeholder: "Search names and files (regular expression)",
      "aria-label": "Search by regular expression",
      "aria-describedby": "search-status",
      spellcheck: "false",
      autocomplete: "off",
    });
    this.status.id = "search-status";
    let timer = 0;
    this.input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => actions.search(this.input.value), 90);
    });
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") {
        event.preventDefault();
        clearTimeout(timer);
        actions.search(this.input.value);
        actions.nextMatch(event.shiftKey ? -1 : 1);
      }
    });
    this.orders = [
      option("Left heavy", "Same stacks merged, heaviest first", () => actions.order("leftHeavy")),
      option("Time order", hasTimeline ? "Stacks as they ran" : "This profile has no record of the order of samples", () => actions.order("timeOrder")),
    ];
    this.orders[1].disabled = !hasTimeline;
    this.colorings = [
      option("Category", "Colour by where the code is from", () => actions.colorBy("category")),
      option("Tier", "Colour by the tier the code ran in", () => actions.colorBy("tier")),
    ];
    this.active = h("input", { type: "checkbox", onchange: () => actions.activeOnly(this.active.checked) });
    this.element = h(
      "div",
      { class: "toolbar", role: "toolbar", "aria-label": "Flame graph" },
      h("div", { class: "segments", role: "group", "aria-label": "Order" }, ...this.orders),
      h("div", { class: "segments", role: "group", "aria-label": "Colour" }, h("span", { class: "segments-title" }, "Colour"), ...this.colorings),
      h("div", { class: "search" }, this.input, this.status),
      hasIdle && h("label", { class: "check", title: "Percentages leave idle time out" }, this.active, "% of active time"),
      h("button", { class: "button", title: "Show everything (0)", onclick: () => actions.reset() }, "Reset zoom"),
      h("button", { class: "button round", title: "Shortcuts (?)", "aria-label": "Shortcuts", onclick: () => actions.help() }, "?"),
      actions.switchTheme && h("button", { class: "button round", title: "Light or dark", "aria-label": "Light or dark", onclick: actions.switchTheme }, "\u25d0"),
    );
  }

  update(order: "leftHeavy" | "timeOrder", colorBy: ColorBy, activeOnly: boolean): void {
    press(this.orders, order === "leftHeavy" ? 0 : 1);
    press(this.colorings, colorBy === "category" ? 0 : 1);
    this.active.checked = activeOnly;
  }

  showSearch(found: Search, base: Base): void {
    const invalid = found.kind === "invalid";
    this.input.setAttribute("aria-invalid", String(invalid));
    this.status.classList.toggle("bad", invalid);
    if (found.kind === "none") this.status.textContent = "";
    else if (found.kind === "invalid") this.status.textContent = found.message;
    else {
      const { result } = found;
      const us = base.excludesIdle ? result.activeUs : result.totalUs;
      const number = result.frames === 1 ? "1 function" : `${result.frames} functions`;
      this.status.textContent = `${number} \u00b7 ${result.stopped ? "at least " : ""}${percent(us, base.us)} of ${base.name}`;
      this.status.title = result.stopped ? "The search took too long and was stopped" : "Time of the stacks with a match, each counted once";
    }
  }
}

export interface LegendItem {
  name: string;
  us: number;
  hidden: boolean;
}

/** Categories, each a switch, and the key to the tiers. */
export function legend(
  items: LegendItem[],
  tiers: string[],
  theme: Theme,
  colorBy: ColorBy,
  base: Base,
  wholeUs: number,
  toggle: (category: number) => void,
): HTMLElement {
  const chips = items.map((item, c) => {
    if (item.us <= 0) return null;
    const code = !isVmState(item.name);
    const idle = item.name === "idle" && base.excludesIdle;
    return h(
      "button",
      {
        class: "chip",
        "aria-pressed": String(!item.hidden),
        "data-category": item.name,
        title: item.hidden ? `Show ${item.name}` : code ? `Fold ${item.name} frames into their callers` : `Leave ${item.name} out of the graph`,
        onclick: () => toggle(c),
      },
      colorBy === "category" && swatch(categoryColor(theme, item.name)),
      item.name,
      h("small", {}, idle ? `${percent(item.us, wholeUs)} of all` : percent(item.us, base.us)),
    );
  });
  const keys = tiers
    .filter((tier) => tier !== "none")
    .map((tier) => h("span", { class: "tier-key" }, swatch(colorBy === "tier" ? tierColor(theme, tier) : (TIER_STRIPE[tier] ?? tierColor(theme, tier))), tier));
  return h(
    "div",
    { class: `legend by-${colorBy}` },
    h("div", { class: "chips", role: "group", "aria-label": "Categories shown, with their share of self time" }, ...chips),
    h("div", { class: "tier-keys", title: colorBy === "category" ? "The stripe under a frame shows the tiers it ran in" : "Tier that holds most of a frame\u2019s time" }, h("span", { class: "tier-title" }, colorBy === "category" ? "Stripe" : "Tier"), ...keys),
  );
}

function option(text: string, title: string, onclick: () => void): HTMLButtonElement {
  return h("button", { class: "segment", title, onclick, "aria-pressed": "false" }, text);
}

function press(buttons: HTMLButtonElement[], which: number): void {
  buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(i === which)));
}
