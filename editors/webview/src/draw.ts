import { firstRightOf, isMerged, type PlacedBoxes } from "./boxes";
import { TextMeasure } from "./text";

/** What part of a flamegraph is shown where; x as in the boxes, the rest in CSS pixels. */
export interface Viewport {
  x0: number;
  x1: number;
  /** Scrolled away at the top. */
  top: number;
  width: number;
  height: number;
  rowHeight: number;
}

/** How boxes look; `keys[box]` selects fill and text colour. */
export interface Style {
  keys: Uint8Array;
  fills: string[];
  inks: string[];
  /** Keys from this one up are matches: drawn even when tiny. */
  firstMatchKey: number;
  /** Stripe colour per tier, "" for none; empty list for no stripes. */
  stripes: string[];
  /** Name and location of a box's frame; null for no labels at all. */
  label: ((box: number) => string) | null;
  detail: (box: number) => string;
  font: string;
}

export interface DrawStats {
  visited: number;
  rects: number;
  labels: number;
}

/** Narrower than this (CSS px) a box is merged with its neighbours, or left out when alone. */
const TINY_PX = 0.3;
const LABEL_MIN_PX = 26;
const PADDING_PX = 5;
const STRIPE_PX = 2;
const STRIPE_MIN_PX = 5;
/** Keys of the stripes, after those of the fills. */
const STRIPE_KEY = 200;

/** Draws boxes: rectangles are gathered by colour first, then filled colour by colour. */
export class Painter {
  private readonly measure = new TextMeasure();
  private x = new Float32Array(4096);
  private y = new Float32Array(4096);
  private w = new Float32Array(4096);
  private h = new Float32Array(4096);
  private next = new Int32Array(4096);
  private readonly head = new Int32Array(256);
  private used = 0;

  draw(
    context: CanvasRenderingContext2D,
    boxes: PlacedBoxes,
    view: Viewport,
    style: Style,
    dpr: number,
  ): DrawStats {
    const stats: DrawStats = { visited: 0, rects: 0, labels: 0 };
    const width = Math.round(view.width * dpr);
    const span = view.x1 - view.x0;
    context.setTransform(1, 0, 0, 1, 0, 0);
    if (!(span > 0) || width === 0) return stats;
    const scale = width / span;
    const tiny = TINY_PX * dpr;
    const line = Math.max(1, Math.round(dpr * 0.6));
    const rows = boxes.rows;
    const firstRow = Math.max(0, Math.floor(view.top / view.rowHeight));
    const lastRow = Math.min(rows - 1, Math.floor((view.top + view.height) / view.rowHeight));
    this.used = 0;
    this.head.fill(-1);
    const labelled: number[] = [];

    for (let row = firstRow; row <= lastRow; row++) {
      const top = Math.round((row * view.rowHeight - view.top) * dpr);
      const bottom = Math.round(((row + 1) * view.rowHeight - view.top) * dpr);
      const height = bottom - top > 2 * line ? bottom - top - line : Math.max(bottom - top, 1);
      const end = boxes.rowStart[row + 1];
      // A run of tiny boxes: its edges, the key of its widest box, its match's key.
      let runFrom = 0;
      let runTo = -1;
      let runKey = 0;
      let runWidest = 0;
      let runMatch = -1;
      const flush = () => {
        if (runTo < 0) return;
        if (runTo - runFrom >= tiny || runMatch >= 0) {
          const from = Math.floor(runFrom);
          this.add(from, top, Math.max(Math.ceil(runTo) - from, 1), height, runMatch >= 0 ? runMatch : runKey);
        }
        runTo = -1;
      };

      for (let box = firstRightOf(boxes, row, view.x0); box < end; box++) {
        const left = (boxes.x0[box] - view.x0) * scale;
        if (left >= width) break;
        stats.visited++;
        const right = (boxes.x1[box] - view.x0) * scale;
        const key = style.keys[box];
        if (right - left < tiny) {
          if (runTo >= 0 && (left - runTo > 1 || right - runFrom > 4)) flush();
          if (runTo < 0) {
            runFrom = left;
            runWidest = 0;
            runMatch = -1;
          }
          runTo = right;
          if (right - left >= runWidest) {
            runWidest = right - left;
            runKey = key;
          }
          if (key >= style.firstMatchKey) runMatch = key;
          continue;
        }
        flush();
        const from = Math.max(Math.round(left), -4);
        const to = Math.min(Math.max(Math.round(right), from + 1), width + 4);
        const standsAlone = !isMerged(boxes, box);
        const gap = standsAlone && to - from >= 3 * line ? line : 0;
        this.add(from, top, to - from - gap, height, key);
        if (!standsAlone) continue;
        if (style.stripes.length && to - from >= STRIPE_MIN_PX * dpr) this.stripe(boxes, box, from, to - gap, top + height, dpr, style);
        if (style.label && Math.min(to, width) - Math.max(from, 0) >= LABEL_MIN_PX * dpr) labelled.push(box, top, from, to);
      }
      flush();
    }

    stats.rects = this.used;
    for (let key = 0; key < this.head.length; key++) {
      if (this.head[key] < 0) continue;
      context.fillStyle = key >= STRIPE_KEY ? style.stripes[key - STRIPE_KEY] : style.fills[key];
      for (let i = this.head[key]; i >= 0; i = this.next[i]) context.fillRect(this.x[i], this.y[i], this.w[i], this.h[i]);
    }
    if (style.label) stats.labels = this.labels(context, labelled, view, style, dpr, width);
    return stats;
  }

  private stripe(boxes: PlacedBoxes, box: number, from: number, to: number, bottom: number, dpr: number, style: Style): void {
    const tiers = style.stripes.length;
    const all = boxes.total[box];
    if (!(all > 0)) return;
    const height = Math.round(STRIPE_PX * dpr);
    let x = from;
    for (let t = 0; t < tiers; t++) {
      const us = boxes.tiers[box * tiers + t];
      if (us <= 0 || !style.stripes[t]) continue;
      const w = Math.min(Math.round(((to - from) * us) / all), to - x);
      if (w > 0) this.add(x, bottom - height, w, height, STRIPE_KEY + t);
      x += w;
    }
  }

  private labels(
    context: CanvasRenderingContext2D,
    labelled: number[],
    view: Viewport,
    style: Style,
    dpr: number,
    width: number,
  ): number {
    this.measure.use(context, style.font);
    context.textBaseline = "middle";
    context.direction = "ltr";
    const pad = PADDING_PX * dpr;
    const middle = ((view.rowHeight - 1.5) / 2) * dpr;
    let ink = "";
    let drawn = 0;
    for (let i = 0; i < labelled.length; i += 4) {
      const box = labelled[i];
      const x = Math.max(labelled[i + 2], 0) + pad;
      const room = Math.min(labelled[i + 3], width) - pad * 0.6 - x;
      const name = (style.label as (box: number) => string)(box);
      const text = this.measure.fit(context, name, room);
      if (!text) continue;
      const color = style.inks[style.keys[box]];
      if (color !== ink) context.fillStyle = ink = color;
      const y = labelled[i + 1] + middle;
      context.fillText(text, x, y);
      drawn++;
      if (text.length !== name.length) continue;
      const used = this.measure.width(context, name) + pad * 1.6;
      if (room - used < 60 * dpr) continue;
      const detail = style.detail(box);
      if (!detail || this.measure.width(context, detail) > room - used) continue;
      context.globalAlpha = 0.62;
      context.fillText(detail, x + used, y);
      context.globalAlpha = 1;
      drawn++;
    }
    return drawn;
  }

  private add(x: number, y: number, w: number, h: number, key: number): void {
    const i = this.used++;
    if (i === this.x.length) this.grow();
    this.x[i] = x;
    this.y[i] = y;
    this.w[i] = w;
    this.h[i] = h;
    this.next[i] = this.head[key];
    this.head[key] = i;
  }

  private grow(): void {
    const bigger = (old: Float32Array<ArrayBuffer>) => {
      const out = new Float32Array(old.length * 2);
      out.set(old);
      return out;
    };
    this.x = bigger(this.x);
    this.y = bigger(this.y);
    this.w = bigger(this.w);
    this.h = bigger(this.h);
    const next = new Int32Array(this.next.length * 2);
    next.set(this.next);
    this.next = next;
  }
}
