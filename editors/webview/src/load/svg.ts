const SVG = "http://www.w3.org/2000/svg";

type Attributes = Record<string, string | number | null>;

/** Makes an element of a drawing; text is always text. Looks come from classes: the page's policy forbids style attributes. */
export function s(tag: string, attributes: Attributes = {}, ...children: (Element | string | null | false)[]): SVGElement {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null) element.setAttribute(name, typeof value === "number" ? String(Math.round(value * 100) / 100) : value);
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

/** The path through points; a null lifts the pen. */
export function line(points: readonly (readonly [x: number, y: number] | null)[]): string {
  let path = "";
  let isDown = false;
  for (const point of points) {
    if (point) path += `${isDown ? "L" : "M"}${point[0].toFixed(1)} ${point[1].toFixed(1)}`;
    isDown = point !== null;
  }
  return path;
}

/** From a value to its place in px. */
export type Scale = (value: number) => number;

export function linear(from: number, to: number, px0: number, px1: number): Scale {
  const by = to > from ? (px1 - px0) / (to - from) : 0;
  return (value) => px0 + (value - from) * by;
}

/** Values below `from` are put at its place: a logarithm knows no zero. */
export function logarithmic(from: number, to: number, px0: number, px1: number): Scale {
  const by = to > from ? (px1 - px0) / Math.log(to / from) : 0;
  return (value) => px0 + Math.log(Math.max(value, from) / from) * by;
}

let context: CanvasRenderingContext2D | null | undefined;
let fontFamily = "";

/** Width of a text of the charts, in px. */
export function textWidth(text: string): number {
  context ??= document.createElement("canvas").getContext("2d");
  const family = getComputedStyle(document.body).fontFamily;
  if (context && family !== fontFamily) {
    fontFamily = family;
    context.font = `11px ${family}`;
  }
  return context ? context.measureText(text).width : 7 * text.length;
}

/** Where a chart draws its data, px. */
export interface Area {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export interface Tick {
  value: number;
  text: string;
}

/** Room that the labels of a vertical axis need. */
export function roomFor(ticks: readonly Tick[]): number {
  return Math.ceil(Math.max(24, ...ticks.map(({ text }) => textWidth(text)))) + 10;
}

/** Lines across the area with labels at the left. */
export function verticalAxis(area: Area, scale: Scale, ticks: readonly Tick[]): SVGElement {
  const axis = s("g", { class: "axis" });
  for (const { value, text } of ticks) {
    const y = scale(value);
    if (y < area.top - 0.5 || y > area.bottom + 0.5) continue;
    axis.append(s("line", { class: "grid", x1: area.left, x2: area.right, y1: y, y2: y }), s("text", { x: area.left - 6, y: y + 4, "text-anchor": "end" }, text));
  }
  return axis;
}

/** The line below the area with ticks; labels that would touch their neighbour are left out. */
export function horizontalAxis(area: Area, scale: Scale, ticks: readonly Tick[]): SVGElement {
  const axis = s("g", { class: "axis" }, s("line", { class: "base", x1: area.left, x2: area.right, y1: area.bottom, y2: area.bottom }));
  let free = -Infinity;
  for (const { value, text } of ticks) {
    const x = scale(value);
    if (x < area.left - 0.5 || x > area.right + 0.5) continue;
    const half = textWidth(text) / 2;
    // A label at the edge moves inwards rather than out of the drawing.
    const middle = Math.min(Math.max(x, half), area.right + EDGE - half);
    axis.append(s("line", { class: "tick", x1: x, x2: x, y1: area.bottom, y2: area.bottom + 4 }));
    if (middle - half < free) continue;
    free = middle + half + 8;
    axis.append(s("text", { x: middle, y: area.bottom + 17, "text-anchor": "middle" }, text));
  }
  return axis;
}

/** Room right of the area, for labels at its edge. */
export const EDGE = 14;

/** A title above a vertical axis. */
export function axisTitle(area: Area, text: string): SVGElement {
  return s("text", { class: "axis-title", x: 0, y: area.top - 8 }, text);
}

export interface Placed {
  x: number;
  row: number;
  text: string;
}

/** Labels at given places, each in the first row where it has room beside those already there. */
export function inRows(labels: readonly { x: number; text: string }[], left: number, right: number): Placed[] {
  const ends: number[] = [];
  return labels.map(({ x, text }) => {
    const half = textWidth(text) / 2 + 3;
    const middle = Math.min(Math.max(x, left + half), right - half);
    let row = ends.findIndex((end) => middle - half >= end);
    if (row < 0) row = ends.length;
    ends[row] = middle + half;
    return { x: middle, row, text };
  });
}
