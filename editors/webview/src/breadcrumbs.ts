import { h } from "./dom";

export interface Crumb {
  box: number;
  name: string;
  frame: number;
}

/** Crumbs kept at each end of a long path. */
const FIRST = 3;
const LAST = 6;

/** The path to the zoomed box; recursion is folded and the middle of a long path left out. */
export function breadcrumbs(path: Crumb[], open: (box: number) => void): HTMLElement {
  const folded: { crumb: Crumb; times: number }[] = [];
  for (const crumb of path) {
    const last = folded[folded.length - 1];
    if (last && last.crumb.frame === crumb.frame) {
      last.crumb = crumb;
      last.times++;
    } else folded.push({ crumb, times: 1 });
  }
  const skipped = folded.length - FIRST - LAST;
  const items: HTMLElement[] = [];
  folded.forEach(({ crumb, times }, i) => {
    if (skipped > 1 && i >= FIRST && i < FIRST + skipped) {
      if (i === FIRST) items.push(h("li", { class: "skipped" }, `\u2026 ${skipped} more \u2026`));
      return;
    }
    const current = i === folded.length - 1;
    items.push(
      h(
        "li",
        {},
        h("button", { "aria-current": current ? "location" : null, title: crumb.name, onclick: () => open(crumb.box) }, crumb.name),
        times > 1 && h("small", {}, `\u00d7${times}`),
      ),
    );
  });
  return h("nav", { class: "breadcrumbs", "aria-label": "Zoomed to" }, h("ol", {}, ...items));
}
