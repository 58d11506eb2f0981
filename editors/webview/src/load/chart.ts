import { h } from "../dom";
import { count } from "../format";
import { line, s } from "./svg";

/** A place of a chart that a reader can point at or step to. */
export interface Item {
  /** Its edges, px. */
  from: number;
  to: number;
  /** What it says, the first part as its name. */
  text: string[];
}

/** A chart at one size. */
export interface Drawing {
  height: number;
  /** Edges of what is lit behind an item, px. */
  top: number;
  bottom: number;
  shapes: SVGElement[];
  /** From left to right. */
  items: Item[];
}

export interface Table {
  head: string[];
  rows: string[][];
}

/** A line of the key: how something is drawn, and what it is. */
export interface Key {
  /** Class of the shape. */
  name: string;
  text: string;
  shape: "line" | "fill" | "mark";
}

export interface ChartParts {
  title: string;
  /** What the chart shows, in a sentence: read out with its name. */
  summary: string;
  keys: Key[];
  /** How many items there are and what the table's columns are does not depend on the size. */
  draw(width: number): Drawing;
  table(): Table;
  controls?: HTMLElement;
  note?: string;
}

const LEAST_WIDTH = 260;
const PAGE = 10;
/** More rows than this would take seconds to lay out. */
const MOST_ROWS = 1000;

/**
 * A drawing that follows the width of its place, a tooltip, and the same figures as a table. To the keyboard and to a screen
 * reader it is a slider: arrows step through its items, and each says what it is.
 */
export class Chart {
  readonly element: HTMLElement;
  private readonly svg = s("svg", { class: "chart-svg", "aria-hidden": "true" });
  private readonly plot: HTMLElement;
  private readonly tip = h("div", { class: "tooltip chart-tip", "aria-hidden": "true", hidden: true });
  private readonly lit = s("rect", { class: "lit" });
  private readonly watch: ResizeObserver;
  private drawing: Drawing | null = null;
  private width = 0;
  private current = -1;

  constructor(private readonly parts: ChartParts) {
    const { title, summary, keys, controls, note } = parts;
    this.plot = h(
      "div",
      { class: "chart-plot", tabindex: 0, role: "slider", "aria-label": `${title}. ${summary}`, "aria-valuemin": 1, "aria-orientation": "horizontal" },
      this.svg,
      this.tip,
    );
    this.plot.addEventListener("pointermove", (event) => this.point(event));
    this.plot.addEventListener("pointerleave", () => this.leave());
    this.plot.addEventListener("focus", () => this.plot.matches(":focus-visible") && this.go(Math.max(this.current, 0)));
    this.plot.addEventListener("blur", () => this.leave());
    this.plot.addEventListener("keydown", (event) => this.key(event));
    this.element = h(
      "figure",
      { class: "chart" },
      h("figcaption", { class: "chart-head" }, h("h3", {}, title), keys.length > 0 && legend(keys), controls),
      this.plot,
      note && h("p", { class: "hint" }, note),
      tableOf(title, () => this.parts.table()),
    );
    this.watch = new ResizeObserver(() => this.resize());
    this.watch.observe(this.plot);
  }

  /** Draws again: what `draw` depends on has changed. */
  redraw(): void {
    this.width = 0;
    this.resize();
  }

  dispose(): void {
    this.watch.disconnect();
  }

  private resize(): void {
    const width = Math.floor(this.plot.clientWidth);
    // Zero while its tab is hidden.
    if (width === 0 || width === this.width) return;
    this.width = width;
    const drawing = this.parts.draw(Math.max(width, LEAST_WIDTH));
    this.drawing = drawing;
    this.svg.setAttribute("width", String(Math.max(width, LEAST_WIDTH)));
    this.svg.setAttribute("height", String(drawing.height));
    this.svg.replaceChildren(this.lit, ...drawing.shapes);
    this.plot.setAttribute("aria-valuemax", String(drawing.items.length));
    this.light(Math.min(this.current, drawing.items.length - 1));
  }

  private point(event: PointerEvent): void {
    const x = event.clientX - this.svg.getBoundingClientRect().left;
    const items = this.drawing?.items ?? [];
    let best = -1;
    let least = 24;
    for (const [i, { from, to }] of items.entries()) {
      const away = Math.max(from - x, x - to, 0);
      if (away < least) [best, least] = [i, away];
    }
    this.light(best);
  }

  private leave(): void {
    if (this.plot.matches(":focus-visible")) return;
    this.light(-1);
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const last = (this.drawing?.items.length ?? 0) - 1;
    const at = this.current;
    const to = { ArrowRight: at + 1, ArrowUp: at + 1, ArrowLeft: at - 1, ArrowDown: at - 1, PageUp: at + PAGE, PageDown: at - PAGE, Home: 0, End: last }[event.key];
    if (event.key === "Escape") this.light(-1);
    if (to === undefined || last < 0) return;
    event.preventDefault();
    event.stopPropagation();
    this.go(Math.min(Math.max(to, 0), last));
  }

  private go(item: number): void {
    this.light(item);
    const text = this.drawing?.items[item]?.text;
    if (!text) return;
    this.plot.setAttribute("aria-valuenow", String(item + 1));
    this.plot.setAttribute("aria-valuetext", text.join(", "));
  }

  /** Shows an item's figures; none for -1. */
  private light(at: number): void {
    this.current = at;
    const { drawing, lit, tip } = this;
    const item = drawing?.items[at];
    tip.hidden = !item;
    lit.toggleAttribute("hidden", !item);
    if (!drawing || !item) return;
    const width = Math.max(item.to - item.from, 2);
    for (const [name, value] of Object.entries({ x: (item.from + item.to - width) / 2, y: drawing.top, width, height: drawing.bottom - drawing.top })) {
      lit.setAttribute(name, value.toFixed(1));
    }
    const [name, ...figures] = item.text;
    tip.replaceChildren(h("div", { class: "tooltip-name" }, name), ...figures.map((text) => h("div", {}, text)));
    const middle = (item.from + item.to) / 2;
    const left = middle + 14 + tip.offsetWidth > this.width ? middle - 14 - tip.offsetWidth : middle + 14;
    tip.style.transform = `translate(${Math.max(left, 0)}px, ${drawing.top}px)`;
  }
}

function legend(keys: Key[]): HTMLElement {
  return h(
    "ul",
    { class: "chart-keys" },
    ...keys.map(({ name, text, shape }) => {
      const sample =
        shape === "line"
          ? s("path", { class: `line ${name}`, d: line([[0, 6], [22, 6]]) })
          : shape === "fill"
            ? s("rect", { class: name, x: 5, y: 1, width: 12, height: 10 })
            : s("path", { class: name, d: "M11 2l5 8h-10z" });
      return h("li", {}, s("svg", { width: 22, height: 12, "aria-hidden": "true" }, sample), text);
    }),
  );
}

/** The figures behind a drawing, made when they are asked for. */
function tableOf(title: string, make: () => Table): HTMLElement {
  const place = h("div", { class: "chart-table", tabindex: 0, role: "region", "aria-label": `${title}, as a table` });
  const details = h("details", { class: "chart-data" }, h("summary", {}, "As a table"), place);
  details.addEventListener("toggle", () => {
    if (!details.open) return;
    const { head, rows } = make();
    place.replaceChildren(figuresTable(head, rows.slice(0, MOST_ROWS), title));
    if (rows.length > MOST_ROWS) place.append(h("p", { class: "hint" }, `The first ${count(MOST_ROWS)} of ${count(rows.length)} rows. The chart itself, with arrow keys or the pointer, tells the others.`));
  });
  return details;
}

/** A table whose first column names its rows. */
export function figuresTable(head: string[], rows: (string | Node)[][], caption: string): HTMLElement {
  return h(
    "table",
    { class: "load-table" },
    h("caption", { class: "offscreen" }, caption),
    h("thead", {}, h("tr", {}, ...head.map((text) => h("th", { scope: "col" }, text)))),
    h("tbody", {}, ...rows.map(([name, ...cells]) => h("tr", {}, h("th", { scope: "row" }, name), ...cells.map((cell) => h("td", {}, cell))))),
  );
}
