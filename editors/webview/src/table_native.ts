import { BELONGS_TO_CALLER } from "./categories";
import { h } from "./dom";
import type { Overview, TableKind } from "./wire";

const ABOUT =
  "On: native code and compilers have rows of their own. Off: their time is self time of the JavaScript that calls them, as on source lines.";

/** The switch that gives native code rows of its own. */
export class NativeSwitch {
  readonly element: HTMLElement;
  private readonly input = h("input", { type: "checkbox" });

  constructor(changed: () => void) {
    this.input.addEventListener("change", changed);
    this.element = h("label", { class: "native-switch", title: ABOUT, hidden: true }, this.input, "Native code apart");
  }

  get isOn(): boolean {
    return this.input.checked;
  }

  set isOn(on: boolean) {
    this.input.checked = on;
  }

  get isOffered(): boolean {
    return !this.element.hidden;
  }

  /** Shows the switch where it makes a difference: a line always has what it calls. */
  offer(kind: TableKind, { categories }: Overview): void {
    this.element.hidden = kind === "lines" || !categories.some(([category, value]) => BELONGS_TO_CALLER.has(category) && value > 0);
  }
}
