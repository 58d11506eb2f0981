import { h } from "./dom";

/** A button that shows what there is no room for; the style sheet says where there is. Escape, a choice, and a click elsewhere close it. */
export function menu(label: string, content: HTMLElement): HTMLElement {
  const toggle = h("button", { class: "button menu-toggle", title: label, "aria-label": label, "aria-expanded": "false", onclick: () => open(toggle.getAttribute("aria-expanded") === "false") }, "\u22ef");
  const element = h("div", { class: "menu" }, toggle, content);
  const elsewhere = (event: PointerEvent) => {
    if (!element.contains(event.target as Node)) open(false);
  };
  const open = (isOpen: boolean) => {
    toggle.setAttribute("aria-expanded", String(isOpen));
    element.classList.toggle("open", isOpen);
    if (isOpen) document.addEventListener("pointerdown", elsewhere);
    else document.removeEventListener("pointerdown", elsewhere);
  };
  content.addEventListener("click", () => open(false));
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !element.classList.contains("open")) return;
    event.preventDefault();
    open(false);
    toggle.focus();
  });
  return element;
}
