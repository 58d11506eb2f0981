import { h } from "./dom";
import { filterHelp } from "./filter_help";
import type { Overview, QueryError } from "./wire";

/** From the last key to the question. */
const TYPING_MS = 120;

export interface FilterFieldActions {
  /** The filter changed. */
  filter(text: string): void;
  /** To the table. */
  leave(): void;
}

/** The field of the filter, what is wrong with it, how many rows it keeps, and help. */
export class FilterField {
  readonly element: HTMLElement;
  private readonly input = h("input", {
    type: "search",
    "aria-label": "Filter",
    "aria-describedby": "filter-error",
    "aria-keyshortcuts": "/",
    spellcheck: "false",
    autocomplete: "off",
  });
  private readonly count = h("span", { class: "filter-count", role: "status" });
  private readonly error = h("div", { class: "filter-error", id: "filter-error", role: "alert", hidden: true });
  private readonly helpButton = h(
    "button",
    { class: "button round", title: "How to filter", "aria-label": "How to filter", "aria-expanded": "false", "aria-controls": "filter-help" },
    "?",
  );
  /** The line below the field: how many rows, and what else there is to choose. */
  readonly below = h("div", { class: "filter-below" }, this.count);
  private help: HTMLElement = h("div", { hidden: true });
  private readonly pressedOutside = (event: PointerEvent) => {
    if (!this.element.contains(event.target as Node)) this.toggleHelp(false, false);
  };
  private timer: ReturnType<typeof setTimeout> | undefined;
  private told = "";

  constructor(private readonly actions: FilterFieldActions) {
    this.input.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.tell(), TYPING_MS);
    });
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.helpButton.addEventListener("click", () => this.toggleHelp());
    const field = h("div", { class: "search filter-field" }, this.input);
    this.element = h("div", { class: "filter" }, h("div", { class: "filter-line" }, field, this.helpButton, this.help), this.error, this.below);
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.help.hidden) return;
      event.stopPropagation();
      event.preventDefault();
      this.toggleHelp(false);
    });
    this.element.addEventListener("focusout", (event) => {
      const to = event.relatedTarget as Node | null;
      if (to && !this.element.contains(to)) this.toggleHelp(false, false);
    });
  }

  get value(): string {
    return this.input.value;
  }

  /** Sets the text without telling. */
  set(text: string): void {
    clearTimeout(this.timer);
    this.input.value = text;
    this.told = text;
  }

  select(): void {
    this.input.select();
  }

  /** What the help may speak of. */
  setOverview(overview: Overview): void {
    this.input.placeholder = `Filter, e.g. ${overview.hasCpu ? "self>2%" : "selfBytes>1MB"} file:routes/ -file:node_modules`;
    const help = filterHelp("filter-help", overview, (example) => this.use(example));
    this.help.replaceWith(help);
    this.help = help;
    this.helpButton.setAttribute("aria-expanded", "false");
  }

  showCount(text: string): void {
    if (this.count.textContent !== text) this.count.textContent = text;
  }

  /** Shows what is wrong and where; null: nothing is. */
  showError(error: QueryError | null): void {
    this.error.hidden = !error;
    this.input.setAttribute("aria-invalid", String(error !== null));
    if (!error) {
      this.error.replaceChildren();
      return;
    }
    const text = this.input.value;
    const at = Math.min(error.at, text.length);
    const end = Math.min(at + error.length, text.length);
    // Where something is missing there is no text to mark.
    const wrong = h("mark", { class: end > at ? "" : "missing" }, text.slice(at, end));
    this.error.replaceChildren(message(error.message), h("code", { "aria-hidden": "true" }, text.slice(0, at), wrong, text.slice(end)), h("p", { class: "filter-off" }, "Until then everything is shown."));
  }

  toggleHelp(open = this.help.hidden, focus = true): void {
    if (open !== this.help.hidden) return;
    this.help.hidden = !open;
    this.helpButton.setAttribute("aria-expanded", String(open));
    if (open) document.addEventListener("pointerdown", this.pressedOutside);
    else document.removeEventListener("pointerdown", this.pressedOutside);
    if (!focus) return;
    if (open) this.help.querySelector("button")?.focus();
    else this.helpButton.focus();
  }

  private tell(): void {
    clearTimeout(this.timer);
    if (this.input.value === this.told) return;
    this.told = this.input.value;
    this.actions.filter(this.told);
  }

  private use(example: string): void {
    const text = this.input.value.trim();
    this.input.value = text ? `${text} ${example}` : example;
    this.toggleHelp(false, false);
    this.input.focus();
    this.tell();
  }

  private key(event: KeyboardEvent): void {
    switch (event.key) {
      case "Enter":
        this.tell();
        return;
      case "ArrowDown":
        this.tell();
        this.actions.leave();
        break;
      case "Escape":
        if (this.input.value) {
          this.input.value = "";
          this.tell();
        } else if (this.help.hidden) this.actions.leave();
        else return;
        break;
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}

/** A message in which `this` is code. */
function message(text: string): HTMLElement {
  return h("p", {}, ...text.split("`").map((part, i) => (i % 2 ? h("code", {}, part) : part)));
}
