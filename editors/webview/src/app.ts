import type { Box } from "./boxes";
import { h } from "./dom";
import { FlameView } from "./flame_view";
import { editorLink, positionOf } from "./frame_info";
import { foldedHeader, header, hostActions, type HostActions } from "./header";
import { hasLoad, isOnlyLoad, LoadView } from "./load/load_view";
import { helpDialog } from "./help";
import type { HostChannel, HostMessage, Tab } from "./host";
import type { ViewModel } from "./model";
import { Notice } from "./notices";
import type { OpenSource } from "./open_source";
import type { Theme } from "./palette";
import { currentTheme } from "./style";
import { TableView, type TableState } from "./table_view";
import { Tabs } from "./tabs";
import type { SourcePosition } from "./types";
import { sourceOf, type ViewState } from "./view_state";
import type { Focus, Opened, TableKind } from "./wire";

const LOAD_TAB: [Tab, string] = ["load", "Load"];
const PROFILE_TABS: [Tab, string][] = [
  ["flamegraph", "Flamegraph"],
  ["bottomUp", "Bottom-up"],
  ["topDown", "Top-down"],
  ["lines", "Lines"],
];

const SAVE_MS = 100;

export interface AppOptions {
  openSource: OpenSource;
  /** The editor that hosts the view; null where the page holds the profile itself. */
  channel: HostChannel | null;
  /** Keeps the state while the view is hidden. */
  save: ((state: ViewState) => void) | null;
}

/** The whole page: header, tabs, the flamegraph and the tables, the load test. */
export class App {
  readonly element: HTMLElement;
  readonly flame: FlameView;
  readonly table: TableView;
  readonly tabs: Tabs<Tab>;
  private theme: Theme;
  private chosenTheme: Theme | null = null;
  private saving = 0;
  /** Tables ask for their rows when they are shown first. */
  private tableState: TableState | null = null;
  private readonly dialog = helpDialog();
  private readonly focusBar = new Notice("focus-bar", "status");
  private readonly failure = new Notice("failed", "alert");
  private readonly applied = new Notice("applied", "status");
  private readonly staleBar = new Notice("stale", "status");
  private readonly fold: HTMLDetailsElement | null;
  private readonly flamePanel: HTMLElement;
  private readonly tablePanel: HTMLElement;
  private readonly loadPanel: HTMLElement;
  private readonly load: LoadView | null = null;
  private readonly ended = new AbortController();

  constructor(
    readonly model: ViewModel,
    private readonly options: AppOptions,
  ) {
    this.theme = this.applyTheme();
    const { channel, openSource } = options;
    this.flame = new FlameView(model, {
      isComplete: channel === null,
      theme: this.theme,
      openSource,
      openBox: (box) => this.openBox(box),
      showBox: openSource && ((box) => this.showBox(box, openSource)),
      focus: channel && ((frame) => void this.focus(frame.id)),
      showTable: (kind, path) => this.showTable(kind, path),
      help: () => this.dialog.showModal(),
      // In an editor the theme is the editor's.
      switchTheme: document.body.dataset.vscodeThemeKind === undefined ? () => this.switchTheme() : null,
      changed: () => this.changed(),
    });
    this.table = new TableView(model, {
      openSource: (position) => this.open(position),
      showInGraph: (frame) => this.showInGraph(frame),
      focus: channel && ((frame) => this.focus(frame)),
    });
    this.tabs = new Tabs("Views", tabsOf(model.opened), panelOf, (tab) => this.showTab(tab));
    this.flamePanel = h("div", { id: "panel-flamegraph", class: "panel", role: "tabpanel", "aria-labelledby": "tab-flamegraph" }, this.flame.element);
    this.tablePanel = h("div", { id: "panel-table", class: "panel", role: "tabpanel", hidden: true }, this.table.element);
    this.loadPanel = h("div", { id: "panel-load", class: "panel", role: "tabpanel", "aria-labelledby": "tab-load", hidden: true });
    this.load = this.makeLoadView();
    // One view needs no tab to choose it.
    this.tabs.list.hidden = isOnlyLoad(model.opened);
    const tabRow = h("div", { class: "tab-row", hidden: this.tabs.list.hidden && !channel }, this.tabs.list, channel && hostActions(this.actionsOf(channel)));
    const bars = [this.staleBar, this.focusBar, this.failure, this.applied].map((notice) => notice.element);
    const folded = channel && foldedHeader(model.opened, () => this.changed());
    this.fold = folded?.fold ?? null;
    this.element = h("main", { class: channel ? "tickmark in-editor fills" : "tickmark" }, folded?.element ?? header(model.opened), ...bars, tabRow, this.flamePanel, this.tablePanel, this.loadPanel);
    this.listen();
  }

  /** Puts the view into the page and draws it; `state` is where the reader was. `takesFocus`: the reader asked for it just now. */
  mount(into: HTMLElement, state: ViewState | null, takesFocus = false): void {
    const hadFocus = document.hasFocus();
    into.replaceChildren(this.element, ...this.flame.overlay, this.dialog);
    if (this.fold) this.fold.open = state?.isAboutOpen ?? false;
    if (isOnlyLoad(this.model.opened)) {
      this.showTab("load");
      return;
    }
    this.flame.graph.resize();
    this.tableState = (state?.table as TableState | null | undefined) ?? null;
    this.flame.start(state?.flame ?? null);
    if (state && state.tab !== "flamegraph" && this.tabs.has(state.tab)) {
      this.showTab(state.tab);
      return;
    }
    // Keys work at once, or as soon as the keyboard comes to this page; the ring waits for the first key.
    this.flame.graph.scroller.classList.add("quiet");
    const focus = () => this.flame.graph.scroller.focus({ preventScroll: true });
    if (takesFocus || hadFocus) focus();
    else {
      const onArrival = () => document.activeElement === document.body && this.tabs.selected === "flamegraph" && focus();
      window.addEventListener("focus", onArrival, { once: true, signal: this.ended.signal });
    }
  }

  /** Stops listening to the page; another view takes this one's place. */
  dispose(): void {
    this.ended.abort();
    clearTimeout(this.saving);
    this.flame.dispose();
    this.load?.dispose();
  }

  state(): ViewState {
    const hasTable = this.tableState === null && this.tablePanel.dataset.used !== undefined;
    return {
      version: 1,
      source: sourceOf(this.model.opened),
      tab: this.tabs.selected,
      flame: this.flame.state(),
      table: hasTable ? this.table.state() : this.tableState,
      isAboutOpen: this.fold?.open ?? false,
    };
  }

  /** Follows what the editor tells. */
  told(message: HostMessage): void {
    if (message.type === "tickmark/cursor") this.flame.showCursor(message.frame);
    if (message.type === "tickmark/focus") this.showFocus(message.focus);
    if (message.type === "tickmark/shown") this.showNewer(message.newer);
    if (message.type !== "tickmark/show" || !this.tabs.has(message.tab)) return;
    this.showTab(message.tab);
    const { frame, order } = message;
    if (order === "leftHeavy" || order === "timeOrder") this.flame.setOrder(order);
    if (frame === undefined) return;
    if (message.tab === "flamegraph" && (order === "callers" || order === "callees")) void this.showBothWays(frame);
    else if (message.tab === "flamegraph") this.flame.showFunction(frame);
    else if (message.tab === "bottomUp") this.table.show(message.tab, { frames: [frame] });
    else if (message.tab === "topDown") this.table.show(message.tab, { filter: "", frames: [frame] });
  }

  showTab(tab: Tab): void {
    this.tabs.mark(tab);
    const panel = panelOf(tab);
    for (const element of [this.flamePanel, this.tablePanel, this.loadPanel]) element.hidden = element.id !== panel;
    // The graph takes what height there is; other panels are as high as they need.
    this.element.classList.toggle("fills", tab === "flamegraph" && this.options.channel !== null);
    if (tab === "flamegraph") this.flame.graph.resize();
    else if (tab !== "load") this.fillTable(tab);
    this.changed();
  }

  /** A load test that cannot be read says so in its place; the profile is there all the same. */
  private makeLoadView(): LoadView | null {
    if (!hasLoad(this.model.opened)) return null;
    try {
      const view = new LoadView(this.model.opened);
      this.loadPanel.append(view.element);
      return view;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.loadPanel.append(h("p", { class: "notice failed", role: "alert" }, `The load test cannot be shown: ${message}`));
      return null;
    }
  }

  private fillTable(kind: TableKind): void {
    this.tablePanel.setAttribute("aria-labelledby", `tab-${kind}`);
    this.tablePanel.dataset.used = "";
    this.table.hide(this.flame.settings.hiddenFromTables);
    const { tableState } = this;
    this.tableState = null;
    if (tableState) this.table.restore({ ...tableState, kind });
    else this.table.show(kind);
  }

  private showTable(kind: TableKind, path: number[]): void {
    this.showTab(kind);
    this.table.show(kind, path.length ? { filter: "", frames: path } : {});
    this.table.focusRows();
  }

  private showInGraph(frame: number): void {
    this.showTab("flamegraph");
    this.flame.showFunction(frame);
    this.flame.graph.scroller.focus({ preventScroll: true });
  }

  private async showBothWays(frame: number): Promise<void> {
    try {
      const details = await this.model.details({ frame, measure: this.flame.settings.measure });
      this.flame.showBothWays(details.frame);
    } catch (error) {
      this.failed(error, () => void this.showBothWays(frame));
    }
  }

  private actionsOf(channel: HostChannel): HostActions {
    return { compare: () => channel.command("compare"), exportAs: () => channel.command("export"), apply: isOnlyLoad(this.model.opened) ? null : () => void this.apply(channel) };
  }

  /** Shows this profile on the source lines. */
  private async apply(channel: HostChannel): Promise<void> {
    this.failure.hide();
    this.applied.hide();
    try {
      await channel.request("views/apply", {});
      this.applied.show("The source lines show this profile now.", "Close", () => this.applied.hide());
    } catch (error) {
      this.failed(error, () => void this.apply(channel));
    }
  }

  /** Restricts the editor's percentages to the stacks through a function; null: everything again. */
  private async focus(frame: number | null): Promise<void> {
    const { channel } = this.options;
    if (!channel) return;
    this.failure.hide();
    try {
      const { focus } = await channel.request<{ focus: Focus | null }>("focus", { frame });
      this.showFocus(focus);
    } catch (error) {
      this.failed(error, () => void this.focus(frame));
    }
  }

  private showFocus(focus: Focus | null): void {
    if (!focus) {
      this.focusBar.hide();
      return;
    }
    const text = `Percentages in the editor are of stacks through ${focus.label} (${focus.sharePercent.toFixed(1)}% of active time).`;
    this.focusBar.show(text, "Show everything", () => void this.focus(null));
  }

  /** The lines show a newer run than this one. */
  private showNewer(newer: { runId: string; title: string } | null): void {
    const { channel } = this.options;
    if (!newer || !channel) this.staleBar.hide();
    else this.staleBar.show(`The source lines show a newer run: ${newer.title}.`, "Show it", () => channel.command("openShown"));
  }

  private failed(error: unknown, again: () => void): void {
    if (error instanceof DOMException && error.name === "AbortError") return;
    this.failure.show(error instanceof Error ? error.message : String(error), "Try again", () => {
      this.failure.hide();
      again();
    });
  }

  private openBox({ frame }: Box): void {
    const position = positionOf(frame);
    if (position) this.open(position);
  }

  /** The line of a box; the keyboard stays in the graph. */
  private showBox({ frame }: Box, openSource: NonNullable<OpenSource>): void {
    const position = positionOf(frame);
    if (!position) return;
    openSource(position, true);
    // The editor tells of its cursor only while it has the keyboard.
    if (this.options.channel) this.flame.showCursor(frame);
  }

  private open(position: SourcePosition): void {
    const { openSource } = this.options;
    const href = editorLink(position);
    if (openSource) openSource(position);
    else if (href) window.location.href = href;
  }

  private changed(): void {
    const { save } = this.options;
    if (!save || this.saving) return;
    this.saving = window.setTimeout(() => {
      this.saving = 0;
      save(this.state());
    }, SAVE_MS);
  }

  private applyTheme(): Theme {
    const theme = currentTheme(this.chosenTheme);
    const root = document.documentElement;
    root.dataset.theme = theme;
    if (document.body.dataset.vscodeThemeKind?.startsWith("vscode-high-contrast")) root.dataset.contrast = "high";
    else delete root.dataset.contrast;
    return theme;
  }

  private switchTheme(): void {
    this.chosenTheme = this.theme === "dark" ? "light" : "dark";
    this.themeChanged();
  }

  private themeChanged(): void {
    this.theme = this.applyTheme();
    this.flame.setTheme(this.theme);
  }

  private listen(): void {
    const { signal } = this.ended;
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
      matchMedia(query).addEventListener("change", () => this.themeChanged(), { signal });
    }
    const themes = new MutationObserver(() => this.themeChanged());
    themes.observe(document.body, { attributes: true, attributeFilter: ["data-vscode-theme-kind", "class"] });
    signal.addEventListener("abort", () => themes.disconnect());
    const watchPixels = () => {
      matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener(
        "change",
        () => {
          this.flame.graph.resize();
          watchPixels();
        },
        { once: true, signal },
      );
    };
    watchPixels();
    document.addEventListener("keydown", (event) => this.key(event), { signal });
    // Sorting, expanding and filtering of a table are kept too.
    for (const type of ["input", "click", "keyup"]) this.tablePanel.addEventListener(type, () => this.changed());
    this.tablePanel.addEventListener("scroll", () => this.changed(), { capture: true });
  }

  private key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || this.dialog.open || event.defaultPrevented) return;
    if (this.tabs.selected !== "flamegraph") return;
    if (this.flame.key(event, event.target as HTMLElement)) event.preventDefault();
  }
}

/** A load test without a profile is all there is; with one, it is a view beside the others. */
function tabsOf(opened: Opened): [Tab, string][] {
  if (isOnlyLoad(opened)) return [LOAD_TAB];
  return hasLoad(opened) ? [...PROFILE_TABS, LOAD_TAB] : PROFILE_TABS;
}

/** The element that a tab shows. */
function panelOf(tab: Tab): string {
  return tab === "flamegraph" ? "panel-flamegraph" : tab === "load" ? "panel-load" : "panel-table";
}
