import type { DrawStats, Viewport } from "./draw";
import type { Graph } from "./graph";

export interface Spread {
  median: number;
  p95: number;
  max: number;
}

export interface BenchResult {
  boxes: number;
  rows: number;
  /** The whole graph from the top, with every box of the rows in view. */
  wholeMs: { draw: Spread; drawAndRaster: Spread };
  frames: number;
  canvas: string;
  /** Issuing the drawing commands, ms. */
  drawMs: Spread;
  /** The same until the pixels are there, ms. */
  drawAndRasterMs: Spread;
  mostRects: number;
  mostLabels: number;
  mostVisited: number;
}

/** Times drawing over zooms, pans and scrolls through the whole graph. */
export function bench(graph: Graph, frames = 240): BenchResult {
  const now = graph.viewport();
  const draw: number[] = [];
  const raster: number[] = [];
  const most: DrawStats = { visited: 0, rects: 0, labels: 0 };
  graph.drawBoxes(now);
  graph.flushBoxes();
  const measure = (view: Viewport, draw: number[], raster: number[]) => {
    const began = performance.now();
    const stats = graph.drawBoxes(view);
    const drawn = performance.now();
    graph.flushBoxes();
    raster.push(performance.now() - began);
    draw.push(drawn - began);
    most.rects = Math.max(most.rects, stats.rects);
    most.labels = Math.max(most.labels, stats.labels);
    most.visited = Math.max(most.visited, stats.visited);
  };
  for (let i = 0; i < frames; i++) measure(viewAt(graph, now, i / frames), draw, raster);
  const whole: number[][] = [[], []];
  for (let i = 0; i < 60; i++) measure({ ...now, x0: 0, x1: graph.whole.width, top: 0 }, whole[0], whole[1]);
  graph.invalidate("boxes");
  return {
    boxes: graph.whole.count,
    rows: graph.whole.rows,
    wholeMs: { draw: spread(whole[0]), drawAndRaster: spread(whole[1]) },
    frames,
    canvas: `${now.width}x${now.height}@${devicePixelRatio}`,
    drawMs: spread(draw),
    drawAndRasterMs: spread(raster),
    mostRects: most.rects,
    mostLabels: most.labels,
    mostVisited: most.visited,
  };
}

/** A quarter each: scrolling the whole, zooming in, panning zoomed, zooming out while scrolling. */
function viewAt(graph: Graph, now: Viewport, t: number): Viewport {
  const whole = graph.whole.width;
  // Rows far down hold a few deep stacks: stay where most boxes are.
  const { rowStart } = graph.whole;
  const busy = rowStart.findIndex((start) => start >= graph.whole.count * 0.9);
  const bottom = busy * now.rowHeight;
  const part = (t * 4) % 1;
  const deep = 0.001;
  const at = (span: number, center: number, top: number): Viewport => {
    const x0 = Math.min(Math.max(center * whole - (span * whole) / 2, 0), whole * (1 - span));
    return { ...now, x0, x1: x0 + span * whole, top };
  };
  if (t < 0.25) return at(1, 0.5, bottom * part);
  if (t < 0.5) return at(deep ** part, 0.37, 0);
  if (t < 0.75) return at(0.08, part, bottom * 0.2);
  return at(deep ** (1 - part), 0.2, bottom * part);
}

function spread(values: number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => Number(sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)].toFixed(2));
  return { median: at(0.5), p95: at(0.95), max: at(1) };
}
