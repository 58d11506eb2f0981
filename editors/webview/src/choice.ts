import { h } from "./dom";
import { Roving } from "./roving";

/** Buttons of which one is pressed. */
export class Choice<Value extends string> {
  readonly element: HTMLElement;
  private readonly buttons = new Map<Value, HTMLButtonElement>();
  private readonly roving: Roving;
  private pressed: Value | null = null;

  constructor(label: string, title: string, choose: (value: Value) => void, options: [Value, string, string][]) {
    for (const [value, text, about] of options) {
      this.buttons.set(value, h("button", { class: "segment", title: about, onclick: () => choose(value), "aria-pressed": "false" }, text));
    }
    this.element = h("div", { class: "segments" }, title && h("span", { class: "segments-title" }, title), ...this.buttons.values());
    this.roving = new Roving(this.element, label);
  }

  press(pressed: Value): void {
    if (pressed === this.pressed) return;
    this.pressed = pressed;
    for (const [value, button] of this.buttons) button.setAttribute("aria-pressed", String(value === pressed));
    this.roving.stopAt(this.buttons.get(pressed) ?? null);
  }

  disable(value: Value, isDisabled: boolean): void {
    const button = this.buttons.get(value);
    if (!button || button.disabled === isDisabled) return;
    button.disabled = isDisabled;
    this.roving.stopAt(null);
  }
}
