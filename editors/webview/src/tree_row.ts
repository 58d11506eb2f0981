import { h } from "./dom";
import type { Row } from "./wire";

/** Of the first levels; deeper ones are told apart by less, so that room is left for names. */
const INDENT_PX = 16;
const WIDE_INDENTS = 6;
const DEEP_INDENT_PX = 2;

/** How far right a row's name begins: half of its column at most. */
export function indentOf(depth: number): string {
  const px = Math.min(depth, WIDE_INDENTS) * INDENT_PX + Math.max(depth - WIDE_INDENTS, 0) * DEEP_INDENT_PX;
  return `min(${px}px, 45%)`;
}

export interface RowActionsOf {
  showInGraph(frame: number): void;
  /** Null where there is no editor whose percentages could follow. */
  focus: ((frame: number) => void) | null;
}

/** The buttons of the row below the pointer. Keys do the same: these are for the pointer only. */
export class RowActions {
  private readonly element = h("span", { class: "tree-actions", "aria-hidden": "true" });

  /** `rowAt` tells the row that an element belongs to. */
  constructor({ showInGraph, focus }: RowActionsOf, rowAt: (target: EventTarget | null) => Row | null) {
    const add = (text: string, title: string, run: (frame: number) => void) => {
      const act = (event: MouseEvent) => {
        const row = rowAt(event.target);
        if (row) run(row.frame.id);
      };
      this.element.append(h("button", { class: "tree-action", tabindex: -1, title, onclick: act }, text));
    };
    add("Graph", "Show in the flamegraph (G)", showInGraph);
    if (focus) add("Focus", "Percentages in the editor of stacks through this function only (F)", focus);
  }

  /** Puts the buttons over a cell; null takes them away. */
  offerIn(cell: Element | null | undefined): void {
    if (!cell) this.element.remove();
    else if (this.element.parentElement !== cell) cell.append(this.element);
  }
}
