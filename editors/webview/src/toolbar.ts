import { Choice } from "./choice";
import { h } from "./dom";
import { Roving } from "./roving";
import type { ColorBy } from "./style";
import type { Measure, Overview } from "./wire";

export type ShownOrder = "leftHeavy" | "timeOrder" | "bothWays";

export interface ToolbarActions {
  order(order: ShownOrder): void;
  colorBy(color: ColorBy): void;
  measure(measure: Measure): void;
  search(query: string): void;
  nextMatch(step: number): void;
  activeOnly(on: boolean): void;
  reset(): void;
  help(): void;
  switchTheme: (() => void) | null;
}

export interface ToolbarOptions {
  overview: Overview;
  isCompared: boolean;
  /** What a search may be, in a few words. */
  searchHint: string;
}

/** What the controls show. */
export interface ToolbarState {
  order: ShownOrder;
  colorBy: ColorBy;
  measure: Measure;
  activeOnly: boolean;
  /** Whether a function is there whose callers and callees can be shown. */
  canGoBothWays: boolean;
}

/** Controls above the graph. */
export class Toolbar {
  readonly element: HTMLElement;
  readonly input: HTMLInputElement;
  /** Controls that have their places elsewhere: what colours mean, what percentages are of (null without a choice), the view. */
  readonly coloring: HTMLElement;
  readonly percentages: HTMLElement | null;
  readonly viewButtons: HTMLElement;
  private readonly status = h("span", { class: "search-status", role: "status" });
  private readonly hasTimeline: boolean;
  private readonly orders: Choice<ShownOrder>;
  private readonly colorings: Choice<ColorBy>;
  private readonly measures: Choice<Measure>;
  private readonly active: HTMLInputElement;
  private readonly activeLabel: HTMLElement;

  constructor(actions: ToolbarActions, { overview, isCompared, searchHint }: ToolbarOptions) {
    this.input = h("input", {
      type: "search",
      // What it says in full has no room in a panel beside the code.
      placeholder: "Search (regex)",
      "aria-label": `Search ${searchHint}`,
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
    const inTime = overview.hasTimeline ? "Stacks as they ran" : "This profile has no record of the order of samples";
    this.orders = new Choice("Order", "", actions.order, [
      ["leftHeavy", "Left heavy", "Same stacks merged, heaviest first"],
      ["timeOrder", "Time order", inTime],
      ["bothWays", "Callers and callees", "Who calls the selected function, and what it calls (s)"],
    ]);
    this.colorings = new Choice("Colour", "Colour", actions.colorBy, [
      ["category", "Category", "Colour by where the code is from"],
      ["tier", "Tier", "Colour by the tier the code ran in"],
      ...(isCompared ? ([["change", "Change", "Colour by the change of share"]] as [ColorBy, string, string][]) : []),
    ]);
    this.measures = new Choice("Width", "", actions.measure, [
      ["cpu", "CPU time", "Widths are CPU time"],
      ["allocated", "Allocations", "Widths are bytes allocated"],
    ]);
    this.active = h("input", { type: "checkbox", onchange: () => actions.activeOnly(this.active.checked) });
    this.hasTimeline = overview.hasTimeline;
    this.activeLabel = h("label", { class: "check", title: "Percentages leave idle time out" }, this.active, "% of active time");
    this.element = h(
      "div",
      { class: "toolbar", role: "group", "aria-label": "Flame graph controls" },
      this.orders.element,
      overview.hasCpu && overview.allocatedBytes !== null && this.measures.element,
      h("div", { class: "search" }, this.input, this.status),
    );
    this.coloring = this.colorings.element;
    this.percentages = overview.hasCpu && overview.idleUs > 0 ? this.activeLabel : null;
    this.viewButtons = h(
      "div",
      { class: "view-buttons" },
      h("button", { class: "button", title: "Show everything (0)", onclick: () => actions.reset() }, "Reset zoom"),
      h("button", { class: "button round", title: "Shortcuts (?)", "aria-label": "Shortcuts", onclick: () => actions.help() }, "?"),
      actions.switchTheme && h("button", { class: "button round", title: "Light or dark", "aria-label": "Light or dark", onclick: actions.switchTheme }, "\u25d0"),
    );
    new Roving(this.viewButtons, "View");
  }

  update({ order, colorBy, measure, activeOnly, canGoBothWays }: ToolbarState): void {
    this.orders.press(order);
    this.orders.disable("bothWays", !canGoBothWays && order !== "bothWays");
    this.colorings.press(colorBy);
    this.colorings.disable("tier", measure === "allocated");
    this.measures.press(measure);
    this.active.checked = activeOnly;
    this.activeLabel.hidden = measure !== "cpu";
    this.orders.disable("timeOrder", !this.hasTimeline || measure !== "cpu");
  }

  /** What the search found, or why it cannot be done. */
  showSearch(text: string, title: string, isBad: boolean): void {
    this.input.setAttribute("aria-invalid", String(isBad));
    this.status.classList.toggle("bad", isBad);
    this.status.textContent = text;
    this.status.title = title;
  }
}
