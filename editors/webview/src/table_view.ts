import { BELONGS_TO_CALLER } from "./categories";
import { h } from "./dom";
import { FilterField } from "./filter_field";
import { initialMeasure } from "./first_boxes";
import { count } from "./format";
import type { ViewModel } from "./model";
import type { Anchor } from "./table_anchor";
import { columnsOf, rowPosition, type TableColumn } from "./table_columns";
import { NativeSwitch } from "./table_native";
import { PAGE_ROWS, RowTree, type RowPlace } from "./table_rows";
import { isBySize, nextSort, type Sort } from "./table_sort";
import { TreeTable } from "./tree_table";
import type { SourcePosition } from "./types";
import type { Category, TableKind, TablePage } from "./wire";

/** Pages looked through for a function that is to be revealed. */
const MOST_REVEAL_PAGES = 50;

/** Expanded rows that are kept in the state, the newest. */
const MOST_EXPANDED = 200;

export interface TableViewActions {
  openSource(position: SourcePosition): void;
  showInGraph(frame: number): void;
  /** Null where there is no editor whose percentages could follow. */
  focus: ((frame: number) => void) | null;
}

export interface TableOptions {
  /** Put into the filter's field. */
  filter?: string;
  /** Functions from an outermost row down to one that is revealed and made active. */
  frames?: number[];
}

/** What is kept of one kind of table. */
interface KindState extends Sort {
  /** Keys of expanded rows (`keyOf`). */
  expanded: string[];
  anchor: Anchor | null;
}

/** What is needed to ask again and to be where the reader was; plain data. */
export interface TableState {
  kind: TableKind;
  filter: string;
  tables: Partial<Record<TableKind, KindState>>;
  /** Native code and compilers that JavaScript calls have rows of their own; otherwise their time is that of their callers. */
  nativeApart?: boolean;
}

/** The tables of a model: functions with their callers, the call tree, lines. */
export class TableView {
  readonly element: HTMLElement;
  private readonly field: FilterField;
  private readonly table: TreeTable;
  private readonly notice = h("div", { class: "table-notice", role: "alert", hidden: true });
  private readonly empty = h("div", { class: "table-empty", hidden: true });
  private kind: TableKind = "bottomUp";
  /** The filter that rows are asked with; one that cannot be read leaves all of them. */
  private filter = "";
  private isFiltered = false;
  private readonly nativeSwitch: NativeSwitch;
  private hidden: Category[] = [];
  private readonly kinds: Partial<Record<TableKind, KindState>> = {};
  private columns: TableColumn[] = [];
  /** The rows shown, and those that take their place when their first page is there. */
  private tree: RowTree | null = null;
  private next: RowTree | null = null;
  private shownKind: TableKind | null = null;
  /** Rows there are without a filter, by kind and hidden categories. */
  private readonly unfiltered = new Map<string, number>();

  constructor(
    private readonly model: ViewModel,
    private readonly actions: TableViewActions,
  ) {
    this.field = new FilterField({ filter: (text) => this.load({ filter: text }), leave: () => this.table.focus() });
    this.table = new TreeTable({
      openSource: (row) => {
        const position = rowPosition(row);
        if (position) actions.openSource(position);
        return position !== null;
      },
      showInGraph: (frame) => actions.showInGraph(frame),
      focus: actions.focus,
      sort: (column) => this.sortBy(column),
      filter: () => this.field.select(),
      help: () => this.field.toggleHelp(true),
    });
    this.nativeSwitch = new NativeSwitch(() => this.load({}));
    this.field.below.append(this.nativeSwitch.element);
    this.field.setOverview(model.opened.overview);
    this.element = h("div", { class: "table-view" }, this.field.element, this.notice, this.table.element, this.empty, this.table.keys);
  }

  show(kind: TableKind, options: TableOptions = {}): void {
    this.remember();
    this.kind = kind;
    if (options.filter !== undefined) this.field.set(options.filter);
    this.load({ filter: this.field.value, anchor: options.frames ? null : this.stateOf(kind).anchor, frames: options.frames });
  }

  /** Categories switched off: code is folded into its callers, states of the VM are left out. */
  hide(categories: Category[]): void {
    if (categories.join() === this.hidden.join()) return;
    this.hidden = [...categories];
    if (this.shownKind) this.load({});
  }

  state(): TableState {
    this.remember();
    return { kind: this.kind, filter: this.field.value, tables: structuredClone(this.kinds), nativeApart: this.nativeSwitch.isOn };
  }

  restore(state: TableState): void {
    Object.assign(this.kinds, structuredClone(state.tables ?? {}));
    this.kind = state.kind;
    this.nativeSwitch.isOn = state.nativeApart ?? false;
    this.field.set(state.filter);
    this.load({ filter: state.filter, anchor: this.stateOf(state.kind).anchor });
  }

  /** Asks for everything again, where the reader is: the model was opened again. */
  refresh(): void {
    this.remember();
    this.unfiltered.clear();
    this.field.setOverview(this.model.opened.overview);
    this.load({ filter: this.field.value, anchor: this.stateOf(this.kind).anchor });
  }

  /** Moves the keyboard to the rows. */
  focusRows(): void {
    this.table.focus();
  }

  private stateOf(kind: TableKind): KindState {
    return (this.kinds[kind] ??= { ...this.firstSort(kind), expanded: [], anchor: null });
  }

  private firstSort(kind: TableKind): Sort {
    const { hasCpu, before } = this.model.opened.overview;
    if (hasCpu && before) {
      const column = kind === "topDown" ? "totalChange" : "selfChange";
      return { column, sort: `${column}Size`, ascending: false };
    }
    const sort = kind === "topDown" ? (hasCpu ? "totalUs" : "totalBytes") : hasCpu ? "selfUs" : "selfBytes";
    const column = { totalUs: "totalPercent", selfUs: "selfPercent", totalBytes: "totalBytes", selfBytes: "selfBytes" }[sort];
    return { column, sort, ascending: false };
  }

  /** Keeps where the reader is in the table shown. */
  private remember(): void {
    if (!this.shownKind || !this.tree) return;
    const state = this.stateOf(this.shownKind);
    state.expanded = [...this.tree.expanded].slice(-MOST_EXPANDED);
    state.anchor = this.table.where() ?? state.anchor;
  }

  private sortBy(column: TableColumn): void {
    Object.assign(this.stateOf(this.kind), nextSort(this.stateOf(this.kind), column));
    this.load({});
  }

  /** Asks for rows; those shown stay until the new ones are there. */
  private load(asked: { filter?: string; anchor?: Anchor | null; frames?: number[] }): void {
    const { kind } = this;
    const filter = asked.filter ?? this.filter;
    const anchor = asked.anchor ?? null;
    const state = this.stateOf(kind);
    const opened = kind === this.shownKind && this.tree ? this.tree.expanded : state.expanded;
    const settings = { kind, filter, sort: state.sort, ascending: state.ascending, hidden: this.hidden, nativeApart: this.nativeSwitch.isOn };
    this.next?.dispose();
    const tree: RowTree = new RowTree(
      (request, signal) => this.model.table({ ...settings, ...request }, signal),
      { changed: () => this.tree === tree && this.table.redraw(), failed: (error) => this.tree === tree && this.failed(error, () => this.tryPages(tree)) },
      new Set(opened),
    );
    this.next = tree;
    if (kind !== this.shownKind) this.clear();
    this.nativeSwitch.offer(kind, this.model.opened.overview);
    this.table.setBusy(true);
    tree.start(
      anchor ? Math.floor(anchor.top.root / PAGE_ROWS) : 0,
      (answer) => this.loaded(tree, kind, filter, anchor, answer, asked.frames),
      (error) => {
        this.table.setBusy(false);
        this.failed(error, () => this.load(asked));
      },
    );
  }

  private clear(): void {
    this.tree?.dispose();
    this.tree = null;
    this.shownKind = null;
    this.empty.hidden = true;
    this.notice.hidden = true;
    this.columns = this.columnsNow();
    this.table.setTree(null, this.columns, { label: LABEL[this.kind], isFlat: this.kind === "lines" }, null);
    this.showSort();
  }

  private loaded(tree: RowTree, kind: TableKind, filter: string, anchor: Anchor | null, answer: TablePage, frames?: number[]): void {
    this.table.setBusy(false);
    this.field.showError(answer.error);
    this.notice.hidden = true;
    this.next = null;
    this.tree?.dispose();
    this.tree = tree;
    this.shownKind = kind;
    this.filter = filter;
    this.isFiltered = filter.trim() !== "" && !answer.error;
    this.columns = this.columnsNow();
    this.table.setTree(tree, this.columns, { label: LABEL[kind], isFlat: kind === "lines" }, anchor);
    this.showSort();
    this.showCount(answer.total);
    this.showEmpty(answer.total === 0);
    if (frames?.length) void this.reveal(tree, frames);
  }

  private columnsNow(): TableColumn[] {
    return columnsOf(this.kind, this.model.opened, this.nativeSwitch.isOn, { openSource: (position) => this.actions.openSource(position) });
  }

  private showSort(): void {
    const { column, sort, ascending } = this.stateOf(this.kind);
    const shown = this.columns.find((other) => other.id === column) ?? this.columns.find((other) => other.sort === sort);
    if (shown) this.table.showSort(shown.id, isBySize(sort) ? "other" : ascending ? "ascending" : "descending");
  }

  private showCount(total: number): void {
    const noun = NOUN[this.kind];
    const name = (number: number) => `${count(number)} ${number === 1 ? noun[0] : noun[1]}`;
    const key = `${this.kind} ${this.nativeSwitch.isOn} ${this.hidden.join()}`;
    if (!this.isFiltered) {
      this.unfiltered.set(key, total);
      this.field.showCount(name(total));
      return;
    }
    const all = this.unfiltered.get(key);
    this.field.showCount(all === undefined ? name(total) : `${count(total)} of ${name(all)}`);
    if (all === undefined) void this.countAll(key, total);
  }

  /** Learns how many rows there are without the filter; the count does without when that fails. */
  private async countAll(key: string, total: number): Promise<void> {
    const { tree } = this;
    const { sort, ascending } = this.stateOf(this.kind);
    try {
      const request = { kind: this.kind, path: [], filter: "", sort, ascending, hidden: this.hidden, nativeApart: this.nativeSwitch.isOn, offset: 0, limit: 1 };
      this.unfiltered.set(key, (await this.model.table(request)).total);
      if (this.tree === tree) this.showCount(total);
    } catch {
      // The rows themselves tell of a failure.
    }
  }

  private showEmpty(empty: boolean): void {
    this.empty.hidden = !empty;
    if (!empty) return;
    if (!this.isFiltered) {
      this.empty.replaceChildren(h("p", {}, "Nothing was recorded."));
      return;
    }
    const clear = h("button", { class: "button" }, "Clear the filter");
    clear.addEventListener("click", () => {
      this.field.set("");
      this.load({ filter: "" });
      this.field.select();
    });
    this.empty.replaceChildren(h("p", {}, `No ${NOUN[this.kind][0]} fits the filter.`), clear);
  }

  /** Says what failed, and lets it be tried again. */
  private failed(error: unknown, again: () => void): void {
    const message = error instanceof Error ? error.message : String(error);
    const button = h("button", { class: "button" }, "Try again");
    button.addEventListener("click", () => {
      const focused = this.notice.contains(document.activeElement);
      this.notice.hidden = true;
      again();
      if (focused) this.table.focus();
    });
    this.tell(`Rows could not be loaded: ${message}`, button);
    this.table.redrawRows();
  }

  private tryPages(tree: RowTree): void {
    tree.forgetFailures();
    this.table.redrawRows();
  }

  /** Opens the rows that lead to a function, wherever it stands in the order. */
  private async reveal(tree: RowTree, frames: number[]): Promise<void> {
    let level = tree.root;
    let place: RowPlace | null = null;
    let isFound = false;
    for (const frame of frames) {
      const index = await indexOf(tree, level, frame, () => this.tree === tree);
      if (this.tree !== tree) return;
      isFound = index !== null;
      // Native code on the way is part of its caller.
      if (index === null) continue;
      place = { level, index };
      tree.open(place);
      const below = level.below(index);
      if (!below) break;
      level = below;
    }
    const asked = frames[frames.length - 1];
    if (!isFound && !this.nativeSwitch.isOn && (await this.isCalledNative(asked))) {
      if (this.tree !== tree) return;
      this.nativeSwitch.isOn = true;
      this.load({ frames });
    } else if (place) this.table.activate(place);
    else if (this.isFiltered) {
      // Asked for by name, the function matters more than the filter that leaves it out.
      this.field.set("");
      this.load({ filter: "", frames });
    } else this.tell("This function has no row here: its category is switched off, or its share is too small.");
  }

  /** Whether a function is such that its time may be its callers', and it without a row. */
  private async isCalledNative(frame: number): Promise<boolean> {
    if (this.kind === "lines" || !this.nativeSwitch.isOffered) return false;
    try {
      const measure = initialMeasure(this.model.opened.overview);
      return BELONGS_TO_CALLER.has((await this.model.details({ frame, measure })).frame.category);
    } catch {
      // Then its row is missing, which is told.
      return false;
    }
  }

  private tell(text: string, ...more: HTMLElement[]): void {
    this.notice.replaceChildren(h("span", {}, text), ...more);
    this.notice.hidden = false;
  }
}

const LABEL: Record<TableKind, string> = {
  bottomUp: "Functions by self time, with their callers",
  topDown: "Call tree",
  lines: "Lines",
};

const NOUN: Record<TableKind, [string, string]> = {
  bottomUp: ["function", "functions"],
  topDown: ["outermost function", "outermost functions"],
  lines: ["line", "lines"],
};

/** Where a function stands in a level; null when it is not among the pages looked through. */
async function indexOf(tree: RowTree, level: RowTree["root"], frame: number, goOn: () => boolean): Promise<number | null> {
  for (let page = 0; page < MOST_REVEAL_PAGES && page * PAGE_ROWS < Math.max(level.total, 1); page++) {
    if (!(await tree.load(level, page)) || !goOn()) return null;
    const at = level.pages.get(page)?.findIndex((row) => row.frame.id === frame) ?? -1;
    if (at >= 0) return page * PAGE_ROWS + at;
  }
  return null;
}
