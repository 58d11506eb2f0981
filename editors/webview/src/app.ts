import { breadcrumbs } from "./breadcrumbs";
import { details, opener, type DetailsActions } from "./details";
import { h } from "./dom";
import { duration, percent } from "./format";
import { absolutePath, editorLink, frameLocation, frameName, framePosition } from "./frames";
import { Graph } from "./graph";
import { header } from "./header";
import { helpDialog } from "./help";
import { sourceOpener } from "./host";
import { attachPointer, graphKey, pageKey, type InputActions } from "./input";
import { leftHeavy, pathTo, timeOrder, widestBoxOf, type Layout } from "./layout";
import { mergeTree, type MergedTree } from "./merge";
import type { Theme } from "./palette";
import type { Profile } from "./read";
import { exactly, search, type Search } from "./search";
import { boxStyle, currentTheme, pageColors, type ColorBy } from "./style";
import { placeText, SortableTable, timeColumns, type Column } from "./tables";
import { legend, Toolbar } from "./toolbar";
import { Tooltip, type Base, type Shown } from "./tooltip";
import { categoryTotals, frameTotals, functionRows, lineRows, type FunctionEntry, type Totals } from "./totals";
import type { LineRow } from "./types";

/** Idle beyond this share would leave no room for the code: it starts hidden. */
const MOST_IDLE = 0.4;

/** The whole view: state, and what is drawn again when a part of it changes. */
export class App {
  readonly graph: Graph;
  readonly toolbar: Toolbar;
  readonly element: HTMLElement;
  tree: MergedTree;
  order: Layout["kind"] = "leftHeavy";
  colorBy: ColorBy = "category";
  activeOnly = true;
  found: Search = { kind: "none" };
  theme: Theme;
  readonly hidden: Uint8Array;
  private chosenTheme: Theme | null = null;
  private readonly layouts = new Map<Layout["kind"], Layout>();
  private lazyTotals: Totals | null = null;
  private readonly ended = new AbortController();
  private readonly categoryTotals: number[];
  private readonly tooltip = new Tooltip();
  private readonly legendSlot = h("div");
  private readonly crumbSlot = h("div");
  private readonly panel = h("aside", { class: "details", "aria-label": "Selected frame" });
  private readonly live = h("div", { class: "offscreen", role: "status", "aria-live": "polite" });
  private readonly dialog = helpDialog();
  private readonly detailsActions: DetailsActions;
  private readonly tableSlot = h("section", { class: "tables" });
  private functions: SortableTable<FunctionEntry> | null = null;
  private lines: SortableTable<LineRow> | null = null;
  private readonly input: InputActions;

  constructor(readonly profile: Profile) {
    this.theme = this.applyTheme();
    this.hidden = new Uint8Array(profile.categories.length);
    const idle = profile.categories.indexOf("idle");
    if (idle >= 0 && profile.idleUs > profile.wholeUs * MOST_IDLE && profile.idleUs < profile.wholeUs) this.hidden[idle] = 1;
    this.categoryTotals = categoryTotals(profile);
    this.tree = mergeTree(profile, this.hidden);
    this.detailsActions = { openSource: sourceOpener(), findFrame: (frame) => this.findFrame(frame) };
    this.input = {
      open: (box) => this.open(box),
      escape: () => {
        if (this.toolbar.input.value) this.setQuery("");
        else this.graph.reset();
      },
      search: () => this.toolbar.input.select(),
      help: () => this.dialog.showModal(),
      toggleOrder: () => this.setOrder(this.order === "leftHeavy" ? "timeOrder" : "leftHeavy"),
      toggleColor: () => this.setColor(this.colorBy === "tier" ? "category" : "tier"),
    };
    this.toolbar = new Toolbar(
      {
        order: (kind) => this.setOrder(kind),
        colorBy: (color) => this.setColor(color),
        search: (query) => this.search(query),
        nextMatch: (step) => this.nextMatch(step),
        activeOnly: (on) => {
          this.activeOnly = on;
          this.refreshFigures();
        },
        reset: () => this.graph.reset(),
        help: () => this.dialog.showModal(),
        // In an editor the theme is the editor's.
        switchTheme: document.body.dataset.vscodeThemeKind === undefined ? () => this.switchTheme() : null,
      },
      this.hasTimeline,
      profile.idleUs > 0,
    );
    const layout = this.layout;
    this.graph = new Graph(
      {
        hover: (box, x, y) => this.tooltip.show(this.shown(), box, x, y),
        select: (box) => this.selected(box),
        zoom: () => this.drawBreadcrumbs(),
      },
      layout,
      this.style(),
      pageColors(),
    );
    this.tooltip.hide();
    attachPointer(this.graph, this.input);
    this.element = this.page();
    this.listen();
  }

  /** Stops listening to the page; another report takes this one's place. */
  dispose(): void {
    this.ended.abort();
  }

  /** Puts the view on the page and draws it. */
  mount(into: HTMLElement): void {
    into.replaceChildren(this.element, this.tooltip.element, this.dialog, this.live);
    // Colours come from the page's style sheet, so they are read once it applies.
    this.graph.setStyle(this.style(), pageColors());
    this.refreshFigures();
    this.drawBreadcrumbs();
    this.graph.resize();
    this.graph.paintNow();
    // Keys work at once; the ring waits for the first key.
    this.graph.scroller.classList.add("quiet");
    this.graph.scroller.focus({ preventScroll: true });
    // The tables are below the graph: they can wait until it is on the screen.
    setTimeout(() => this.fillTables());
  }

  private get totals(): Totals {
    return (this.lazyTotals ??= frameTotals(this.profile));
  }

  get hasTimeline(): boolean {
    return this.profile.timeline.node.length > 0;
  }

  get base(): Base {
    const { wholeUs, idleUs } = this.profile;
    return this.activeOnly && idleUs < wholeUs
      ? { us: wholeUs - idleUs, name: idleUs > 0 ? "active time" : "all time", excludesIdle: true }
      : { us: wholeUs, name: "all time", excludesIdle: false };
  }

  get layout(): Layout {
    let layout = this.layouts.get(this.order);
    if (!layout) {
      const gapUs = Math.max(2 * (this.profile.meta.intervalUs ?? 1000), 1);
      layout = this.order === "leftHeavy" ? leftHeavy(this.profile, this.tree) : timeOrder(this.profile, this.tree, gapUs);
      this.layouts.set(this.order, layout);
    }
    return layout;
  }

  setOrder(kind: Layout["kind"]): void {
    if (kind === this.order || (kind === "timeOrder" && !this.hasTimeline)) return;
    const node = this.graph.selected < 0 ? -1 : this.graph.layout.node[this.graph.selected];
    this.order = kind;
    this.graph.setLayout(this.layout, this.style());
    this.refreshFigures();
    const box = node < 0 ? -1 : widestBoxOf(this.layout, node);
    this.graph.select(box);
    if (box > 0) this.graph.reveal(box);
  }

  setColor(color: ColorBy): void {
    this.colorBy = color;
    this.restyle();
  }

  toggleCategory(category: number): void {
    this.hidden[category] ^= 1;
    this.tree = mergeTree(this.profile, this.hidden);
    this.layouts.clear();
    this.graph.setLayout(this.layout, this.style());
    this.graph.select(-1);
    this.refreshFigures();
  }

  /** Puts a query into the field and searches it. */
  setQuery(query: string): void {
    this.toolbar.input.value = query;
    this.search(query);
  }

  search(query: string): void {
    this.found = search(this.profile, query);
    this.toolbar.showSearch(this.found, this.base);
    this.filterFunctions();
    this.restyle();
  }

  /** The functions table follows the search, and leaves out idle where percentages do. */
  private filterFunctions(): void {
    const { match, profile } = this;
    const idle = this.base.excludesIdle ? profile.categories.indexOf("idle") : -1;
    this.functions?.filter((row) => {
      if (row.frame < 0) return !match;
      return (!match || match[row.frame] === 1) && profile.frameCategory[row.frame] !== idle;
    });
  }

  /** Selects the next box that matches, heaviest first. */
  nextMatch(step: number): void {
    const match = this.match;
    if (!match) return;
    const { layout } = this;
    const boxes: number[] = [];
    for (let box = 0; box < layout.count; box++) {
      const frame = this.tree.frame[layout.node[box]];
      if (frame >= 0 && match[frame]) boxes.push(box);
    }
    if (!boxes.length) return;
    boxes.sort((a, b) => layout.totalUs[b] - layout.totalUs[a] || a - b);
    const at = boxes.indexOf(this.graph.selected);
    const box = boxes[at < 0 ? 0 : (at + step + boxes.length) % boxes.length];
    this.graph.select(box);
    this.graph.reveal(box);
  }

  private get match(): Uint8Array | null {
    return this.found.kind === "found" ? this.found.result.match : null;
  }

  private style() {
    return boxStyle(this.profile, this.tree, this.layout, this.theme, this.colorBy, this.match);
  }

  private shown(): Shown {
    return { profile: this.profile, tree: this.tree, layout: this.layout, theme: this.theme, base: this.base };
  }

  private restyle(): void {
    this.graph.setStyle(this.style(), pageColors());
    this.drawLegend();
    this.toolbar.update(this.order, this.colorBy, this.activeOnly);
  }

  /** Everything that shows a percentage. */
  private refreshFigures(): void {
    this.toolbar.update(this.order, this.colorBy, this.activeOnly);
    this.toolbar.showSearch(this.found, this.base);
    this.drawLegend();
    this.drawDetails(this.graph.selected);
    this.filterFunctions();
    this.lines?.render();
  }

  private drawLegend(): void {
    const items = this.profile.categories.map((name, c) => ({ name, us: this.categoryTotals[c], hidden: this.hidden[c] === 1 }));
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.category : undefined;
    this.legendSlot.replaceChildren(
      legend(items, this.profile.tiers, this.theme, this.colorBy, this.base, this.profile.wholeUs, (c) => this.toggleCategory(c)),
    );
    if (focused) this.legendSlot.querySelector<HTMLElement>(`[data-category="${CSS.escape(focused)}"]`)?.focus();
  }

  private drawBreadcrumbs(): void {
    const { layout } = this;
    const path = pathTo(layout, this.graph.focus).map((box) => {
      const frame = this.tree.frame[layout.node[box]];
      return { box, frame, name: frameName(this.profile, frame) };
    });
    this.crumbSlot.replaceChildren(breadcrumbs(path, (box) => this.graph.zoomTo(box)));
  }

  private drawDetails(box: number): void {
    this.panel.replaceChildren(...details(this.shown(), box, this.totals, this.detailsActions));
  }

  private selected(box: number): void {
    this.drawDetails(box);
    if (box < 0) return;
    const { layout } = this;
    const frame = this.tree.frame[layout.node[box]];
    this.live.textContent =
      `${frameName(this.profile, frame)}, ${frameLocation(this.profile, frame)}, ` +
      `self ${percent(layout.selfUs[box], this.base.us)}, total ${percent(layout.totalUs[box], this.base.us)}, ` +
      `${duration(layout.totalUs[box])}, level ${layout.row[box]}, ${layout.childEnd[box] - layout.childStart[box]} callees`;
  }

  private open(box: number): void {
    const position = framePosition(this.profile, this.tree.frame[this.layout.node[box]]);
    if (!position) return;
    const href = editorLink(position);
    if (this.detailsActions.openSource) this.detailsActions.openSource(position);
    else if (href) window.location.href = href;
  }

  /** Highlights one function in all stacks. */
  private findFrame(frame: number): void {
    this.setQuery(exactly(frameLocation(this.profile, frame) || frameName(this.profile, frame)));
    this.graph.scroller.scrollIntoView({ block: "nearest" });
  }

  private page(): HTMLElement {
    const { profile } = this;
    return h(
      "main",
      { class: "tickmark" },
      header(profile, this.categoryTotals),
      h(
        "section",
        { class: "flame", "aria-label": "Flame graph" },
        this.toolbar.element,
        this.legendSlot,
        this.crumbSlot,
        h("div", { class: "flame-body" }, this.graph.element, this.panel),
        h("p", { class: "offscreen", id: "graph-help" }, "Arrow keys move between frames, Enter zooms, 0 shows everything, question mark lists all shortcuts. The tables below hold the same figures as text."),
      ),
      this.tableSlot,
    );
  }

  private fillTables(): void {
    const { profile } = this;
    const functions = functionRows(profile, this.totals);
    const lines = lineRows(profile);
    const functionColumns: Column<FunctionEntry>[] = [
      {
        key: "name",
        title: "Function",
        numeric: false,
        value: (row) => row.name,
        cell: (row) => (row.frame < 0 ? row.name : h("button", { class: "link", title: "Highlight in the graph", onclick: () => this.findFrame(row.frame) }, row.name)),
      },
      { key: "place", title: "Location", numeric: false, value: (row) => `${row.path}:${row.line}`, cell: (row) => this.placeCell(row.path, row.line, row.column, row.frame) },
      ...timeColumns(functions, () => this.base),
    ];
    const lineColumns: Column<LineRow>[] = [
      { key: "place", title: "Line", numeric: false, value: (row) => `${row.path}:${row.line}`, cell: (row) => this.placeCell(row.path, row.line, 1, null) },
      ...timeColumns(lines, () => this.base),
    ];
    this.functions = new SortableTable("Functions by time", functionColumns, functions);
    this.lines = new SortableTable("Lines by time", lineColumns, lines);
    this.tableSlot.replaceChildren(
      h("div", {}, h("h2", {}, "Hot functions"), this.functions.element),
      h("div", {}, h("h2", {}, "Hot lines"), this.lines.element),
    );
    this.filterFunctions();
  }

  private placeCell(path: string, line: number, column: number, frame: number | null): Node | string {
    if (!path) return h("span", { class: "hint" }, "\u2013");
    const text = placeText(path, line);
    const position = frame === null || frame < 0 ? { path: absolutePath(this.profile, path), line, column } : framePosition(this.profile, frame);
    const link = position && opener(position, "", "link place-link", this.detailsActions);
    if (!link) return text;
    link.append(text);
    return link;
  }

  private applyTheme(): Theme {
    const theme = currentTheme(this.chosenTheme);
    document.documentElement.dataset.theme = theme;
    return theme;
  }

  private switchTheme(): void {
    this.chosenTheme = this.theme === "dark" ? "light" : "dark";
    this.themeChanged();
  }

  private themeChanged(): void {
    this.theme = this.applyTheme();
    this.restyle();
    this.drawDetails(this.graph.selected);
  }

  private listen(): void {
    const { signal } = this.ended;
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.themeChanged(), { signal });
    const themes = new MutationObserver(() => this.themeChanged());
    themes.observe(document.body, { attributes: true, attributeFilter: ["data-vscode-theme-kind", "class"] });
    signal.addEventListener("abort", () => themes.disconnect());
    const watchPixels = () => {
      matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener(
        "change",
        () => {
          this.graph.resize();
          watchPixels();
        },
        { once: true, signal },
      );
    };
    watchPixels();
    document.addEventListener("keydown", (event) => this.key(event), { signal });
  }

  private key(event: KeyboardEvent): void {
    this.graph.scroller.classList.remove("quiet");
    if (event.ctrlKey || event.metaKey || event.altKey || this.dialog.open) return;
    const target = event.target as HTMLElement;
    if (target === this.toolbar.input) {
      if (event.key !== "Escape") return;
      event.preventDefault();
      if (this.toolbar.input.value) this.setQuery("");
      this.graph.scroller.focus();
      return;
    }
    if (target.closest("input, textarea, select")) return;
    const onGraph = this.graph.scroller.contains(target);
    const done = onGraph ? graphKey(this.graph, event, this.input) : pageKey(this.graph, event, this.input);
    if (done) event.preventDefault();
  }
}
