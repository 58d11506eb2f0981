import { boxAs, boxAt, pathTo, placeOfBox, type Box, type PlacedBoxes } from "./boxes";
import { canvasFont, context2d, fit } from "./canvas";
import { h } from "./dom";
import { Painter, type DrawStats, type Style, type Viewport } from "./draw";
import { Marks, type MarkColors } from "./marks";
import { drawRuler, RULER_PX } from "./ruler";
import type { Measure } from "./wire";

export interface GraphEvents {
  hover(box: Box | null, clientX: number, clientY: number): void;
  select(box: Box | null): void;
  /** The boxes from the root to the zoomed one changed. */
  zoom(): void;
  /** Another part comes into view. */
  view(): void;
}

export interface GraphColors extends MarkColors {
  muted: string;
  line: string;
}

export const ROW_PX = 22;
/** Until the page says how high it is. */
const MINIMAP_PX = 42;
const ANIMATION_MS = 170;

/** The flamegraph: minimap, ruler and boxes, with the part that is in view. */
export class Graph {
  readonly element: HTMLElement;
  readonly scroller: HTMLElement;
  readonly minimap: HTMLCanvasElement;
  x0 = 0;
  x1 = 1;
  hovered: Box | null = null;
  selected: Box | null = null;
  /** Boxes from the root to the zoomed one. */
  zoomed: Box[] = [];
  /** The function that is outlined wherever it is. */
  outlined: number | null = null;
  /** The function that is highlighted in the boxes: it is known where it is too narrow to have boxes. */
  highlighted: number | null = null;
  measure: Measure = "cpu";
  lastStats: DrawStats = { visited: 0, rects: 0, labels: 0 };
  /** All rows and the whole width, as sharp as the screen needs for that. */
  whole: PlacedBoxes;

  /** A part of the width, sharper. */
  private sharp: PlacedBoxes | null = null;
  private readonly canvas = h("canvas", { class: "boxes" });
  private readonly overlay = h("canvas", { class: "marks" });
  private readonly ruler = h("canvas", { class: "ruler", "aria-hidden": "true" });
  private readonly stage: HTMLElement;
  private readonly spacer: HTMLElement;
  private readonly range = h("div", { class: "minimap-range" });
  private readonly painter = new Painter();
  private readonly marks = new Marks();
  private styles = new WeakMap<PlacedBoxes, Style>();
  private width = 0;
  private height = 0;
  private minimapHeight = MINIMAP_PX;
  private frame = 0;
  private stale = { boxes: true, marks: true, minimap: true };
  private animation: { from: [number, number]; to: [number, number]; began: number } | null = null;

  constructor(
    private readonly events: GraphEvents,
    nothing: PlacedBoxes,
    private styleOf: (boxes: PlacedBoxes) => Style,
    private colors: GraphColors,
  ) {
    this.whole = nothing;
    this.minimap = h("canvas", { class: "minimap", "aria-hidden": "true" });
    this.stage = h("div", { class: "stage", "aria-hidden": "true" }, this.canvas, this.overlay);
    this.spacer = h("div", { class: "spacer" }, this.stage);
    this.scroller = h(
      "div",
      {
        class: "scroller",
        tabindex: 0,
        role: "application",
        "aria-roledescription": "flame graph",
        "aria-label": "Flame graph",
        "aria-describedby": "graph-help",
      },
      this.spacer,
    );
    this.element = h("div", { class: "graph" }, h("div", { class: "minimap-frame" }, this.minimap, this.range), this.ruler, this.scroller);
    this.scroller.addEventListener("scroll", () => this.invalidate("boxes"));
    new ResizeObserver(() => {
      if (this.scroller.clientWidth !== this.width || this.scroller.clientHeight !== this.height) this.resize();
    }).observe(this.scroller);
  }

  /** The boxes drawn now: the sharp ones wherever they cover the view. */
  get boxes(): PlacedBoxes {
    const { sharp } = this;
    const slack = (this.x1 - this.x0) * 1e-6;
    return sharp && sharp.from <= this.x0 + slack && sharp.to >= this.x1 - slack ? sharp : this.whole;
  }

  /** Shows another flamegraph from its root. */
  setWhole(boxes: PlacedBoxes): void {
    this.whole = boxes;
    this.sharp = null;
    this.hovered = null;
    this.selected = null;
    this.animation = null;
    this.x0 = 0;
    this.x1 = boxes.width || 1;
    this.setZoomed(boxes.count ? [boxAs(boxes, rootOf(boxes))] : []);
    this.resize();
  }

  /** Replaces the boxes by others of the same flamegraph; `dropsSharp` when the sharper ones have other marks. */
  refresh(boxes: PlacedBoxes, dropsSharp: boolean): void {
    this.whole = boxes;
    if (dropsSharp) this.sharp = null;
    this.invalidate("minimap");
  }

  /** Sharper boxes of a part. */
  sharpen(boxes: PlacedBoxes): void {
    this.sharp = boxes;
    this.invalidate("boxes");
  }

  setStyle(styleOf: (boxes: PlacedBoxes) => Style, colors: GraphColors): void {
    this.styleOf = styleOf;
    this.styles = new WeakMap();
    this.colors = colors;
    this.invalidate("minimap");
  }

  /** Outlines a function wherever it is; the view stays. */
  outline(function_: number | null): void {
    this.outlined = function_;
    this.invalidate("marks");
  }

  /** The viewport as drawn now. */
  viewport(): Viewport {
    return { x0: this.x0, x1: this.x1, top: this.scroller.scrollTop, width: this.width, height: this.height, rowHeight: ROW_PX };
  }

  /** Sizes the canvases to the page and the screen's pixels. */
  resize(): void {
    const { rows } = this.whole;
    this.spacer.style.height = `${rows * ROW_PX}px`;
    this.scroller.style.setProperty("--rows-height", `${(rows + 1) * ROW_PX}px`);
    const wide = this.scroller.clientWidth;
    const isWider = wide > this.width;
    this.width = wide;
    this.height = this.scroller.clientHeight;
    this.stage.style.height = `${this.height}px`;
    fit(this.canvas, this.width, this.height);
    fit(this.overlay, this.width, this.height);
    fit(this.ruler, this.width, RULER_PX);
    this.minimapHeight = this.minimap.parentElement?.clientHeight || this.minimapHeight;
    fit(this.minimap, this.width, this.minimapHeight);
    this.invalidate("minimap");
    if (isWider) this.events.view();
  }

  invalidate(what: "boxes" | "marks" | "minimap"): void {
    this.stale.marks = true;
    if (what !== "marks") this.stale.boxes = true;
    if (what === "minimap") this.stale.minimap = true;
    if (!this.frame) this.frame = requestAnimationFrame((now) => this.paint(now));
  }

  /** Draws the boxes once, now; the bench measures this. */
  drawBoxes(view: Viewport): DrawStats {
    const context = context2d(this.canvas);
    const dpr = window.devicePixelRatio || 1;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    const { boxes } = this;
    return this.painter.draw(context, boxes, view, { ...this.style(boxes), font: canvasFont(12 * dpr) }, dpr);
  }

  /** Waits for the drawing commands to be carried out (reading a pixel forces it). */
  flushBoxes(): number {
    return context2d(this.canvas).getImageData(0, 0, 1, 1).data[3];
  }

  paintNow(): void {
    cancelAnimationFrame(this.frame);
    this.paint(performance.now());
  }

  private style(boxes: PlacedBoxes): Style {
    let style = this.styles.get(boxes);
    if (!style) this.styles.set(boxes, (style = this.styleOf(boxes)));
    return style;
  }

  private paint(now: number): void {
    this.frame = 0;
    if (this.animation) this.animate(now);
    if (this.stale.minimap) this.drawMinimap();
    if (this.stale.boxes) {
      this.lastStats = this.drawBoxes(this.viewport());
      drawRuler(this.ruler, this.viewport(), this.measure, this.colors);
      this.placeRange();
    }
    if (this.stale.marks) this.marks.draw(this.overlay, this.viewport(), this.boxes, this, this.colors);
    this.stale = { boxes: false, marks: false, minimap: false };
    if (this.animation) this.invalidate("boxes");
  }

  private animate(now: number): void {
    const { from, to, began } = this.animation as NonNullable<Graph["animation"]>;
    const t = Math.min(Math.max((now - began) / ANIMATION_MS, 0), 1);
    const eased = 1 - (1 - t) ** 3;
    this.x0 = from[0] + (to[0] - from[0]) * eased;
    this.x1 = from[1] + (to[1] - from[1]) * eased;
    if (t >= 1) {
      [this.x0, this.x1] = to;
      this.animation = null;
    }
  }

  /** Whether a part of the width is shown. */
  get isZoomed(): boolean {
    const [x0, x1] = this.target();
    return x1 - x0 < (this.whole.width || 1) * (1 - 1e-6);
  }

  /** Shows x0..x1, as far as there is something. */
  show(x0: number, x1: number, animated = false): void {
    const whole = this.whole.width || 1;
    const span = Math.min(Math.max(x1 - x0, whole * 1e-7), whole);
    const left = Math.min(Math.max(x0, 0), whole - span);
    const to: [number, number] = [left, left + span];
    if (animated && !matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.animation = { from: [this.x0, this.x1], to, began: performance.now() };
    } else {
      this.animation = null;
      [this.x0, this.x1] = to;
    }
    this.invalidate("boxes");
    this.events.view();
  }

  /** Zooms to a box, or to the place of merged ones. */
  zoomTo(box: Box): void {
    if (box.merged > 1) {
      this.show(box.x0, box.x1, true);
      this.refocus();
    } else this.zoomAlong(this.pathOf(box));
  }

  /** Zooms to the last of these boxes, which lead there from the root. */
  zoomAlong(path: Box[]): void {
    const box = path[path.length - 1];
    if (!box) return;
    this.show(box.x0, box.x1, true);
    this.scrollToRow(box.row);
    this.setZoomed(path);
  }

  reset(): void {
    this.show(0, this.whole.width, true);
    this.setZoomed(this.zoomed.slice(0, 1));
  }

  /** Zooms by a factor (below 1 is in) around a place, 0 the left edge to 1 the right. */
  zoomBy(factor: number, at = 0.5): void {
    const [x0, x1] = this.target();
    const pivot = x0 + (x1 - x0) * at;
    this.show(pivot - (pivot - x0) * factor, pivot + (x1 - pivot) * factor);
    this.refocus();
  }

  /** Moves by a share of the width. */
  panBy(share: number): void {
    const [x0, x1] = this.target();
    this.show(x0 + (x1 - x0) * share, x1 + (x1 - x0) * share);
    this.refocus();
  }

  /** The view after any running animation. */
  target(): [number, number] {
    return this.animation ? this.animation.to : [this.x0, this.x1];
  }

  /** After free movement the zoomed box is the nearest one above that holds the whole view. */
  refocus(): void {
    const [x0, x1] = this.target();
    const slack = (x1 - x0) * 1e-6;
    let length = this.zoomed.length;
    while (length > 1 && (this.zoomed[length - 1].x0 > x0 + slack || this.zoomed[length - 1].x1 < x1 - slack)) length--;
    if (length !== this.zoomed.length) this.setZoomed(this.zoomed.slice(0, length));
  }

  setZoomed(path: Box[]): void {
    this.zoomed = path;
    this.events.zoom();
  }

  /** Boxes from the root to this one, as far as they are here. */
  pathOf(box: Box): Box[] {
    for (const boxes of [this.boxes, this.whole]) {
      const place = placeOfBox(boxes, box);
      if (place >= 0) return pathTo(boxes, place).map((other) => boxAs(boxes, other));
    }
    return [...this.zoomed.slice(0, 1), box];
  }

  select(box: Box | null): void {
    this.selected = box;
    this.invalidate("marks");
    this.events.select(box);
  }

  /** Scrolls and, when the box is out of view or too narrow to see, zooms to what is above it. */
  reveal(box: Box): void {
    const [x0, x1] = this.target();
    const px = ((box.x1 - box.x0) / (x1 - x0)) * this.width;
    if (box.x1 <= x0 || box.x0 >= x1 || px < 4) {
      const path = this.pathOf(box);
      const above = path[path.length - 2] ?? box;
      // A narrow child of a wide caller needs more than the caller's width.
      const isNarrow = ((box.x1 - box.x0) / (above.x1 - above.x0)) * this.width < 4;
      const to = isNarrow || path.length < 2 ? path : path.slice(0, -1);
      const last = to[to.length - 1];
      this.show(last.x0, last.x1, true);
      this.setZoomed(to);
    }
    this.scrollToRow(box.row);
  }

  scrollToRow(row: number): void {
    const top = this.scroller.scrollTop;
    const y = row * ROW_PX;
    if (y < top + ROW_PX) this.scroller.scrollTop = Math.max(y - 2 * ROW_PX, 0);
    else if (y + 3 * ROW_PX > top + this.height) this.scroller.scrollTop = y - this.height * 0.5;
  }

  /** The box under a pointer, or null. */
  hit(clientX: number, clientY: number): Box | null {
    const rect = this.scroller.getBoundingClientRect();
    const x = clientX - rect.left;
    const y = clientY - rect.top;
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return null;
    const at = this.x0 + ((this.x1 - this.x0) * x) / this.width;
    const { boxes } = this;
    const box = boxAt(boxes, Math.floor((y + this.scroller.scrollTop) / ROW_PX), at);
    return box < 0 ? null : boxAs(boxes, box);
  }

  hover(box: Box | null, clientX: number, clientY: number): void {
    const { hovered } = this;
    if (box?.row !== hovered?.row || box?.x0 !== hovered?.x0 || box?.x1 !== hovered?.x1) this.invalidate("marks");
    this.hovered = box;
    this.events.hover(box, clientX, clientY);
  }

  private drawMinimap(): void {
    const context = context2d(this.minimap);
    const dpr = window.devicePixelRatio || 1;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.minimap.width, this.minimap.height);
    const { whole } = this;
    const height = this.minimapHeight;
    const rowHeight = Math.min(Math.max(height / Math.max(whole.rows, 1), 1), 5);
    const view = { x0: 0, x1: whole.width || 1, top: 0, width: this.width, height, rowHeight };
    this.painter.draw(context, whole, view, { ...this.style(whole), label: null, stripes: [] }, dpr);
  }

  private placeRange(): void {
    const whole = this.whole.width || 1;
    this.range.hidden = this.x0 <= 0 && this.x1 >= whole;
    this.range.style.left = `${(100 * this.x0) / whole}%`;
    this.range.style.width = `${(100 * (this.x1 - this.x0)) / whole}%`;
  }
}

function rootOf(boxes: PlacedBoxes): number {
  return boxes.rowStart[boxes.pivotRow];
}
