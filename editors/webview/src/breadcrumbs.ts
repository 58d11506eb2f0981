import type { Box } from "./boxes";
import { h } from "./dom";
import { nameOf } from "./frame_info";

/** Crumbs kept at each end of a long path. */
const FIRST = 3;
const LAST = 6;

/** The path to the zoomed box; recursion is folded and the middle of a long path left out. */
export function breadcrumbs(path: Box[], open: (path: Box[]) => void): HTMLElement {
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
      if (i === FIRST) items.push(h("li", { class: "skipped" }, `\u2026 ${skipped} more \u2026`));
      return;
    }
    const current = i === folded.length - 1;
    const name = nameOf(box.frame);
    items.push(
      h(
        "li",
        {},
        h("button", { "aria-current": current ? "location" : null, title: name, onclick: () => open(path.slice(0, length)) }, name),
        times > 1 && h("small", {}, `\u00d7${times}`),
      ),
    );
  });
  return h("nav", { class: "breadcrumbs", "aria-label": "Zoomed to" }, h("ol", {}, ...items));
}
