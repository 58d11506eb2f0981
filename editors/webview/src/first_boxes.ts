// What a view asks first of a profile, as a function of its overview: a host asks it beforehand and sends the answer with the profile.
import type { Boxes, BoxesRequest, Category, Measure, Overview } from "./wire";

/** A question for boxes that was asked before the view could: the first picture, perhaps coarser than the ones that follow. */
export interface FirstBoxes {
  request: BoxesRequest;
  boxes: Boxes;
}

/**
 * How much coarser than the screen the first boxes are. What has no place at this width is a hair on the screen, and sending it takes
 * longer than anything else: of 100,000 frames in 1200 pixels, 80 KB instead of 420.
 */
export const SKETCH_PX = 2;
/** For a view that is wider than was thought. */
const COARSEST_SKETCH = 3 * SKETCH_PX;
/** Idle beyond this share would leave no room for the code: it starts hidden. */
const MOST_IDLE = 0.4;

export function initialMeasure({ hasCpu }: Overview): Measure {
  return hasCpu ? "cpu" : "allocated";
}

export function initiallyHidden({ idleUs, wholeUs }: Overview): Category[] {
  return idleUs > wholeUs * MOST_IDLE && idleUs < wholeUs ? ["idle"] : [];
}

/** How wide a left-heavy flamegraph is at most. */
export function leftHeavyWidth({ wholeUs, idleUs, allocatedBytes }: Overview, measure: Measure, hidden: Category[]): number {
  if (measure === "allocated") return allocatedBytes ?? 0;
  return wholeUs - (hidden.includes("idle") ? idleUs : 0);
}

/** The question of a view that is `widthPx` wide and keeps no state. */
export function firstRequest(overview: Overview, widthPx: number): BoxesRequest {
  const [measure, hidden] = [initialMeasure(overview), initiallyHidden(overview)];
  const minWidth = leftHeavyWidth(overview, measure, hidden) / Math.max(widthPx, 1);
  return { order: "leftHeavy", frame: null, hidden, measure, from: 0, to: null, minWidth, query: null, highlight: null };
}

/** Whether the answer to `asked` can be shown until `wanted` is answered: it is of the same boxes, and not much coarser. */
export function isSketchOf(asked: BoxesRequest, wanted: BoxesRequest): boolean {
  const rest = (request: BoxesRequest) => JSON.stringify({ ...request, minWidth: 0 });
  return asked.minWidth <= wanted.minWidth * COARSEST_SKETCH && rest(asked) === rest(wanted);
}
