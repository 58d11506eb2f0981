import { h } from "./dom";
import { Painter, type DrawStats, type Style, type Viewport } from "./draw";
import { duration } from "./format";
import { boxAt, pathTo, type Layout } from "./layout";

export interface GraphEvents {
  hover(box: number, clientX: number, clientY: number): void;
  select(box: number): void;
  /** The box zoomed to changed (0 is the whole). */
  zoom(box: number): void;
}

export interface GraphColors {
  text: string;
  muted: string;
  line: string;
  background: string;
}

export const ROW_PX = 22;
const MINIMAP_PX = 42;
const RULER_PX = 22;
const ANIMATION_MS = 170;

/** The flamegraph: minimap, ruler and boxes, with the part of the layout that is in view. */
export class Graph {
  readonly element: HTMLElement;
  readonly scroller: HTMLElement;
  readonly minimap: HTMLCanvasElement;
  layout: Layout;
  style: Style;
  colors: GraphColors;
  x0 = 0;
  x1 = 1;
  hovered = -1;
  selected = -1;
  focus = 0;
  lastStats: DrawStats = { visited: 0, rects: 0, labels: 0 };

  private readonly boxes: HTMLCanvasElement;
  private readonly marks: HTMLCanvasElement;
  private readonly ruler: HTMLCanvasElement;
  private readonly stage: HTMLElement;
  private readonly spacer: HTMLElement;
  private readonly range: HTMLElement;
  private readonly painter = new Painter();
  private width = 0;
  private height = 0;
  private frame = 0;
  private stale = { boxes: true, marks: true, minimap: true };
  private animation: { from: [number, number]; to: [number, number]; began: number } | null = null;

  constructor(
    private readonly events: GraphEvents,
    layout: Layout,
    style: Style,
    colors: GraphColors,
  ) {
    this.layout = layout;
    this.style = style;
    this.colors = colors;
    this.minimap = h("canvas", { class: "minimap", "aria-hidden": "true" });
    this.range = h("div", { class: "minimap-range" });
    this.ruler = h("canvas", { class: "ruler", "aria-hidden": "true" });
    this.boxes = h("canvas", { class: "boxes" });
    this.marks = h("canvas", { class: "marks" });
    this.stage = h("div", { class: "stage", "aria-hidden": "true" }, this.boxes, this.marks);
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
    this.x1 = layout.widthUs || 1;
  }

  setLayout(layout: Layout, style: Style): void {
    this.layout = layout;
    this.style = style;
    this.hovered = -1;
    this.selected = -1;
    this.focus = 0;
    this.x0 = 0;
    this.x1 = layout.widthUs || 1;
    this.animation = null;
    this.resize();
    this.events.zoom(0);
  }

  setStyle(style: Style, colors: GraphColors): void {
    this.style = style;
    this.colors = colors;
    this.invalidate("minimap");
  }

  /** The viewport as drawn now. */
  viewport(): Viewport {
    return { x0: this.x0, x1: this.x1, top: this.scroller.scrollTop, width: this.width, height: this.height, rowHeight: ROW_PX };
  }

  get rows(): number {
    return this.layout.rowStart.length - 1;
  }

  /** Sizes the canvases to the page and the screen's pixels. */
  resize(): void {
    this.spacer.style.height = `${this.rows * ROW_PX}px`;
    this.scroller.style.setProperty("--rows-height", `${(this.rows + 1) * ROW_PX}px`);
    this.width = this.scroller.clientWidth;
    this.height = this.scroller.clientHeight;
    this.stage.style.height = `${this.height}px`;
    const dpr = window.devicePixelRatio || 1;
    fit(this.boxes, this.width, this.height, dpr);
    fit(this.marks, this.width, this.height, dpr);
    fit(this.ruler, this.width, RULER_PX, dpr);
    fit(this.minimap, this.width, MINIMAP_PX, dpr);
    this.invalidate("minimap");
  }

  invalidate(what: "boxes" | "marks" | "minimap"): void {
    this.stale.marks = true;
    if (what !== "marks") this.stale.boxes = true;
    if (what === "minimap") this.stale.minimap = true;
    if (!this.frame) this.frame = requestAnimationFrame((now) => this.paint(now));
  }

  /** Draws the boxes once, now; the bench measures this. */
  drawBoxes(view: Viewport): DrawStats {
    const context = context2d(this.boxes);
    const dpr = window.devicePixelRatio || 1;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.boxes.width, this.boxes.height);
    return this.painter.draw(context, this.layout, view, { ...this.style, font: this.font(12) }, dpr);
  }

  /** Waits for the drawing commands to be carried out (reading a pixel forces it). */
  flushBoxes(): number {
    return context2d(this.boxes).getImageData(0, 0, 1, 1).data[3];
  }

  paintNow(): void {
    cancelAnimationFrame(this.frame);
    this.paint(performance.now());
  }

  private paint(now: number): void {
    this.frame = 0;
    if (this.animation) this.animate(now);
    if (this.stale.minimap) this.drawMinimap();
    if (this.stale.boxes) {
      this.lastStats = this.drawBoxes(this.viewport());
      this.drawRuler();
      this.placeRange();
    }
    if (this.stale.marks) this.drawMarks();
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

  /** Shows x0..x1 (µs), as far as there is something. */
  show(x0: number, x1: number, animated = false): void {
    const whole = this.layout.widthUs || 1;
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
  }

  zoomTo(box: number): void {
    this.focus = box;
    this.show(this.layout.x0[box], this.layout.x1[box], true);
    this.scrollToRow(this.layout.row[box]);
    this.events.zoom(box);
  }

  reset(): void {
    this.focus = 0;
    this.show(0, this.layout.widthUs, true);
    this.events.zoom(0);
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
    let box = this.focus;
    while (box > 0 && (this.layout.x0[box] > x0 + slack || this.layout.x1[box] < x1 - slack)) box = this.layout.parent[box];
    if (box !== this.focus) {
      this.focus = box;
      this.events.zoom(box);
    }
  }

  select(box: number): void {
    this.selected = box;
    this.invalidate("marks");
    this.events.select(box);
  }

  /** Scrolls and, when the box is out of view or too narrow to see, zooms to its caller. */
  reveal(box: number): void {
    const [x0, x1] = this.target();
    const { layout } = this;
    const px = ((layout.x1[box] - layout.x0[box]) / (x1 - x0)) * this.width;
    if (layout.x1[box] <= x0 || layout.x0[box] >= x1 || px < 4) {
      let above = layout.parent[box] < 0 ? box : layout.parent[box];
      // A narrow child of a wide caller needs more than the caller's width.
      if (((layout.x1[box] - layout.x0[box]) / (layout.x1[above] - layout.x0[above])) * this.width < 4) above = box;
      this.focus = above;
      this.show(layout.x0[above], layout.x1[above], true);
      this.events.zoom(above);
    }
    this.scrollToRow(layout.row[box]);
  }

  private scrollToRow(row: number): void {
    const top = this.scroller.scrollTop;
    const y = row * ROW_PX;
    if (y < top + ROW_PX) this.scroller.scrollTop = Math.max(y - 2 * ROW_PX, 0);
    else if (y + 3 * ROW_PX > top + this.height) this.scroller.scrollTop = y - this.height * 0.5;
  }

  /** The box under a pointer, or -1. */
  hit(clientX: number, clientY: number): number {
    const rect = this.scroller.getBoundingClientRect();
    const x = clientX - rect.left;
    const y = clientY - rect.top;
    if (x < 0 || y < 0 || x >= this.width || y >= this.height) return -1;
    const at = this.x0 + ((this.x1 - this.x0) * x) / this.width;
    return boxAt(this.layout, Math.floor((y + this.scroller.scrollTop) / ROW_PX), at);
  }

  hover(box: number, clientX: number, clientY: number): void {
    if (box !== this.hovered) {
      this.hovered = box;
      this.invalidate("marks");
    }
    this.events.hover(box, clientX, clientY);
  }

  private font(px: number): string {
    const dpr = window.devicePixelRatio || 1;
    return `${px * dpr}px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif`;
  }

  private drawMarks(): void {
    const context = context2d(this.marks);
    const dpr = window.devicePixelRatio || 1;
    context.setTransform(dpr, 0, 0, dpr, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    const outline = (box: number, color: string, thick: number) => {
      if (box < 0) return;
      const px = this.width / (this.x1 - this.x0);
      const left = Math.max((this.layout.x0[box] - this.x0) * px, -4);
      const right = Math.min((this.layout.x1[box] - this.x0) * px, this.width + 4);
      const y = this.layout.row[box] * ROW_PX - this.scroller.scrollTop;
      if (right < 0 || left > this.width || y > this.height || y < -ROW_PX) return;
      context.strokeStyle = color;
      context.lineWidth = thick;
      const inset = thick / 2;
      context.strokeRect(left + inset, y + inset, Math.max(right - left - 1 - thick, 1), ROW_PX - 1 - thick);
    };
    outline(this.hovered, this.colors.text, 1.25);
    if (this.selected >= 0) {
      outline(this.selected, this.colors.background, 4);
      outline(this.selected, this.colors.text, 2.5);
    }
  }

  private drawRuler(): void {
    const context = context2d(this.ruler);
    const dpr = window.devicePixelRatio || 1;
    context.setTransform(dpr, 0, 0, dpr, 0, 0);
    context.clearRect(0, 0, this.width, RULER_PX);
    context.font = this.font(11).replace(/^[\d.]+/, "11");
    context.textBaseline = "middle";
    const step = niceStep((this.x1 - this.x0) / Math.max(this.width / 120, 1));
    const px = this.width / (this.x1 - this.x0);
    for (let k = Math.ceil(this.x0 / step); k * step <= this.x1; k++) {
      const x = Math.round((k * step - this.x0) * px);
      context.fillStyle = this.colors.line;
      context.fillRect(x, RULER_PX - 7, 1, 7);
      context.fillStyle = this.colors.muted;
      const text = k === 0 ? "0" : duration(k * step).replace(/\.0+ /, " ").replace(/(\.\d*?)0+ /, "$1 ");
      if (x + 4 + context.measureText(text).width < this.width) context.fillText(text, x + 4, RULER_PX / 2 - 1);
    }
  }

  private drawMinimap(): void {
    const context = context2d(this.minimap);
    const dpr = window.devicePixelRatio || 1;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.minimap.width, this.minimap.height);
    const rowHeight = Math.min(Math.max(MINIMAP_PX / Math.max(this.rows, 1), 1), 5);
    const view = { x0: 0, x1: this.layout.widthUs || 1, top: 0, width: this.width, height: MINIMAP_PX, rowHeight };
    this.painter.draw(context, this.layout, view, { ...this.style, label: null, stripes: [] }, dpr);
  }

  private placeRange(): void {
    const whole = this.layout.widthUs || 1;
    const full = this.x0 <= 0 && this.x1 >= whole;
    this.range.hidden = full;
    this.range.style.left = `${(100 * this.x0) / whole}%`;
    this.range.style.width = `${(100 * (this.x1 - this.x0)) / whole}%`;
  }

  /** Boxes from the root to the zoomed one. */
  breadcrumbs(): number[] {
    return pathTo(this.layout, this.focus);
  }
}

function context2d(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this page's browser has no 2D canvas");
  return context;
}

function fit(canvas: HTMLCanvasElement, width: number, height: number, dpr: number): void {
  const w = Math.max(Math.round(width * dpr), 1);
  const tall = Math.max(Math.round(height * dpr), 1);
  if (canvas.width !== w) canvas.width = w;
  if (canvas.height !== tall) canvas.height = tall;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
}

function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1e-6)));
  for (const factor of [1, 2, 5]) if (power * factor >= least) return power * factor;
  return power * 10;
}
