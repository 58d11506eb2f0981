// The boxes that a view asks for first, asked for before its page can.
import { firstRequest, leftHeavyWidth, SKETCH_PX, type FirstBoxes } from "../../webview/src/first_boxes";
import type { Boxes, BoxesRequest } from "../../webview/src/wire";
import type { Opened } from "./protocol";

/** Of an editor beside a side bar on a usual screen. */
const USUAL_WIDTH_PX = 1200;

export class FirstQuestions {
  private widthPx = USUAL_WIDTH_PX;

  /** Null when there is no answer: the page then asks itself, and hears why. */
  async ask({ overview }: Opened, answer: (request: BoxesRequest) => Promise<Boxes>): Promise<FirstBoxes | null> {
    const request = firstRequest(overview, this.widthPx / SKETCH_PX);
    try {
      return { request, boxes: await answer(request) };
    } catch {
      return null;
    }
  }

  /** A page asks for boxes itself: perhaps because it is wider than was thought. */
  asked({ overview }: Opened, { order, to, measure, hidden, minWidth }: BoxesRequest): void {
    if (order === "leftHeavy" && (to === null || to === undefined) && minWidth > 0) {
      this.widthPx = leftHeavyWidth(overview, measure, hidden) / minWidth;
    }
  }
}
