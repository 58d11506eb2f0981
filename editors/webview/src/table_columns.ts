import { h } from "./dom";
import { bytes, count, digits, percent, pointsAlone } from "./format";
import { categoryLabel, fileName, nameOf, printable, shownPath } from "./frame_info";
import { categoryColor } from "./palette";
import type { SourcePosition } from "./types";
import type { Category, Column, Opened, Row, TableKind } from "./wire";

/** What shares are of. */
export interface Bases {
  /** Active time. */
  us: number;
  bytes: number;
}

export interface TableColumn {
  id: string;
  title: string;
  /** What the figures are, shown over the heading. */
  about: string;
  sort: Column;
  numeric: boolean;
  /** Tracks of a CSS grid: the least width and what the column takes of the rest. */
  leastPx: number;
  grow: number;
  /** Where there is not room for all, columns of the lowest rank go first. */
  rank: number;
  cell(row: Row, bases: Bases): Node | string;
  /** The cell as text, for the clipboard. */
  text(row: Row, bases: Bases): string;
}

export interface ColumnActions {
  openSource(position: SourcePosition): void;
}

/** Ranks of columns: the name is always there, and its share of the time before what can be told from others. */
const RANK = { name: 9, change: 8, share: 7, place: 6, nameOfLine: 5, figure: 1 };

/** The columns that fit into a width, in their order: those of the highest ranks, and the one that rows are sorted by. */
export function fittingColumns(columns: TableColumn[], widthPx: number, sortedBy: string | null): TableColumn[] {
  const rankOf = (column: TableColumn) => (column.id === sortedBy ? Math.max(column.rank, RANK.change) : column.rank);
  const kept = [...columns];
  const width = () => kept.reduce((sum, column) => sum + column.leastPx, 0);
  while (kept.length > 2 && width() > widthPx) {
    const lowest = Math.min(...kept.map(rankOf));
    kept.splice(kept.findLastIndex((column) => rankOf(column) === lowest), 1);
  }
  return kept;
}

/** The columns of a table, as far as the model has figures for them. */
export function columnsOf(kind: TableKind, opened: Opened, nativeApart: boolean, actions: ColumnActions): TableColumn[] {
  const { hasCpu, allocatedBytes, before } = opened.overview;
  const ofLines = kind === "lines";
  const subject = ofLines ? "line" : "function";
  const columns: TableColumn[] = [];
  const nameColumn = functionColumn(kind, opened.root ?? null);
  const where = placeColumn(ofLines, opened.root ?? null, actions);
  columns.push(ofLines ? where : nameColumn);
  const callPath = kind === "bottomUp" ? " Below a function: its time when it was called this way." : "";
  if (before && hasCpu) {
    columns.push(
      change("selfChange", "Self change, points", "Share of self time now less that before, in percentage points; before \u2192 after.", 0),
      change("totalChange", "Total change, points", "Share of total time now less that before, in percentage points; before \u2192 after.", 1),
    );
  }
  if (hasCpu) {
    const native = ofLines || !nativeApart ? ", native code that it calls included" : ", without native code, which has rows of its own";
    const aboutSelf = `CPU time of the ${subject} itself${native}.${callPath}`;
    const aboutTotal = `CPU time of the ${subject} with all it calls. Recursion counts once.`;
    columns.push(
      figure("selfMs", "Self ms", aboutSelf, "selfUs", (row) => milliseconds(row.selfUs)),
      share("selfPercent", "Self %", `${aboutSelf} Share of active time.`, "selfUs", (row) => row.selfUs),
      figure("totalMs", "Total ms", aboutTotal, "totalUs", (row) => milliseconds(row.totalUs)),
      share("totalPercent", "Total %", `${aboutTotal} Share of active time.`, "totalUs", (row) => row.totalUs),
      figure("samples", "Samples", "Samples behind the figures: the more, the surer.", "samples", (row) => count(row.samples)),
    );
  }
  if (allocatedBytes !== null) {
    columns.push(
      allocated("selfBytes", "Self bytes", `Allocated by the ${subject} itself.`, (row) => row.selfBytes),
      allocated("totalBytes", "Total bytes", `Allocated by the ${subject} with all it calls.`, (row) => row.totalBytes),
    );
  }
  columns.push(ofLines ? nameColumn : where);
  return columns;
}

/** Where a row's source is, or null when there is no file to open. */
export function rowPosition(row: Row): SourcePosition | null {
  if (!row.frame.path || !row.frame.isFile) return null;
  return { path: row.frame.path, line: Math.max(rowLine(row), 1), column: row.line === null ? Math.max(row.frame.column, 1) : 1 };
}

/** Milliseconds in a column: no unit, no exponent. */
export function milliseconds(us: number): string {
  if (us > 0 && us < 10) return "<0.01";
  return digits(us / 1000);
}

function rowLine(row: Row): number {
  return row.line ?? row.frame.line;
}

function placeText(row: Row, root: string | null): string {
  if (!row.frame.path) return "";
  const line = rowLine(row);
  return `${shownPath(row.frame.path, root)}${line ? `:${line}` : ""}`;
}

function functionColumn(kind: TableKind, root: string | null): TableColumn {
  const ofLines = kind === "lines";
  return {
    id: "name",
    title: "Function",
    about: ofLines ? "The function that the line is in most." : "The function, as V8 names it.",
    sort: "name",
    numeric: false,
    // Names in the call tree stand far to the right.
    leastPx: { bottomUp: 200, topDown: 280, lines: 140 }[kind],
    grow: ofLines ? 2 : 3,
    rank: ofLines ? RANK.nameOfLine : RANK.name,
    cell: (row) => {
      const { frame } = row;
      const name = nameOf(frame);
      // Where it is has no column of its own in a narrow view.
      const title = [`${name} (${categoryLabel(frame.category)})`, placeText(row, root)].filter(Boolean).join("\n");
      return h("span", { class: "tree-name", title }, swatch(frame.category), h("span", { class: "tree-text" }, name));
    },
    text: ({ frame }) => nameOf(frame),
  };
}

function placeColumn(ofLines: boolean, root: string | null, actions: ColumnActions): TableColumn {
  const text = (row: Row) => placeText(row, root);
  return {
    id: "place",
    title: ofLines ? "Line" : "Source",
    about: ofLines ? "The line in its file." : "Where the function begins.",
    sort: "place",
    numeric: false,
    leastPx: ofLines ? 200 : 150,
    grow: ofLines ? 3 : 2,
    rank: ofLines ? RANK.name : RANK.place,
    cell: (row) => {
      const whole = text(row);
      if (!whole) return h("span", { class: "tree-nowhere" }, "\u2013");
      const file = fileName(row.frame.path);
      const line = rowLine(row);
      const ending = `${file}${line ? `:${line}` : ""}`;
      const folder = whole.slice(0, Math.max(whole.length - ending.length, 0));
      const path = h("bdi", {}, h("span", { class: "tree-folder" }, folder), h("span", { class: "tree-file" }, ending));
      const position = rowPosition(row);
      const title = `${printable(row.frame.path)}${line ? `:${line}` : ""}`;
      if (!position) return h("span", { class: "tree-place", title }, path);
      // Not a button: its text could not be selected. Not a tab stop: Enter on the row does the same.
      const link = h("a", { class: "tree-place tree-link", role: "link", title }, path);
      link.addEventListener("click", (event) => {
        // The end of a selection by dragging is no click.
        const selection = getSelection();
        if (selection && !selection.isCollapsed && selection.containsNode(link, true)) return;
        event.preventDefault();
        actions.openSource(position);
      });
      return link;
    },
    text,
  };
}

function figure(id: string, title: string, about: string, sort: Column, text: (row: Row) => string): TableColumn {
  return { id, title, about, sort, numeric: true, leastPx: 96, grow: 0, rank: RANK.figure, cell: text, text };
}

/** A share with a bar below it: the cell's whole width is 100 %. Waiting has none, because shares are of active time. */
function share(id: string, title: string, about: string, sort: Column, us: (row: Row) => number): TableColumn {
  const whole = (row: Row, bases: Bases) => (row.frame.category === "idle" ? 0 : bases.us);
  const text = (row: Row, bases: Bases) => percent(us(row), whole(row, bases));
  const cell = (row: Row, bases: Bases) => h("span", { class: "tree-share" }, text(row, bases), bar(us(row), whole(row, bases)));
  return { id, title, about, sort, numeric: true, leastPx: 88, grow: 0.4, rank: RANK.share, cell, text };
}

function allocated(sort: "selfBytes" | "totalBytes", title: string, about: string, value: (row: Row) => number | null): TableColumn {
  const text = (row: Row) => {
    const amount = value(row);
    return amount === null ? "\u2013" : bytes(amount);
  };
  const cell = (row: Row, bases: Bases) =>
    h("span", { class: "tree-share", title: percent(value(row) ?? 0, bases.bytes) }, text(row), bar(value(row) ?? 0, bases.bytes));
  return { id: sort, title, about: `${about} The bar is its share of all that was allocated.`, sort, numeric: true, leastPx: 112, grow: 0.4, rank: RANK.share, cell, text };
}

/** Of a change that can be noise the direction is not told by colour: it may be the other one. */
function change(id: "selfChange" | "totalChange", title: string, about: string, which: 0 | 1): TableColumn {
  const values = (row: Row): [number, number] | null => row.beforeUs && [row.beforeUs[which], which === 0 ? row.selfUs : row.totalUs];
  const range = ([was, is]: [number, number], bases: Bases) => `${percent(was, bases.us)} \u2192 ${percent(is, bases.us)}`;
  return {
    id,
    title,
    about: `${about} Grey: may be noise, as far as the numbers of samples tell (95 %).`,
    sort: `${id}Size`,
    numeric: true,
    leastPx: 164,
    grow: 0,
    rank: RANK.change,
    cell: (row, bases) => {
      const pair = values(row);
      if (!pair) return "\u2013";
      const interval = row.changeInterval?.[which] ?? null;
      const [low, high] = interval ?? [0, 0];
      const direction = low > 0 ? "slower" : high < 0 ? "faster" : "noise";
      const within = interval && `95 % interval of the change: ${pointsAlone(low, 1)} to ${pointsAlone(high, 1)} points, from the numbers of samples`;
      const noise = direction !== "noise" ? "" : within ? ": may be noise" : "There are no samples to tell a change from noise";
      return h(
        "span",
        { class: "tree-change", title: `${within ?? ""}${noise}` },
        h(direction === "noise" ? "span" : "b", { class: `tree-points ${direction}` }, pointsAlone(pair[1] - pair[0], bases.us)),
        h("span", { class: "tree-range" }, range(pair, bases)),
      );
    },
    text: (row, bases) => {
      const pair = values(row);
      return pair ? `${pointsAlone(pair[1] - pair[0], bases.us)} (${range(pair, bases)})` : "\u2013";
    },
  };
}

/** The category's colour; the style sheet takes the one of the theme. */
function swatch(category: Category): HTMLElement {
  const element = h("span", { class: "swatch", "aria-hidden": "true" });
  element.style.setProperty("--in-light", categoryColor("light", category));
  element.style.setProperty("--in-dark", categoryColor("dark", category));
  return element;
}

function bar(part: number, whole: number): HTMLElement {
  const track = h("span", { class: "tree-bar", "aria-hidden": "true" });
  const filled = h("span", { class: "tree-bar-filled" });
  // Through the object model: the page's policy forbids style attributes.
  filled.style.width = `${whole > 0 ? Math.min((100 * part) / whole, 100) : 0}%`;
  track.append(filled);
  return track;
}
