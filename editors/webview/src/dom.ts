type Child = Node | string | null | undefined | false;

/** Makes an element; text is always text, never markup. `on…` keys are listeners. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Record<string, string | number | boolean | null | undefined | ((event: never) => void)> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value as unknown as EventListener);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  append(element, children);
  return element;
}

/** Gives the keyboard back to an element that was made anew; never takes it from another window or frame. */
export function returnFocus(element: HTMLElement | null | undefined): void {
  if (document.hasFocus()) element?.focus({ preventScroll: true });
}

export function append(element: Element, children: Child[]): void {
  for (const child of children) if (child) element.append(child);
}

/** A bar of coloured parts; each part's share of the width is `share` (0 to 1). */
export function bar(label: string, parts: { share: number; color: string; title: string }[]): HTMLElement {
  const element = h("div", { class: "bar", role: "img", "aria-label": label });
  for (const part of parts) {
    if (!(part.share > 0)) continue;
    const piece = h("span", { title: part.title });
    // Through the object model: the page's policy forbids style attributes.
    piece.style.width = `${100 * part.share}%`;
    piece.style.background = part.color;
    element.append(piece);
  }
  return element;
}

export function swatch(color: string): HTMLElement {
  const element = h("span", { class: "swatch", "aria-hidden": "true" });
  element.style.background = color;
  return element;
}
