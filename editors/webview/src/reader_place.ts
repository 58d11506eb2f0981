import { boxAs, boxAt, isMerged, widestHighlighted, widestOf, widestOnPath, type Box, type PlacedBoxes } from "./boxes";
import type { Graph } from "./graph";
import type { FlameState } from "./view_state";
import type { FrameInfo, Hit } from "./wire";

/** Longer paths are not kept: recursion can make them very long. */
const MOST_KEPT_PATH = 300;
/** What is shown at each side of a match that is too narrow to be seen from afar, in widths of it. */
const MARGIN = 4;

type Kept = Pick<FlameState, "view" | "scrollTop" | "zoomed" | "selected">;

/**
 * Where the reader is in a flamegraph, and where they go when the next one is here: boxes have other places there, so a
 * box is known by the functions that lead to it.
 */
export class ReaderPlace {
  private arrival: ((boxes: PlacedBoxes) => void) | null = null;
  private restoring: Kept | null = null;
  /** What is done when sharper boxes are here. */
  private closer: ((boxes: PlacedBoxes) => void) | null = null;

  constructor(private readonly graph: Graph) {}

  get isGoing(): boolean {
    return this.arrival !== null;
  }

  /** The flamegraph that was waited for is here. */
  arrive(boxes: PlacedBoxes): void {
    const { arrival } = this;
    this.arrival = null;
    this.restoring = null;
    this.closer = null;
    arrival?.(boxes);
  }

  /** Sharper boxes of the view are here. */
  comeCloser(boxes: PlacedBoxes): void {
    const { closer } = this;
    this.closer = null;
    closer?.(boxes);
  }

  /** Zooms to where something is too narrow to be here, and goes on when it is. */
  private approach(x0: number, x1: number, closer: (boxes: PlacedBoxes) => void): void {
    this.graph.show(x0, x1);
    this.graph.refocus();
    this.closer = closer;
  }

  /** Functions from below the root to a box. */
  pathTo(box: Box | null): number[] {
    if (!box) return [];
    const path = this.graph.pathOf(box);
    return path.slice(1, MOST_KEPT_PATH + 1).map(({ frame }) => frame?.id ?? -1);
  }

  go(box: Box): void {
    this.graph.select(box);
    this.graph.reveal(box);
  }

  /** Next, selects the same stack if it is there. Where `reveals`, goes there, or where its function is when the stack is too narrow to be here. */
  keepStack(reveals: boolean): void {
    const { selected } = this.graph;
    if (!selected?.frame) return;
    const { id } = selected.frame;
    const path = this.pathTo(selected);
    this.arrival = (boxes) => {
      const place = widestOnPath(boxes, path);
      const merged = place < 0 && reveals ? widestHighlighted(boxes) : -1;
      if (merged < 0) {
        this.select(boxes, place, reveals);
        return;
      }
      this.approach(boxes.x0[merged], boxes.x1[merged], (sharper) => {
        const same = widestOnPath(sharper, path);
        this.select(sharper, same < 0 ? widestOf(sharper, id) : same, true);
      });
    };
  }

  /** Next, goes to the widest box of a function; `found` is told which. */
  goToFunction(id: number, found?: (frame: FrameInfo) => void): void {
    const go = (boxes: PlacedBoxes) => {
      const place = widestOf(boxes, id);
      const merged = place < 0 ? widestHighlighted(boxes) : -1;
      if (merged >= 0) this.approach(boxes.x0[merged], boxes.x1[merged], go);
      this.select(boxes, place, true);
      const frame = place > 0 ? boxAs(boxes, place).frame : null;
      if (frame) found?.(frame);
    };
    this.arrival = go;
  }

  /** Next, selects the function that callers and callees are of. */
  goToCenter(): void {
    this.arrival = (boxes) => {
      const center = boxes.rowStart[boxes.pivotRow];
      if (center < boxes.count) this.graph.select(boxAs(boxes, center));
      this.graph.scrollToRow(boxes.pivotRow);
    };
  }

  /** Goes to a hit now; false when it is not among the boxes here, and is gone to next. */
  goToHit(hit: Hit, isHere: boolean): boolean {
    const go = (boxes: PlacedBoxes) => {
      const place = boxAt(boxes, hit.row, (hit.x0 + hit.x1) / 2);
      if (place < 0) return false;
      const margin = (hit.x1 - hit.x0) * MARGIN;
      if (isMerged(boxes, place)) this.approach(hit.x0 - margin, hit.x1 + margin, go);
      else this.go(boxAs(boxes, place));
      return true;
    };
    if (isHere && [this.graph.boxes, this.graph.whole].some(go)) return true;
    this.arrival = go;
    return false;
  }

  kept(): Kept {
    // Until the boxes are here the reader is where they are going.
    if (this.restoring) return this.restoring;
    const { graph } = this;
    const whole = graph.whole.width || 1;
    const [x0, x1] = graph.target();
    return {
      view: [x0 / whole, x1 / whole],
      scrollTop: graph.scroller.scrollTop,
      zoomed: this.pathTo(graph.zoomed[graph.zoomed.length - 1] ?? null),
      selected: graph.selected && this.pathTo(graph.selected),
    };
  }

  /** Next, goes where the reader was. */
  restore({ view, scrollTop, zoomed, selected }: Kept): void {
    this.restoring = { view, scrollTop, zoomed, selected };
    this.arrival = (boxes) => {
      const { graph } = this;
      graph.show(view[0] * boxes.width, view[1] * boxes.width);
      const place = widestOnPath(boxes, zoomed);
      if (place >= 0) graph.setZoomed(graph.pathOf(boxAs(boxes, place)));
      graph.refocus();
      if (selected) this.select(boxes, widestOnPath(boxes, selected), false);
      graph.scroller.scrollTop = scrollTop;
    };
  }

  private select(boxes: PlacedBoxes, place: number, reveals: boolean): void {
    if (place < 0) return;
    const box = boxAs(boxes, place);
    if (reveals) this.go(box);
    else this.graph.select(box);
  }
}
