import { h, swatch } from "./dom";
import { absolutePath, editorLink, frameLocation, frameName, framePath, framePosition, printable } from "./frames";
import { count, duration, interval, percent } from "./format";
import { categoryColor } from "./palette";
import { linesOfFrame, type Totals } from "./totals";
import { tierBar, tierParts, type Shown } from "./tooltip";
import type { SourcePosition } from "./types";

const MOST_LINES = 6;

export interface DetailsActions {
  /** Null outside an editor: links are used instead. */
  openSource: ((position: SourcePosition) => void) | null;
  findFrame(frame: number): void;
}

/** The panel about the selected box. */
export function details(shown: Shown, box: number, totals: Totals, actions: DetailsActions): HTMLElement[] {
  const { profile, tree, layout, theme, base } = shown;
  if (box < 0) {
    return [
      h("h2", {}, "Details"),
      h("p", { class: "hint" }, "Click a frame to zoom and see where it is, what it costs and in which tier it ran. Press ", h("kbd", {}, "?"), " for shortcuts."),
    ];
  }
  const frame = tree.frame[layout.node[box]];
  const category = frame < 0 ? "" : profile.categories[profile.frameCategory[frame]];
  const excluded = category === "idle" && base.excludesIdle;
  const share = (us: number) => (excluded ? "\u2013" : percent(us, base.us));
  const samplesBase = base.excludesIdle ? profile.activeSamples : profile.allSamples;
  const out: HTMLElement[] = [
    h("h2", { class: "details-name" }, frameName(profile, frame)),
    h(
      "p",
      { class: "details-category" },
      category && swatch(categoryColor(theme, category)),
      category || "the whole profile",
    ),
  ];
  if (frame >= 0) out.push(place(shown, frame, actions));

  const numbers = h("table", { class: "details-numbers" });
  numbers.append(
    h("thead", {}, h("tr", {}, h("td", {}), h("th", { scope: "col" }, "Self"), h("th", { scope: "col" }, "Total"))),
  );
  const body = h("tbody");
  const line = (name: string, self: number, total: number, title: string) =>
    body.append(
      h(
        "tr",
        { title },
        h("th", { scope: "row" }, name),
        h("td", {}, h("b", {}, share(self)), duration(self)),
        h("td", {}, h("b", {}, share(total)), duration(total)),
      ),
    );
  const node = layout.node[box];
  if (layout.kind === "timeOrder" && frame >= 0) {
    line("This call", layout.selfUs[box], layout.totalUs[box], "Consecutive samples with this stack");
  }
  line(frame < 0 ? "Everything" : "This stack", tree.selfUs[node], tree.totalUs[node], "All samples with this stack");
  if (frame >= 0) line("Function", totals.selfUs[frame], totals.totalUs[frame], "All stacks with this function, each counted once");
  numbers.append(body);
  out.push(numbers);
  const samples = tree.totalSamples[node];
  const range = excluded || frame < 0 ? "" : interval(samples, samplesBase);
  out.push(
    h("p", { class: "details-samples" }, `${count(samples)} samples in this stack`, range && ` \u00b7 95% interval ${range} of ${base.name}`),
  );

  const tiers = tierParts(shown, layout.tierUs, box);
  if (tiers.length) {
    out.push(
      h("h3", {}, "Tiers"),
      tierBar(tiers),
      h(
        "ul",
        { class: "details-tiers" },
        ...tiers.map((part) => h("li", {}, swatch(part.color), `${part.tier} `, h("b", {}, percent(part.share, 1)))),
      ),
    );
  }

  if (frame >= 0) {
    const lines = linesOfFrame(profile, frame);
    if (lines.length) out.push(h("h3", {}, "Lines of this function"), lineList(shown, frame, lines, actions));
    out.push(h("p", {}, h("button", { class: "button", onclick: () => actions.findFrame(frame) }, "Highlight everywhere")));
  }
  return out;
}

function place(shown: Shown, frame: number, actions: DetailsActions): HTMLElement {
  const { profile } = shown;
  const location = frameLocation(profile, frame);
  if (!location) return h("p", { class: "hint" }, "No source file.");
  const position = framePosition(profile, frame);
  const copy = h("button", { class: "button", title: "Copy the path" }, "Copy path");
  copy.addEventListener("click", () => {
    const text = position ? `${position.path}:${position.line}:${position.column}` : location;
    void copyText(text).then((done) => {
      copy.textContent = done ? "Copied" : "Select and copy by hand";
      setTimeout(() => (copy.textContent = "Copy path"), 1500);
    });
  });
  return h(
    "div",
    { class: "details-place" },
    h("code", {}, location),
    h("div", { class: "details-actions" }, position && opener(position, "Open in editor", "button primary", actions), copy),
  );
}

/** A button for the editor that hosts the view, else a link that VS Code handles. */
export function opener(position: SourcePosition, text: string, className: string, actions: DetailsActions): HTMLElement | null {
  const open = actions.openSource;
  if (open) return h("button", { class: className, onclick: () => open(position) }, text);
  const href = editorLink(position);
  return href ? h("a", { class: className, href }, text) : null;
}

function lineList(
  shown: Shown,
  frame: number,
  lines: { line: number; selfUs: number; samples: number }[],
  actions: DetailsActions,
): HTMLElement {
  const { profile, base } = shown;
  const path = framePath(profile, frame);
  const onDisk = framePosition(profile, frame) !== null;
  const top = lines[0].selfUs;
  const shownLines = lines.slice(0, MOST_LINES).map((row) => {
    const where: SourcePosition = { path: absolutePath(profile, path), line: row.line, column: 1 };
    const text = `line ${row.line}`;
    const meter = h("span", { class: "meter" });
    meter.style.width = `${(100 * row.selfUs) / top}%`;
    return h(
      "li",
      { title: `${printable(path)}:${row.line}, ${count(row.samples)} samples` },
      meter,
      (onDisk && opener(where, text, "link", actions)) || h("span", {}, text),
      h("span", { class: "amount" }, `${percent(row.selfUs, base.us)} self`),
    );
  });
  const rest = lines.length - shownLines.length;
  return h("ol", { class: "details-lines" }, ...shownLines, rest > 0 && h("li", { class: "hint" }, `and ${count(rest)} more`));
}

async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Pages opened from disk have no clipboard API in some browsers.
    const area = h("textarea", { class: "offscreen" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
