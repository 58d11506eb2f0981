import { h } from "./dom";
import { printable } from "./frame_info";
import { activeAt, anchorAt, stillShown, type Anchor } from "./table_anchor";
import { treeKey } from "./table_keys";
import { fittingColumns, type Bases, type TableColumn } from "./table_columns";
import type { RowPlace, RowTree } from "./table_rows";
import { TreeHead, type SortDirection } from "./tree_head";
import { indentOf, RowActions } from "./tree_row";
import type { Row } from "./wire";

/** As in tables.css: rows are placed by their number. */
const ROW_PX = 26;
/** Rows made beyond the edges of what is visible. */
const OVERSCAN = 8;
/** While rows fly past, pages are asked for this often at most. */
const ASK_MS = 60;

export interface TreeTableActions {
  openSource(row: Row): boolean;
  showInGraph(frame: number): void;
  /** Null where there is no editor whose percentages could follow. */
  focus: ((frame: number) => void) | null;
  sort(column: TableColumn): void;
  /** Moves to the filter's field. */
  filter(): void;
  help(): void;
}

interface Drawn {
  element: HTMLElement;
  place: RowPlace;
  row: Row | null;
}

/** A treegrid of which only the visible rows are elements. Focus goes to rows; the active row is always an element. */
export class TreeTable {
  readonly element = h("div", { class: "tree-table", role: "treegrid", "aria-describedby": "tree-table-keys", "aria-readonly": "true" });
  /** What the keys do, for a screen reader; to be put beside the table. */
  readonly keys = h(
    "p",
    { class: "offscreen", id: "tree-table-keys" },
    "Arrow keys move and expand, Enter opens the source, G shows the function in the graph, slash goes to the filter, question mark explains it.",
  );
  private readonly head: TreeHead;
  private readonly body = h("div", { class: "tree-body", role: "rowgroup" });
  private readonly inner = h("div", { class: "tree-inner" });
  private readonly rowActions: RowActions;
  private tree: RowTree | null = null;
  /** Those there are, and those of them that have room. */
  private allColumns: TableColumn[] = [];
  private columns: TableColumn[] = [];
  private sortedBy: { columnId: string; sorted: SortDirection } | null = null;
  private drawn = new Map<string, Drawn>();
  private active: RowPlace | null = null;
  private anchor: Anchor | null = null;
  private isFlat = false;
  /** The active row shows itself once somebody was in the table. */
  private isUsed = false;
  /** As long as the table is not shown, its element forgets. */
  private scrollTop = 0;
  /** Where `follow` scrolled to. */
  private followedTop = 0;
  private frameAsked = 0;
  private askedAt = -Infinity;
  private askTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly levelNumbers = new WeakMap<object, number>();
  private nextLevel = 0;

  constructor(private readonly actions: TreeTableActions) {
    this.rowActions = new RowActions(actions, (target) => this.drawnAt(target)?.row ?? null);
    if (actions.focus) this.keys.append(" F restricts the editor's percentages to it.");
    this.head = new TreeHead({ sort: (column) => actions.sort(column), leave: () => this.focus() });
    this.inner.append(h("div", { role: "rowgroup", class: "tree-headgroup" }, this.head.element), this.body);
    this.element.append(this.inner);
    this.element.addEventListener("scroll", () => {
      // Somebody scrolled: no way back to where the reader was.
      if (Math.abs(this.element.scrollTop - this.followedTop) > 1) this.anchor = null;
      this.redraw();
    });
    for (const kind of ["wheel", "keydown", "pointerdown"] as const) {
      this.element.addEventListener(kind, () => (this.anchor = null), { passive: true, capture: true });
    }
    this.body.addEventListener("keydown", (event) => this.key(event));
    this.body.addEventListener("focusin", (event) => this.focused(event.target as HTMLElement));
    this.body.addEventListener("click", (event) => this.clicked(event));
    this.body.addEventListener("dblclick", (event) => this.doubleClicked(event));
    this.body.addEventListener("pointerover", (event) => this.offerActions(this.drawnAt(event.target)));
    this.body.addEventListener("pointerleave", () => this.offerActions(null));
    this.element.addEventListener("copy", (event) => this.copy(event));
    new ResizeObserver(() => {
      this.fitColumns();
      this.redraw();
    }).observe(this.element);
  }

  /** Shows other rows; without an anchor from the top. */
  setTree(tree: RowTree | null, columns: TableColumn[], { label, isFlat }: { label: string; isFlat: boolean }, anchor: Anchor | null): void {
    const hadFocus = this.body.contains(document.activeElement);
    this.tree = tree;
    this.active = null;
    this.anchor = anchor;
    this.isFlat = isFlat;
    this.element.setAttribute("role", isFlat ? "grid" : "treegrid");
    this.element.setAttribute("aria-label", label);
    this.allColumns = columns;
    this.sortedBy = null;
    this.setColumns(this.fitting());
    if (!anchor) this.element.scrollTop = this.scrollTop = 0;
    this.drawNow();
    if (hadFocus) this.focus();
  }

  private fitting(): TableColumn[] {
    // A table that is not shown has no width yet.
    const widthPx = this.element.clientWidth || Infinity;
    return fittingColumns(this.allColumns, widthPx, this.sortedBy?.columnId ?? null);
  }

  /** Columns come and go with the room there is. */
  private fitColumns(): void {
    const columns = this.fitting();
    if (columns.map(({ id }) => id).join() === this.columns.map(({ id }) => id).join()) return;
    const hadFocus = this.body.contains(document.activeElement);
    this.setColumns(columns);
    if (this.sortedBy) this.head.showSort(this.sortedBy.columnId, this.sortedBy.sorted);
    this.drawNow();
    if (hadFocus) this.focus();
  }

  private setColumns(columns: TableColumn[]): void {
    this.columns = columns;
    this.body.replaceChildren();
    this.drawn.clear();
    this.inner.style.setProperty("--tree-columns", columns.map((column) => `minmax(${column.leastPx}px, ${column.grow || 0.001}fr)`).join(" "));
    this.inner.style.minWidth = `${columns.reduce((sum, column) => sum + column.leastPx, 0)}px`;
    this.element.setAttribute("aria-colcount", String(this.allColumns.length));
    this.head.setColumns(columns, (column) => this.placeOf(column));
  }

  /** A column's place among all there are, from 1. */
  private placeOf(column: TableColumn): number {
    return this.allColumns.indexOf(column) + 1;
  }

  /** Tells by which column rows are sorted. */
  showSort(columnId: string, sorted: SortDirection): void {
    this.sortedBy = { columnId, sorted };
    this.fitColumns();
    this.head.showSort(columnId, sorted);
  }

  setBusy(busy: boolean): void {
    this.element.setAttribute("aria-busy", String(busy));
  }

  /** Focuses the active row. */
  focus(): void {
    this.activeDrawn()?.element.focus({ preventScroll: true });
  }

  /** Draws in the next frame. */
  redraw(): void {
    if (!this.frameAsked) this.frameAsked = requestAnimationFrame(() => this.drawNow());
  }

  /** Draws every row anew, such as after pages failed. */
  redrawRows(): void {
    for (const drawn of this.drawn.values()) if (!drawn.row) this.fill(drawn, drawn.place.level.row(drawn.place.index));
    this.redraw();
  }

  /** Where the reader is. */
  where(): Anchor | null {
    const { tree } = this;
    if (!tree) return null;
    if (this.anchor) return this.anchor;
    return anchorAt(tree, Math.round(this.scrollTop / ROW_PX), this.active);
  }

  /** Makes a row active and visible. */
  activate(place: RowPlace): void {
    this.active = place;
    this.isUsed = true;
    if (this.tree) this.scrollTo(this.tree.positionOf(place));
    this.drawNow();
    this.focus();
  }

  private get bases(): Bases {
    return { us: this.tree?.baseUs ?? 0, bytes: this.tree?.baseBytes ?? 0 };
  }

  /** Rows that fit below the heading. */
  private get rowsVisible(): number {
    return Math.max(Math.floor((this.element.clientHeight - this.head.element.offsetHeight) / ROW_PX), 1);
  }

  private drawNow(): void {
    cancelAnimationFrame(this.frameAsked);
    this.frameAsked = 0;
    const { tree } = this;
    if (!tree) {
      this.body.style.height = "0";
      return;
    }
    if (!this.element.clientHeight) return;
    this.body.style.height = `${tree.count * ROW_PX}px`;
    this.follow(tree);
    this.scrollTop = this.element.scrollTop;
    const first = Math.max(Math.floor(this.scrollTop / ROW_PX) - OVERSCAN, 0);
    const end = first + Math.ceil(this.element.clientHeight / ROW_PX) + 2 * OVERSCAN;
    this.ask(tree, first, end);
    if (this.active && !tree.holds(this.active)) this.active = stillShown(tree, this.active);
    const count = tree.count;
    if (!this.active && count) this.active = tree.at(0);
    this.body.style.height = `${count * ROW_PX}px`;
    this.element.setAttribute("aria-rowcount", String(count + 1));

    const positions: number[] = [];
    for (let position = first; position < Math.min(end, count); position++) positions.push(position);
    const active = this.active ? tree.positionOf(this.active) : -1;
    if (active >= 0 && active < first) positions.unshift(active);
    if (active >= end && active < count) positions.push(active);
    this.place(tree, positions, active);
  }

  /** Makes, keeps and drops elements so that there is one per position, in order. */
  private place(tree: RowTree, positions: number[], active: number): void {
    const kept = new Map<string, Drawn>();
    const places = positions.map((position) => tree.at(position));
    const names = places.map((place) => this.nameOf(place));
    const wanted = new Set(names);
    for (const [name, drawn] of this.drawn) if (!wanted.has(name)) drawn.element.remove();
    let next = this.body.firstElementChild;
    places.forEach((place, i) => {
      let drawn = this.drawn.get(names[i]);
      const row = place.level.row(place.index);
      if (!drawn) {
        drawn = { element: h("div", { class: "tree-row", role: "row" }), place, row: null };
        this.fill(drawn, row);
      } else if (drawn.row !== row) this.fill(drawn, row);
      drawn.place = place;
      this.describe(tree, drawn, positions[i], positions[i] === active);
      kept.set(names[i], drawn);
      if (drawn.element === next) next = next.nextElementSibling;
      else this.body.insertBefore(drawn.element, next);
    });
    this.drawn = kept;
  }

  private fill(drawn: Drawn, row: Row | null): void {
    drawn.row = row;
    const { level } = drawn.place;
    const cells = this.columns.map((column, i) => {
      const cell = h("div", { class: `tree-cell ${column.numeric ? "number" : ""}`, role: "gridcell", "aria-colindex": this.placeOf(column) });
      if (i === 0 && !this.isFlat) {
        const indent = h("span", { class: row?.children ? "tree-twistie" : "tree-indent", "aria-hidden": "true" });
        indent.style.marginLeft = indentOf(level.path.length);
        cell.append(indent);
      }
      if (row) cell.append(column.cell(row, this.bases));
      else if (i === 0) cell.append(h("span", { class: "tree-pending" }, this.tree?.hasFailed(drawn.place) ? "not loaded" : "\u2026"));
      return cell;
    });
    drawn.element.replaceChildren(...cells);
  }

  private describe(tree: RowTree, { element, place, row }: Drawn, position: number, active: boolean): void {
    const { level, index } = place;
    const set = (name: string, value: string | number) => {
      if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
    };
    set("aria-rowindex", position + 2);
    if (!this.isFlat) {
      set("aria-level", level.path.length + 1);
      set("aria-setsize", level.total);
      set("aria-posinset", index + 1);
    }
    set("tabindex", active ? 0 : -1);
    if (row?.children) set("aria-expanded", String(level.below(index) !== undefined));
    else element.removeAttribute("aria-expanded");
    element.classList.toggle("active", active && this.isUsed);
    element.classList.toggle("waiting", row === null && !tree.hasFailed(place));
    element.style.top = `${position * ROW_PX}px`;
  }

  /** Asks for what is visible, not more often than the eye could read it. */
  private ask(tree: RowTree, first: number, end: number): void {
    clearTimeout(this.askTimer);
    const now = performance.now();
    if (now - this.askedAt >= ASK_MS) {
      this.askedAt = now;
      tree.want(first, end);
    } else {
      this.askTimer = setTimeout(() => this.drawNow(), ASK_MS);
    }
  }

  /** Goes back to where the reader was, as rows come. */
  private follow(tree: RowTree): void {
    const { anchor } = this;
    if (!anchor || anchor.top.root >= tree.root.total) return;
    const top = tree.positionOf({ level: tree.root, index: anchor.top.root }) + anchor.top.below;
    this.element.scrollTop = Math.min(top, tree.count) * ROW_PX;
    this.followedTop = this.element.scrollTop;
    const found = anchor.active && activeAt(tree, anchor.active);
    if (!found) return;
    this.active = found;
    this.isUsed = true;
  }

  private scrollTo(position: number): void {
    const top = position * ROW_PX;
    const room = this.element.clientHeight - this.head.element.offsetHeight;
    if (top < this.element.scrollTop) this.element.scrollTop = top;
    else if (top + ROW_PX > this.element.scrollTop + room) {
      // The height must be there before it can be scrolled to.
      this.body.style.height = `${(this.tree?.count ?? 0) * ROW_PX}px`;
      this.element.scrollTop = top + ROW_PX - room;
    }
  }

  private key(event: KeyboardEvent): void {
    const { tree, active } = this;
    if (!tree || !active || !this.drawnAt(event.target)) return;
    const done = treeKey(event, {
      tree,
      active,
      page: this.rowsVisible - 1,
      go: (place) => this.activate(place),
      openSource: (row) => this.actions.openSource(row),
      showInGraph: (row) => this.actions.showInGraph(row.frame.id),
      focus: (row) => this.actions.focus?.(row.frame.id),
      filter: () => this.actions.filter(),
      help: () => this.actions.help(),
    });
    if (!done) return;
    event.preventDefault();
    event.stopPropagation();
  }

  private focused(target: HTMLElement): void {
    const drawn = this.drawnAt(target);
    if (!drawn) return;
    this.isUsed = true;
    this.active = drawn.place;
    this.redraw();
  }

  private clicked(event: MouseEvent): void {
    const drawn = this.drawnAt(event.target);
    if (!drawn || !this.tree || !(event.target as HTMLElement).classList.contains("tree-twistie")) return;
    if (!this.tree.close(drawn.place)) this.tree.open(drawn.place);
    this.drawNow();
  }

  private doubleClicked(event: MouseEvent): void {
    const drawn = this.drawnAt(event.target);
    const target = event.target as HTMLElement;
    if (drawn?.row && !target.closest(".tree-twistie, .tree-link, .tree-action")) this.actions.openSource(drawn.row);
  }

  /** Puts the pointer's buttons over the last figure of a row: the name and the first figures stay to be read. */
  private offerActions(drawn: Drawn | null): void {
    const last = this.columns.findLastIndex((column) => column.numeric);
    this.rowActions.offerIn(drawn?.row ? drawn.element.children[last] : null);
  }

  /** A selection is copied as it is; without one, the active row as tab separated text. */
  private copy(event: ClipboardEvent): void {
    if (getSelection()?.isCollapsed === false || !this.body.contains(document.activeElement)) return;
    const row = this.active?.level.row(this.active.index);
    if (!row) return;
    const cells = this.allColumns.map((column) => printable(column.text(row, this.bases)));
    event.clipboardData?.setData("text/plain", cells.join("\t"));
    event.preventDefault();
  }

  private drawnAt(target: EventTarget | null): Drawn | null {
    const element = (target as Element | null)?.closest?.(".tree-row");
    if (!element) return null;
    for (const drawn of this.drawn.values()) if (drawn.element === element) return drawn;
    return null;
  }

  private activeDrawn(): Drawn | null {
    return this.active ? (this.drawn.get(this.nameOf(this.active)) ?? null) : null;
  }

  /** A name for a row's element that stays while rows above it come and go. */
  private nameOf({ level, index }: RowPlace): string {
    let number = this.levelNumbers.get(level);
    if (number === undefined) this.levelNumbers.set(level, (number = this.nextLevel++));
    return `${number}:${index}`;
  }
}
