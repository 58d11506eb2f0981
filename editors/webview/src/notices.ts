import { h } from "./dom";

/** How long an answer may take before the view says that it waits. */
const PATIENCE_MS = 300;

/** A bar that tells something and offers one way on. */
export class Notice {
  readonly element: HTMLElement;

  constructor(className: string, role: "status" | "alert") {
    this.element = h("div", { class: `notice ${className}`, role, hidden: true });
  }

  show(text: string, action?: string, act?: () => void): void {
    this.element.replaceChildren(h("span", { class: "notice-text" }, text));
    if (action && act) this.element.append(h("button", { class: "button", onclick: act }, action));
    this.element.hidden = false;
  }

  hide(): void {
    this.element.hidden = true;
    this.element.replaceChildren();
  }
}

/** What could not be had, by what was asked; each can be tried again. */
export class Failures {
  readonly notice = new Notice("failed", "alert");
  private readonly failed = new Map<string, { message: string; again: () => void }>();

  add(what: string, error: unknown, again: () => void): void {
    this.failed.set(what, { message: error instanceof Error ? error.message : String(error), again });
    this.render();
  }

  clear(what: string): void {
    if (this.failed.delete(what)) this.render();
  }

  private render(): void {
    const all = [...this.failed.values()];
    if (!all.length) {
      this.notice.hide();
      return;
    }
    const messages = [...new Set(all.map(({ message }) => message))];
    this.notice.show(messages.join(" \u00b7 "), "Try again", () => {
      this.failed.clear();
      this.render();
      for (const { again } of all) again();
    });
  }
}

/** Says that the view waits for answers, once that takes long enough to be noticed. */
export class Waiting {
  readonly element = h("div", { class: "waiting", role: "status", hidden: true }, h("span", { class: "waiting-bar", "aria-hidden": "true" }), h("span", { class: "waiting-text" }));
  private asked = 0;
  private timer = 0;

  set(isWaiting: boolean): void {
    this.asked += isWaiting ? 1 : -1;
    if (this.asked > 0 && !this.timer) {
      this.timer = window.setTimeout(() => {
        this.element.hidden = false;
        // A status that appears is read out; one that is filled, in every browser.
        this.element.lastElementChild?.replaceChildren("Waiting for the server \u2026");
      }, PATIENCE_MS);
    }
    if (this.asked === 0) {
      // The next question often follows at once: the bar would flicker.
      clearTimeout(this.timer);
      this.timer = 0;
      this.element.hidden = true;
      this.element.lastElementChild?.replaceChildren();
    }
  }
}
