import { h } from "./dom";

/** Tabs by the ARIA pattern: arrows choose, one tab is in the order of the Tab key. */
export class Tabs<Id extends string> {
  readonly list: HTMLElement;
  selected: Id;
  private readonly tabs = new Map<Id, HTMLButtonElement>();

  /** `panelOf` names the element that a tab shows; several tabs may share one. */
  constructor(label: string, titles: [Id, string][], panelOf: (id: Id) => string, private readonly chosen: (id: Id) => void) {
    this.selected = titles[0][0];
    for (const [id, title] of titles) {
      this.tabs.set(id, h("button", { class: "tab", role: "tab", id: `tab-${id}`, "aria-controls": panelOf(id), onclick: () => this.choose(id) }, title));
    }
    this.list = h("div", { class: "tabs", role: "tablist", "aria-label": label }, ...this.tabs.values());
    this.list.addEventListener("keydown", (event) => this.key(event));
    this.mark(this.selected);
  }

  /** Marks a tab as the one shown. */
  mark(id: Id): void {
    this.selected = id;
    for (const [other, tab] of this.tabs) {
      tab.setAttribute("aria-selected", String(other === id));
      tab.tabIndex = other === id ? 0 : -1;
    }
  }

  has(id: Id): boolean {
    return this.tabs.has(id);
  }

  private choose(id: Id): void {
    if (id !== this.selected) this.chosen(id);
  }

  private key(event: KeyboardEvent): void {
    const ids = [...this.tabs.keys()];
    const at = ids.indexOf(this.selected);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: ids.length - 1 }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const id = ids[(to + ids.length) % ids.length];
    this.choose(id);
    this.tabs.get(id)?.focus();
  }
}
