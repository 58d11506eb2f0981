import { canvasFont, cleared } from "./canvas";
import type { Viewport } from "./draw";
import { amount } from "./format";
import type { Measure } from "./wire";

export const RULER_PX = 22;
const LABEL_EVERY_PX = 120;

/** Draws the scale above the boxes. */
export function drawRuler(canvas: HTMLCanvasElement, view: Viewport, measure: Measure, colors: { line: string; muted: string }): void {
  const context = cleared(canvas, view.width, RULER_PX);
  context.font = canvasFont(11);
  context.textBaseline = "middle";
  const span = view.x1 - view.x0;
  if (!(span > 0)) return;
  const step = niceStep(span / Math.max(view.width / LABEL_EVERY_PX, 1), measure === "cpu" ? 10 : 2);
  const px = view.width / span;
  for (let k = Math.ceil(view.x0 / step); k * step <= view.x1; k++) {
    const x = Math.round((k * step - view.x0) * px);
    context.fillStyle = colors.line;
    context.fillRect(x, RULER_PX - 7, 1, 7);
    context.fillStyle = colors.muted;
    const text = k === 0 ? "0" : amount(k * step, measure).replace(/\.0+ /, " ").replace(/(\.\d*?)0+ /, "$1 ");
    if (x + 4 + context.measureText(text).width < view.width) context.fillText(text, x + 4, RULER_PX / 2 - 1);
  }
}

/** The next round number: 1, 2 or 5 times a power of ten, or a power of two. */
function niceStep(least: number, base: 10 | 2): number {
  if (base === 2) return 2 ** Math.ceil(Math.log2(Math.max(least, 1)));
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1e-6)));
  for (const factor of [1, 2, 5]) if (power * factor >= least) return power * factor;
  return power * 10;
}
