import type { Box } from "./boxes";
import { h, returnFocus } from "./dom";
import { nameOf } from "./frame_info";
import { Roving } from "./roving";

/** Crumbs kept at each end of a long path. */
const FIRST = 3;
const LAST = 6;

/** Puts a new path in place of the old one, and its end in view; the keyboard stays in the path. */
export function showBreadcrumbs(into: HTMLElement, ...made: Parameters<typeof breadcrumbs>): void {
  const hadFocus = into.contains(document.activeElement);
  into.replaceChildren(breadcrumbs(...made));
  into.scrollLeft = into.scrollWidth;
  if (hadFocus) returnFocus(into.querySelector<HTMLElement>("[aria-current]"));
}

/** The path to the zoomed box; recursion is folded and the middle of a long path left out. */
function breadcrumbs(path: Box[], open: (path: Box[]) => void): HTMLElement {
  const folded: { length: number; box: Box; times: number }[] = [];
  path.forEach((box, i) => {
    const last = folded[folded.length - 1];
    if (last && last.box.frame?.id === box.frame?.id) {
      last.length = i + 1;
      last.times++;
    } else folded.push({ length: i + 1, box, times: 1 });
  });
  const skipped = folded.length - FIRST - LAST;
  const items: HTMLElement[] = [];
  folded.forEach(({ length, box, times }, i) => {
    if (skipped > 1 && i >= FIRST && i < FIRST + skipped) {
      if (i === FIRST) items.push(h("span", { class: "crumb skipped" }, `\u2026 ${skipped} more \u2026`));
      return;
    }
    const current = i === folded.length - 1;
    const name = nameOf(box.frame);
    items.push(
      h(
        "span",
        { class: "crumb" },
        h("button", { "aria-current": current ? "location" : null, title: name, onclick: () => open(path.slice(0, length)) }, name),
        times > 1 && h("small", {}, `\u00d7${times}`),
      ),
    );
  });
  const list = h("div", { class: "crumbs" }, ...items);
  new Roving(list, "Callers of what is zoomed to").stopAt(list.querySelector("[aria-current]"));
  return h("nav", { class: "breadcrumbs", "aria-label": "Zoomed to" }, list);
}
