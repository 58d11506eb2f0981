import type { Box } from "./boxes";
import { h } from "./dom";
import { FlameView } from "./flame_view";
import { editorLink, positionOf } from "./frame_info";
import { header, hostActions, type HostActions } from "./header";
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
import type { Focus, TableKind } from "./wire";

const TABS: [Tab, string][] = [
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

/** The whole page: header, tabs, the flamegraph and the tables. */
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
  private readonly flamePanel: HTMLElement;
  private readonly tablePanel: HTMLElement;
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
    this.tabs = new Tabs("Views", TABS, (tab) => (tab === "flamegraph" ? "panel-flamegraph" : "panel-table"), (tab) => this.showTab(tab));
    this.flamePanel = h("div", { id: "panel-flamegraph", class: "panel", role: "tabpanel", "aria-labelledby": "tab-flamegraph" }, this.flame.element);
    this.tablePanel = h("div", { id: "panel-table", class: "panel", role: "tabpanel", hidden: true }, this.table.element);
    const tabRow = h("div", { class: "tab-row" }, this.tabs.list, channel && hostActions(this.actionsOf(channel)));
    const bars = [this.focusBar, this.failure, this.applied].map((notice) => notice.element);
    this.element = h("main", { class: channel ? "tickmark in-editor" : "tickmark" }, header(model.opened, channel !== null), ...bars, tabRow, this.flamePanel, this.tablePanel);
    this.listen();
  }

  /** Puts the view into the page and draws it; `state` is where the reader was. */
  mount(into: HTMLElement, state: ViewState | null): void {
    into.replaceChildren(this.element, ...this.flame.overlay, this.dialog);
    this.flame.graph.resize();
    this.tableState = (state?.table as TableState | null | undefined) ?? null;
    this.flame.start(state?.flame ?? null);
    if (state && state.tab !== "flamegraph") {
      this.showTab(state.tab);
      return;
    }
    // Keys work at once; the ring waits for the first key.
    this.flame.graph.scroller.classList.add("quiet");
    this.flame.graph.scroller.focus({ preventScroll: true });
  }

  /** Stops listening to the page; another view takes this one's place. */
  dispose(): void {
    this.ended.abort();
    clearTimeout(this.saving);
    this.flame.dispose();
  }

  state(): ViewState {
    const hasTable = this.tableState === null && this.tablePanel.dataset.used !== undefined;
    return {
      version: 1,
      source: sourceOf(this.model.opened),
      tab: this.tabs.selected,
      flame: this.flame.state(),
      table: hasTable ? this.table.state() : this.tableState,
    };
  }

  /** Follows what the editor tells. */
  told(message: HostMessage): void {
    if (message.type === "tickmark/cursor") this.flame.showCursor(message.frame);
    if (message.type === "tickmark/focus") this.showFocus(message.focus);
    if (message.type !== "tickmark/show") return;
    this.showTab(message.tab);
    const { frame, order } = message;
    if (order === "leftHeavy" || order === "timeOrder") this.flame.setOrder(order);
    if (frame === undefined) return;
    if (message.tab === "flamegraph" && (order === "callers" || order === "callees")) void this.showBothWays(frame);
    else if (message.tab === "flamegraph") this.flame.showFunction(frame);
    else if (message.tab === "bottomUp") this.table.show(message.tab, { frames: [frame] });
    else if (message.tab === "topDown") this.showTable(message.tab, [frame]);
  }

  showTab(tab: Tab): void {
    this.tabs.mark(tab);
    const isGraph = tab === "flamegraph";
    this.flamePanel.hidden = !isGraph;
    this.tablePanel.hidden = isGraph;
    if (isGraph) this.flame.graph.resize();
    else this.fillTable(tab);
    this.changed();
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
    return { compare: () => channel.command("compare"), exportAs: () => channel.command("export"), apply: () => void this.apply(channel) };
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

