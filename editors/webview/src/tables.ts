import { h } from "./dom";
import { count, duration, percent } from "./format";
import { printable } from "./frames";
import type { Base } from "./tooltip";

/** Rows shown at first and added by each "more". */
const PAGE = 50;

export interface Column<Row> {
  key: string;
  title: string;
  numeric: boolean;
  value(row: Row): string | number;
  cell(row: Row): Node | string;
}

/** A table sorted by a click on a heading; the first numeric column sorts at first. */
export class SortableTable<Row> {
  readonly element: HTMLElement;
  private sortBy: Column<Row>;
  private descending = true;
  private limit = PAGE;
  private readonly body = h("tbody");
  private readonly heads = new Map<Column<Row>, HTMLElement>();
  private readonly more = h("button", { class: "button more" });
  private sorted: Row[] = [];

  constructor(
    caption: string,
    private readonly columns: Column<Row>[],
    private rows: Row[],
    private keep: (row: Row) => boolean = () => true,
  ) {
    this.sortBy = columns.find((column) => column.numeric) ?? columns[0];
    const head = h("tr");
    for (const column of columns) {
      const button = h("button", { onclick: () => this.sort(column) }, column.title);
      const th = h("th", { scope: "col", class: column.numeric ? "number" : "" }, button);
      this.heads.set(column, th);
      head.append(th);
    }
    this.more.addEventListener("click", () => {
      this.limit += PAGE * 4;
      this.render();
    });
    this.element = h(
      "div",
      { class: "table" },
      h("div", { class: "table-scroll" }, h("table", {}, h("caption", { class: "offscreen" }, caption), h("thead", {}, head), this.body)),
      this.more,
    );
    this.order();
  }

  /** Shows only the rows that `keep` accepts. */
  filter(keep: (row: Row) => boolean): void {
    this.keep = keep;
    this.limit = PAGE;
    this.render();
  }

  /** Draws the rows again, e.g. after percentages changed. */
  render(): void {
    const kept = this.sorted.filter(this.keep);
    const shown = kept.slice(0, this.limit);
    this.body.replaceChildren(
      ...shown.map((row) =>
        h("tr", {}, ...this.columns.map((column) => h("td", { class: column.numeric ? "number" : column.key }, column.cell(row)))),
      ),
    );
    if (!kept.length) {
      this.body.append(h("tr", {}, h("td", { colspan: this.columns.length, class: "hint" }, this.rows.length ? "Nothing matches the search." : "Nothing was recorded.")));
    }
    this.more.hidden = kept.length <= this.limit;
    this.more.textContent = `Show more (${count(kept.length - shown.length)} left)`;
  }

  private sort(column: Column<Row>): void {
    this.descending = this.sortBy === column ? !this.descending : column.numeric;
    this.sortBy = column;
    this.order();
  }

  private order(): void {
    const { value } = this.sortBy;
    const sign = this.descending ? -1 : 1;
    this.sorted = [...this.rows].sort((a, b) => {
      const x = value(a);
      const y = value(b);
      return sign * (typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y), "en", { numeric: true }));
    });
    for (const [column, th] of this.heads) {
      th.setAttribute("aria-sort", column !== this.sortBy ? "none" : this.descending ? "descending" : "ascending");
    }
    this.render();
  }
}

interface Timed {
  selfUs: number;
  totalUs: number;
  samples: number;
}

/** The columns both tables end with. */
export function timeColumns<Row extends Timed>(rows: Row[], base: () => Base): Column<Row>[] {
  // Meters compare rows: the longest total fills its cell.
  const most = rows.reduce((top, row) => Math.max(top, row.totalUs), 0);
  const timed = (key: string, title: string, us: (row: Row) => number): Column<Row> => ({
    key,
    title,
    numeric: true,
    value: us,
    cell: (row) => {
      const meter = h("span", { class: "meter" });
      const whole = base().us;
      meter.style.width = `${most > 0 ? (100 * us(row)) / most : 0}%`;
      return h("span", { class: "cell" }, meter, h("b", {}, percent(us(row), whole)), h("span", { class: "amount" }, duration(us(row))));
    },
  });
  return [
    timed("self", "Self", (row) => row.selfUs),
    timed("total", "Total", (row) => row.totalUs),
    { key: "samples", title: "Samples", numeric: true, value: (row) => row.samples, cell: (row) => count(row.samples) },
  ];
}

/** `dir/file.js:3` with the folder muted. */
export function placeText(path: string, line: number): HTMLElement {
  const clean = printable(path);
  const cut = Math.max(clean.lastIndexOf("/"), clean.lastIndexOf("\\")) + 1;
  return h(
    "span",
    { class: "file", title: `${clean}${line ? `:${line}` : ""}` },
    h("span", { class: "folder" }, clean.slice(0, cut)),
    h("span", { class: "base" }, clean.slice(cut), line ? h("span", { class: "line" }, `:${line}`) : null),
  );
}
