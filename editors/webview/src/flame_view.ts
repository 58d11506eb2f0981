import { NO_BOXES, type Box, type PlacedBoxes } from "./boxes";
import { BoxSource } from "./box_source";
import { showBreadcrumbs } from "./breadcrumbs";
import { CursorLine } from "./cursor_line";
import { h } from "./dom";
import { EditorCursor } from "./editor_cursor";
import type { Shown } from "./figures";
import { Finder } from "./finder";
import type { FlameOptions } from "./flame_options";
import { FlameSettings } from "./flame_settings";
import { nameOf } from "./frame_info";
import { Graph } from "./graph";
import { attachPointer, graphKey, pageKey, type InputActions } from "./input";
import { showLegend } from "./legend";
import type { ViewModel } from "./model";
import { Failures, Notice, Waiting } from "./notices";
import type { Theme } from "./palette";
import { PickedFunction } from "./picked_function";
import { ReaderPlace } from "./reader_place";
import { scrollRow } from "./scroll_row";
import { SelectionPanel } from "./selection_panel";
import { boxStyle, pageColors, strongestChange, type ColorBy } from "./style";
import { Toolbar, type ShownOrder } from "./toolbar";
import { Tooltip } from "./tooltip";
import type { FlameState } from "./view_state";
import type { Category, FrameInfo, Hit, Measure } from "./wire";

/** The flamegraph with its controls: what is shown of it, and what is drawn again when a part of that changes. */
export class FlameView {
  readonly graph: Graph;
  readonly toolbar: Toolbar;
  readonly element: HTMLElement;
  readonly overlay: HTMLElement[];
  readonly settings: FlameSettings;
  private theme: Theme;
  private readonly picked = new PickedFunction(() => {
    this.request();
    this.restyle();
  });
  private strongest = 0.01;
  /** The search whose matches are marked in the boxes drawn. */
  private markedQuery = "";
  private isQueryBad = false;
  private readonly place: ReaderPlace;
  private readonly source: BoxSource;
  private readonly finder: Finder;
  private readonly selection: SelectionPanel;
  private readonly cursor: EditorCursor;
  private readonly tooltip = new Tooltip();
  private readonly failures = new Failures();
  private readonly waiting = new Waiting();
  private readonly bothWaysBar = new Notice("both-ways", "status");
  private readonly legendSlot = h("div", { class: "legend-slot" });
  private readonly crumbSlot = h("div", { class: "crumb-slot" });
  private readonly input: InputActions;

  constructor(
    private readonly model: ViewModel,
    private readonly options: FlameOptions,
  ) {
    const { opened } = model;
    const { overview } = opened;
    this.theme = options.theme;
    this.settings = new FlameSettings(opened);
    const waiting = (isWaiting: boolean) => this.waiting.set(isWaiting);
    this.source = new BoxSource(
      model,
      {
        whole: (boxes, isNewScene) => this.arrived(boxes, isNewScene),
        sharp: (boxes) => {
          this.graph.sharpen(boxes);
          this.place.comeCloser(boxes);
        },
        failed: (error) => this.failures.add("boxes", error, () => this.source.retry()),
        waiting,
      },
      options.isComplete,
    );
    this.finder = new Finder(model, {
      say: (text, title, isBad) => {
        this.failures.clear("search");
        this.toolbar.showSearch(text, title, isBad);
        if (isBad === this.isQueryBad) return;
        this.isQueryBad = isBad;
        this.restyle();
      },
      go: (hit) => this.goTo(hit),
      failed: (error, again) => this.failures.add("search", error, again),
      waiting,
    });
    const failed = (what: string) => (error: unknown, again: () => void) => this.failures.add(what, error, again);
    const { openSource, focus } = options;
    this.selection = new SelectionPanel(
      model,
      { openSource, focus, pick: (frame) => this.picked.pick(frame), bothWays: (frame) => this.showBothWays(frame), showTable: () => this.showTable(), zoom: (box) => this.graph.zoomTo(box) },
      () => ({ ...this.shown, inTime: this.settings.order === "timeOrder" }),
      { failed: failed("details"), waiting },
    );
    const cursorLine = new CursorLine(model, () => this.shown, { failed: failed("cursor"), waiting });
    this.input = {
      open: (box) => options.openBox(box),
      show: (box) => options.showBox?.(box),
      escape: () => this.escape(),
      search: () => this.toolbar.input.select(),
      help: () => options.help(),
      toggleOrder: () => this.setOrder(this.settings.order === "timeOrder" || !overview.hasTimeline ? "leftHeavy" : "timeOrder"),
      toggleColor: () => this.setColor(this.settings.nextColor()),
      toggleBothWays: () => this.setOrder(this.settings.order === "bothWays" ? "leftHeavy" : "bothWays"),
      focus: () => this.focusSelected(),
    };
    this.toolbar = new Toolbar(
      {
        order: (order) => this.setOrder(order),
        colorBy: (color) => this.setColor(color),
        measure: (measure) => this.setMeasure(measure),
        search: (query) => this.search(query),
        nextMatch: (step) => this.finder.step(step),
        activeOnly: (on) => this.setActiveOnly(on),
        reset: () => this.graph.reset(),
        help: () => options.help(),
        switchTheme: options.switchTheme,
      },
      { overview, isCompared: Boolean(opened.compared), searchHint: "names and files (regular expression)" },
    );
    this.graph = new Graph(
      {
        hover: (box, x, y) => this.tooltip.show(this.shown, box, this.settings.order === "timeOrder", x, y),
        select: (box) => this.selected(box),
        zoom: () => this.drawBreadcrumbs(),
        view: () => this.looked(),
      },
      NO_BOXES,
      this.styleOf,
      pageColors(),
    );
    this.place = new ReaderPlace(this.graph);
    this.cursor = new EditorCursor(cursorLine, this.graph, options.isComplete ? null : () => this.request());
    this.tooltip.hide();
    attachPointer(this.graph, this.input);
    this.overlay = [this.tooltip.element, this.selection.live];
    this.element = this.build();
  }

  private get shown(): Shown {
    const { measure, base } = this.settings;
    return { opened: this.model.opened, measure, theme: this.theme, base };
  }

  /** Asks for what is to be shown; `restored` is where the reader was. */
  start(restored: FlameState | null): void {
    if (restored) {
      this.settings.restore(restored);
      this.toolbar.input.value = restored.query;
      this.place.restore(restored);
    }
    this.request();
  }

  dispose(): void {
    this.cursor.dispose();
    this.source.dispose();
  }

  setOrder(order: ShownOrder): void {
    if (order === this.settings.order || (order === "timeOrder" && !this.settings.hasTimeOrder)) return;
    const { selected } = this.graph;
    if (order === "bothWays") {
      if (selected?.frame) this.showBothWays(selected.frame);
      return;
    }
    const { center } = this.settings;
    const wasBothWays = this.settings.order === "bothWays";
    this.settings.order = order;
    const { isZoomed } = this.graph;
    // Who looked at everything goes on doing so.
    if (!wasBothWays) this.place.keepStack(isZoomed);
    else if (center) this.place.goToFunction(selected?.frame?.id ?? center.id);
    this.request(isZoomed && !wasBothWays ? selected?.frame?.id : undefined);
  }

  /** Who calls a function, and what it calls. */
  showBothWays(frame: FrameInfo): void {
    this.settings.order = "bothWays";
    this.settings.center = frame;
    this.settings.centerWidth = this.selection.totalOf(frame);
    this.place.goToCenter();
    this.request();
  }

  setColor(color: ColorBy): void {
    this.settings.colorBy = color;
    this.restyle();
    this.options.changed();
  }

  setMeasure(measure: Measure): void {
    if (measure === this.settings.measure) return;
    this.settings.setMeasure(measure);
    this.selection.forget();
    this.cursor.line.show(this.cursor.line.frame);
    this.keepPlace();
    this.request();
  }

  /** Figures or boxes of the same stack come next. */
  private keepPlace(): void {
    if (this.settings.order === "bothWays") this.place.goToCenter();
    else this.place.keepStack(false);
  }

  private setActiveOnly(on: boolean): void {
    this.settings.activeOnly = on;
    this.refreshFigures();
    this.options.changed();
  }

  toggleCategory(category: Category): void {
    this.settings.toggle(category);
    this.keepPlace();
    this.request();
  }

  /** Puts a query into the field and searches it. */
  setQuery(query: string): void {
    this.toolbar.input.value = query;
    this.search(query);
  }

  private search(query: string): void {
    if (query === this.settings.query) return;
    this.settings.query = query;
    this.request();
  }

  /** Selects the widest box of a function, whichever it is. */
  showFunction(id: number): void {
    if (this.settings.order === "bothWays") this.settings.order = "leftHeavy";
    this.picked.frame = null;
    this.place.goToFunction(id, (frame) => this.picked.pick(frame));
    this.request(id);
  }

  private showTable(): void {
    const { selected } = this.graph;
    if (this.settings.order !== "bothWays" || !this.settings.center) this.options.showTable("topDown", this.place.pathTo(selected));
    else if (selected?.isCaller) this.options.showTable("bottomUp", [this.settings.center.id, ...this.place.pathTo(selected)]);
    else this.options.showTable("bottomUp", [selected?.frame?.id ?? this.settings.center.id]);
  }

  /** Outlines the function below the editor's cursor; the view stays. */
  showCursor(frame: FrameInfo | null): void {
    this.cursor.show(frame);
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    this.restyle();
    this.selection.render();
  }

  /** Handles a key anywhere on the page; true when it did something. */
  key(event: KeyboardEvent, target: HTMLElement): boolean {
    this.graph.scroller.classList.remove("quiet");
    if (target === this.toolbar.input) {
      if (event.key !== "Escape") return false;
      if (this.toolbar.input.value) this.setQuery("");
      this.graph.scroller.focus();
      return true;
    }
    if (target.closest("input, textarea, select")) return false;
    return this.graph.scroller.contains(target) ? graphKey(this.graph, event, this.input) : pageKey(this.graph, event, this.input);
  }

  state(): FlameState {
    return { ...this.settings.kept(), ...this.place.kept() };
  }

  /** Asks for the boxes of what is to be shown now, and says what that is. */
  private request(highlight: number | null = this.picked.frame?.id ?? this.cursor.sought): void {
    this.failures.clear("boxes");
    const { center } = this.settings;
    if (this.settings.order === "bothWays" && center) {
      this.bothWaysBar.show(`Callers above and callees below ${nameOf(center)}`, "Back to the whole", () => this.setOrder("leftHeavy"));
    } else this.bothWaysBar.hide();
    // Where every box is here, it is known without being marked.
    const marked = this.options.isComplete ? null : highlight;
    this.graph.highlighted = marked;
    this.source.show(this.settings.scene, { query: this.settings.query, highlight: marked }, this.graph.scroller.clientWidth || innerWidth);
    if (this.place.isGoing && this.source.isHere) this.place.arrive(this.graph.whole);
    this.refreshFigures();
    this.options.changed();
  }

  private arrived(boxes: PlacedBoxes, isNewScene: boolean): void {
    this.strongest = strongestChange(boxes, this.settings.base.value);
    this.graph.measure = this.settings.measure;
    if (isNewScene) this.graph.setWhole(boxes);
    else this.graph.refresh(boxes, this.markedQuery !== this.settings.query);
    this.markedQuery = this.settings.query;
    this.restyle();
    this.place.arrive(boxes);
    this.graph.paintNow();
    if (isNewScene && !this.graph.selected) this.graph.select(null);
    const [x0, x1] = this.graph.target();
    this.source.look(x0, x1, this.graph.scroller.clientWidth);
  }

  private looked(): void {
    const [x0, x1] = this.graph.target();
    this.source.look(x0, x1, this.graph.scroller.clientWidth);
    this.options.changed();
  }

  private goTo(hit: Hit): void {
    // Matches are searched in the whole, not among callers and callees.
    const isHere = this.settings.order !== "bothWays";
    if (!isHere) this.settings.order = "leftHeavy";
    if (!this.place.goToHit(hit, isHere)) this.request();
  }

  private selected(box: Box | null): void {
    this.failures.clear("details");
    this.selection.show(box, this.graph);
    this.updateToolbar();
    this.options.changed();
  }

  private focusSelected(): boolean {
    const frame = this.graph.selected?.frame;
    if (!frame || !this.options.focus) return false;
    this.options.focus(frame);
    return true;
  }

  private escape(): void {
    if (this.toolbar.input.value) this.setQuery("");
    else if (this.picked.frame) this.picked.pick(null);
    else this.graph.reset();
  }

  private readonly styleOf = (boxes: PlacedBoxes) =>
    boxStyle(boxes, {
      theme: this.theme,
      colorBy: this.settings.colorBy,
      tiers: this.model.opened.overview.tiers,
      measure: this.settings.measure,
      isSearching: this.markedQuery.trim() !== "" && !this.isQueryBad,
      picked: this.picked.frame?.id ?? null,
      base: this.settings.base.value,
      strongestChange: this.strongest,
    });

  private restyle(): void {
    this.graph.setStyle(this.styleOf, pageColors());
    this.drawLegend();
    this.updateToolbar();
  }

  /** Everything that shows a percentage. */
  private refreshFigures(): void {
    this.finder.search(this.settings.query, this.settings.scene, this.settings.base);
    this.updateToolbar();
    this.drawLegend();
    this.selection.render();
    this.cursor.line.render();
  }

  private updateToolbar(): void {
    const { order, colorBy, measure, activeOnly } = this.settings;
    this.toolbar.update({ order, colorBy, measure, activeOnly, canGoBothWays: Boolean(this.graph.selected?.frame) });
  }

  private drawLegend(): void {
    showLegend(this.legendSlot, this.shown, this.settings.colorBy, this.settings.hidden, this.strongest, (category) => this.toggleCategory(category));
  }

  private drawBreadcrumbs(): void {
    showBreadcrumbs(this.crumbSlot, this.graph.zoomed, (path) => this.graph.zoomAlong(path));
  }

  private build(): HTMLElement {
    const hint = "Arrow keys move between frames, Enter zooms, o opens the source, 0 shows everything, question mark lists all shortcuts. The tables hold the same figures as text.";
    const keys = h("div", { class: "keys", role: "group", "aria-label": "Colours and categories" }, this.toolbar.coloring, this.legendSlot, this.toolbar.percentages);
    return h(
      "section",
      { class: "flame", "aria-label": "Flame graph" },
      this.toolbar.element,
      scrollRow(keys),
      this.failures.notice.element,
      this.bothWaysBar.element,
      this.picked.bar.element,
      // Of one height, whatever it says: the graph below stays where it is.
      h("div", { class: "place" }, this.crumbSlot, this.cursor.line.element, this.toolbar.viewButtons),
      h("div", { class: "flame-body" }, h("div", { class: "graph-frame" }, this.graph.element, this.waiting.element), this.selection.element),
      h("p", { class: "offscreen", id: "graph-help" }, hint),
    );
  }
}
