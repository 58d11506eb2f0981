import { h } from "./dom";
import type { TableColumn } from "./table_columns";

/** As in `aria-sort`; `other`: by size, whatever the direction. */
export type SortDirection = "ascending" | "descending" | "other";

export interface TreeHeadActions {
  sort(column: TableColumn): void;
  /** To the rows. */
  leave(): void;
}

/** The headings of a table: buttons that sort, one tab stop for all. */
export class TreeHead {
  readonly element = h("div", { class: "tree-head", role: "row", "aria-rowindex": 1 });
  private columns: TableColumn[] = [];

  constructor(private readonly actions: TreeHeadActions) {
    this.element.addEventListener("keydown", (event) => this.key(event));
  }

  /** `placeOf`: a column's place among all there are, from 1. */
  setColumns(columns: TableColumn[], placeOf: (column: TableColumn) => number): void {
    const focused = this.element.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset.column : undefined;
    this.columns = columns;
    this.element.replaceChildren(
      ...columns.map((column, i) => {
        const button = h("button", { class: "tree-sort", tabindex: i === 0 ? 0 : -1, title: column.about, "data-column": column.id }, column.title);
        button.addEventListener("click", () => this.actions.sort(column));
        const classes = `tree-cell ${column.numeric ? "number" : ""}`;
        return h("div", { class: classes, role: "columnheader", "aria-colindex": placeOf(column), "aria-sort": "none" }, button);
      }),
    );
    if (focused) this.focus(columns.findIndex((column) => column.id === focused));
  }

  showSort(columnId: string, sorted: SortDirection): void {
    this.columns.forEach((column, i) => this.element.children[i].setAttribute("aria-sort", column.id === columnId ? sorted : "none"));
  }

  private key(event: KeyboardEvent): void {
    const at = [...this.element.children].findIndex((cell) => cell.contains(event.target as Node));
    const last = this.columns.length - 1;
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
    if (event.key === "ArrowDown") this.actions.leave();
    else if (to === undefined) return;
    else this.focus(Math.min(Math.max(to, 0), last));
    event.preventDefault();
    event.stopPropagation();
  }

  private focus(index: number): void {
    const buttons = [...this.element.querySelectorAll("button")];
    if (!buttons[index]) return;
    buttons.forEach((button, i) => (button.tabIndex = i === index ? 0 : -1));
    buttons[index].focus();
  }
}
