import { h } from "./dom";

/** Buttons of which one is pressed. */
export class Choice<Value extends string> {
  readonly element: HTMLElement;
  private readonly buttons = new Map<Value, HTMLButtonElement>();

  constructor(label: string, title: string, choose: (value: Value) => void, options: [Value, string, string][]) {
    for (const [value, text, about] of options) {
      this.buttons.set(value, h("button", { class: "segment", title: about, onclick: () => choose(value), "aria-pressed": "false" }, text));
    }
    this.element = h("div", { class: "segments", role: "group", "aria-label": label }, title && h("span", { class: "segments-title" }, title), ...this.buttons.values());
  }

  press(pressed: Value): void {
    for (const [value, button] of this.buttons) button.setAttribute("aria-pressed", String(value === pressed));
  }

  disable(value: Value, isDisabled: boolean): void {
    const button = this.buttons.get(value);
    if (button) button.disabled = isDisabled;
  }
}
