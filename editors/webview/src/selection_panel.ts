import { placeOfBox, type Box } from "./boxes";
import { detailsPanel, type DetailsActions } from "./details";
import { h, returnFocus } from "./dom";
import type { Shown } from "./figures";
import { amount, count, percent, points } from "./format";
import { nameOf, placeOf } from "./frame_info";
import type { Graph } from "./graph";
import type { ViewModel } from "./model";
import { Newest } from "./newest";
import type { Details, DetailsRequest, FrameInfo } from "./wire";

export interface SelectionEvents {
  failed(error: unknown, again: () => void): void;
  waiting(isWaiting: boolean): void;
}

/** The panel about the selected box, and the same in words for who does not see the graph. */
export class SelectionPanel {
  readonly element = h("aside", { class: "details", "aria-label": "Selected frame" });
  readonly live = h("div", { class: "offscreen", role: "status", "aria-live": "polite" });
  private box: Box | null = null;
  private details: Details | null = null;
  /** The function whose figures are here or on their way. */
  private asked: number | null = null;
  private readonly newest: Newest<DetailsRequest, Details>;

  constructor(
    model: ViewModel,
    private readonly actions: DetailsActions,
    private readonly shown: () => Shown & { inTime: boolean },
    events: SelectionEvents,
  ) {
    this.newest = new Newest((request) => model.details(request), {
      answer: (details) => {
        this.details = details;
        this.render();
      },
      failed: (error, request) => events.failed(error, () => this.newest.request(request)),
      waiting: (isWaiting) => events.waiting(isWaiting),
    });
  }

  show(box: Box | null, graph: Graph): void {
    this.box = box;
    const id = box?.frame?.id ?? null;
    const isSame = id === this.asked;
    if (!isSame) this.forget();
    this.render();
    if (!isSame) this.element.scrollTop = 0;
    this.live.textContent = box ? summary(this.shown(), box, graph) : "";
    if (isSame) return;
    this.asked = id;
    if (id === null) this.newest.cancel();
    else this.newest.request({ frame: id, measure: this.shown().measure });
  }

  /** Total of a function, when it is known here. */
  totalOf(frame: FrameInfo): number | undefined {
    return this.details?.frame.id === frame.id ? this.details.totalValue : undefined;
  }

  /** Figures are of something else now. */
  forget(): void {
    this.details = null;
    this.asked = null;
  }

  render(): void {
    const { box, details } = this;
    const focused = document.activeElement instanceof HTMLElement && this.element.contains(document.activeElement) ? document.activeElement.textContent : null;
    const shown = this.shown();
    this.element.replaceChildren(...detailsPanel(shown, { box, inTime: shown.inTime, details }, this.actions));
    if (focused === null) return;
    // The keyboard stays where it was when the rest of the figures arrives.
    returnFocus([...this.element.querySelectorAll<HTMLElement>("button, a")].find((element) => element.textContent === focused));
  }
}

/** A box in one sentence, with its place among its siblings. */
function summary({ opened, base, measure }: Shown, box: Box, graph: Graph): string {
  const { boxes } = graph;
  const at = placeOfBox(boxes, box);
  const parent = at < 0 ? -1 : boxes.parent[at];
  const isBetween = parent >= 0 && boxes.row[at] < boxes.pivotRow && boxes.row[parent] === boxes.pivotRow;
  const [start, end] = isBetween ? [boxes.rowStart[box.row], boxes.rowStart[box.row + 1]] : parent < 0 ? [at, at + 1] : [boxes.childStart[parent], boxes.childEnd[parent]];
  const siblings = at < 0 ? "" : `${count(at - start + 1)} of ${count(end - start)} ${box.isCaller ? "callers" : "siblings"}`;
  const isIdle = box.frame?.category === "idle" && base.excludesIdle;
  const share = (value: number) => (isIdle ? amount(value, measure) : percent(value, base.value));
  const parts = [
    nameOf(box.frame),
    placeOf(box.frame, opened.root),
    box.isCaller ? `through it ${share(box.total)}` : `self ${share(box.self)}, total ${share(box.total)}`,
    amount(box.total, measure),
    box.before === null ? "" : `before ${share(box.before)}, ${points(box.total - box.before, base.value)}`,
    `level ${Math.abs(box.row - boxes.pivotRow)}`,
    siblings,
    `${count(box.children)} ${box.isCaller ? "callers" : "callees"}${boxes.leftOut ? " drawn" : ""}`,
  ];
  return parts.filter(Boolean).join(", ");
}
