import { HIGHLIGHTED, isMerged, type Box, type PlacedBoxes } from "./boxes";
import { cleared } from "./canvas";
import type { Viewport } from "./draw";

export interface MarkColors {
  text: string;
  background: string;
  /** Outline of the function below the editor's cursor. */
  cursor: string;
}

export interface Marked {
  hovered: Box | null;
  selected: Box | null;
  /** The function that is outlined wherever it is. */
  outlined: number | null;
  /** The function that the boxes' marks are of. */
  highlighted: number | null;
}

/** Narrower than this an outline would hide its box. */
const NARROW_PX = 8;

/** Outlines over the boxes. */
export class Marks {
  private places = new WeakMap<PlacedBoxes, { of: number; isHighlighted: boolean; boxes: number[] }>();

  draw(canvas: HTMLCanvasElement, view: Viewport, boxes: PlacedBoxes, { hovered, selected, outlined, highlighted }: Marked, colors: MarkColors): void {
    const context = cleared(canvas, view.width, view.height);
    const px = view.width / (view.x1 - view.x0);
    const outline = (row: number, x0: number, x1: number, color: string, thick: number) => {
      const left = Math.max((x0 - view.x0) * px, -4);
      const right = Math.min((x1 - view.x0) * px, view.width + 4);
      const y = row * view.rowHeight - view.top;
      if (right < 0 || left > view.width || y > view.height || y < -view.rowHeight) return;
      context.strokeStyle = color;
      context.lineWidth = thick;
      const inset = thick / 2;
      context.strokeRect(left + inset, y + inset, Math.max(right - left - 1 - thick, 1), view.rowHeight - 1 - thick);
    };
    for (const box of this.placesOf(boxes, outlined, outlined === highlighted)) {
      const isNarrow = (boxes.x1[box] - boxes.x0[box]) * px < NARROW_PX;
      if (!isNarrow) outline(boxes.row[box], boxes.x0[box], boxes.x1[box], colors.background, 4);
      outline(boxes.row[box], boxes.x0[box], boxes.x1[box], colors.cursor, isNarrow ? 1 : 2.5);
    }
    if (hovered) outline(hovered.row, hovered.x0, hovered.x1, colors.text, 1.25);
    if (!selected) return;
    outline(selected.row, selected.x0, selected.x1, colors.background, 4);
    outline(selected.row, selected.x0, selected.x1, colors.text, 2.5);
  }

  private placesOf(boxes: PlacedBoxes, outlined: number | null, isHighlighted: boolean): number[] {
    if (outlined === null) return [];
    const known = this.places.get(boxes);
    if (known?.of === outlined && known.isHighlighted === isHighlighted) return known.boxes;
    const isOutlined = Uint8Array.from(boxes.frames, (frame) => (frame.id === outlined ? 1 : 0));
    const found: number[] = [];
    for (let box = 0; box < boxes.count; box++) {
      // Who is in a merged box is known by the marks only.
      if (isMerged(boxes, box) ? isHighlighted && boxes.mark[box] & HIGHLIGHTED : boxes.frame[box] >= 0 && isOutlined[boxes.frame[box]]) found.push(box);
    }
    this.places.set(boxes, { of: outlined, isHighlighted, boxes: found });
    return found;
  }
}
