import { h } from "./dom";
import type { Shown } from "./figures";
import { percent } from "./format";
import { nameOf } from "./frame_info";
import type { ViewModel } from "./model";
import { Newest } from "./newest";
import type { SelectionEvents } from "./selection_panel";
import type { Details, DetailsRequest, FrameInfo } from "./wire";

/** One line of text about the function below the editor's cursor. */
export class CursorLine {
  readonly element = h("p", { class: "cursor-line", hidden: true });
  frame: FrameInfo | null = null;
  private details: Details | null = null;
  private readonly newest: Newest<DetailsRequest, Details>;

  constructor(
    model: ViewModel,
    private readonly shown: () => Shown,
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

  show(frame: FrameInfo | null): void {
    this.frame = frame;
    this.details = null;
    this.render();
    if (frame) this.newest.request({ frame: frame.id, measure: this.shown().measure });
    else this.newest.cancel();
  }

  render(): void {
    const { frame, details } = this;
    this.element.hidden = !frame;
    if (!frame) return;
    const { base } = this.shown();
    const figures = details ? ` \u2014 self ${percent(details.selfValue, base.value)}, total ${percent(details.totalValue, base.value)}` : "";
    this.element.replaceChildren(h("span", { class: "cursor-key", "aria-hidden": "true" }), `cursor: ${nameOf(frame)}${figures}`);
  }
}
