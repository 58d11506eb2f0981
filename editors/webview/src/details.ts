import type { Box } from "./boxes";
import { h, swatch } from "./dom";
import type { Shown } from "./figures";
import { amount, count, interval, percent, points } from "./format";
import { categoryLabel, nameOf, placeOf, positionOf, shownPath } from "./frame_info";
import { copyButton, opener, type OpenSource } from "./open_source";
import { categoryColor } from "./palette";
import { signed, tierBar, tierParts } from "./tooltip";
import type { Details, FrameInfo, LineInfo, Related } from "./wire";

const MOST_LINES = 6;
const MOST_RELATED = 5;

export interface DetailsActions {
  openSource: OpenSource;
  /** Shows one function in all stacks. */
  pick(frame: FrameInfo): void;
  bothWays(frame: FrameInfo): void;
  showTable(): void;
  zoom(box: Box): void;
  /** Null where there is no editor with percentages. */
  focus: ((frame: FrameInfo) => void) | null;
}

/** What is known of the selected box; `details` come later than the box, or not at all. */
export interface Selection {
  box: Box | null;
  inTime: boolean;
  details: Details | null;
}

/** The panel about the selected box. */
export function detailsPanel(shown: Shown, { box, inTime, details }: Selection, actions: DetailsActions): HTMLElement[] {
  if (!box) {
    const click = actions.openSource ? "Click a frame to go to its line and to see what it costs" : "Click a frame to see where it is, what it costs";
    return [h("h2", {}, "Details"), h("p", { class: "hint" }, `${click} and in which tier it ran. Double-click it to zoom. Press `, h("kbd", {}, "?"), " for shortcuts.")];
  }
  const { frame } = box;
  const category = h("p", { class: "details-category" }, frame && swatch(categoryColor(shown.theme, frame.category)), frame ? categoryLabel(frame.category) : "the whole profile");
  const out: HTMLElement[] = [
    h("div", { class: "details-head" }, h("h2", { class: "details-name" }, nameOf(frame)), category, ...(frame ? place(shown, frame, box, actions) : [])),
    h("div", { class: "details-figures" }, numbers(shown, box, inTime, details), sampleText(shown, box)),
  ];
  const tiers = tierParts(shown, box.tiers);
  if (tiers.length) {
    out.push(
      h("h3", {}, "Tiers"),
      tierBar(tiers),
      h("ul", { class: "details-tiers" }, ...tiers.map((part) => h("li", {}, swatch(part.color), `${part.tier} `, h("b", {}, percent(part.share, 1))))),
    );
  }
  if (frame) out.push(buttons(frame, actions));
  else out.push(h("p", { class: "details-more" }, h("button", { class: "button", onclick: () => actions.showTable() }, "Show as table")));
  if (details?.lines.length) out.push(h("h3", {}, "Lines of this function"), lineList(shown, details, actions));
  if (details) out.push(...related("Called by", details.callers, shown, actions), ...related("Calls", details.callees, shown, actions));
  return out;
}

function buttons(frame: FrameInfo, actions: DetailsActions): HTMLElement {
  const { focus } = actions;
  return h(
    "div",
    { class: "details-more" },
    focus && h("button", { class: "button", title: "The editor\u2019s percentages are of the stacks through this function (f)", onclick: () => focus(frame) }, "Show percentages of this function"),
    h("button", { class: "button", title: "Who calls this function, and what it calls (s)", onclick: () => actions.bothWays(frame) }, "Callers and callees"),
    h("button", { class: "button", onclick: () => actions.pick(frame) }, "Highlight everywhere"),
    h("button", { class: "button", title: "The top-down table at this function", onclick: () => actions.showTable() }, "Show as table"),
  );
}

function numbers(shown: Shown, box: Box, inTime: boolean, details: Details | null): HTMLElement {
  const { base, measure } = shown;
  const excluded = box.frame?.category === "idle" && base.excludesIdle;
  const body = h("tbody");
  const cell = (value: number, before: number | null) => {
    const share = excluded ? "\u2013" : percent(value, base.value);
    if (before === null || excluded) return h("td", {}, h("b", {}, share), amount(value, measure));
    return h(
      "td",
      { title: `${percent(before, base.value)} \u2192 ${share}, ${signed(value - before, shown)}` },
      h("b", {}, h("small", {}, `${percent(before, base.value)} \u2192 `), share),
      h("span", { class: "details-change" }, points(value - before, base.value)),
      `${amount(before, measure)} \u2192 ${amount(value, measure)}`,
    );
  };
  const line = (name: string, title: string, self: number | null, total: number, before: [number | null, number | null] = [null, null]) =>
    body.append(h("tr", { title }, h("th", { scope: "row" }, name), self === null ? h("td", {}, "\u2013") : cell(self, before[0]), cell(total, before[1])));
  const self = box.isCaller ? null : box.self;
  if (!box.frame) line("Everything", "All samples", self, box.total);
  else if (box.isCaller) line("Through it", "What reaches the function this way", self, box.total, [null, box.before]);
  else if (inTime) line("This call", "Consecutive samples with this stack; self time without native code that it calls, which has boxes of its own", self, box.total);
  else line("This stack", "All samples with this stack; self time without native code that it calls, which has boxes of its own", self, box.total, [null, box.before]);
  if (details) {
    line("Function", "All stacks with this function, each counted once; native code that it calls directly is its own time", details.selfValue, details.totalValue, details.before ?? undefined);
  }
  return h(
    "table",
    { class: "details-numbers" },
    h("thead", {}, h("tr", {}, h("td", {}), h("th", { scope: "col" }, "Self"), h("th", { scope: "col" }, "Total"))),
    body,
  );
}

function sampleText({ base, opened, measure }: Shown, { frame, samples, total }: Box): HTMLElement {
  const excluded = !frame || measure !== "cpu" || (frame.category === "idle" && base.excludesIdle);
  // Of the share of time, as on the source lines: samples may last differently.
  const all = opened.overview.samples;
  const range = excluded || !base.excludesIdle ? "" : interval(Math.min(total / base.value, 1) * all, all);
  return h("p", { class: "details-samples" }, `${count(samples)} samples in this stack`, range && ` \u00b7 95% interval ${range} of ${base.name}`);
}

function place({ opened }: Shown, frame: FrameInfo, box: Box, { openSource, zoom }: DetailsActions): HTMLElement[] {
  const location = placeOf(frame, opened.root);
  const position = positionOf(frame);
  return [
    location ? h("p", { class: "details-place" }, h("code", {}, location)) : h("p", { class: "hint" }, "No source file."),
    h(
      "div",
      { class: "details-actions" },
      position && opener(position, "Open in editor", "button primary", openSource),
      h("button", { class: "button", title: "Zoom to this frame (double-click, Enter)", onclick: () => zoom(box) }, "Zoom"),
      location && copyButton(position ? `${position.path}:${position.line}:${position.column}` : location),
    ),
  ];
}

function lineList(shown: Shown, details: Details, { openSource }: DetailsActions): HTMLElement {
  const top = details.lines[0].selfValue;
  const item = (row: LineInfo) => {
    const text = `line ${row.line}`;
    const onDisk = details.frame.isFile && row.path === details.frame.path;
    const link = onDisk && opener({ path: row.path, line: row.line, column: 1 }, text, "link", openSource);
    return h(
      "li",
      { title: `${shownPath(row.path, shown.opened.root)}:${row.line}, ${count(row.samples)} samples` },
      meter(row.selfValue, top),
      link || h("span", {}, text),
      h("span", { class: "amount" }, row.selfValue > 0 ? `${percent(row.selfValue, shown.base.value)} self` : `${percent(row.totalValue, shown.base.value)} in calls`),
    );
  };
  const rest = details.lines.length - MOST_LINES;
  return h("ol", { class: "details-lines" }, ...details.lines.slice(0, MOST_LINES).map(item), rest > 0 && h("li", { class: "hint" }, `and ${count(rest)} more`));
}

function related(title: string, others: Related[], shown: Shown, actions: DetailsActions): HTMLElement[] {
  if (!others.length) return [];
  const items = others.slice(0, MOST_RELATED).map(({ frame, value }) =>
    h(
      "li",
      { title: placeOf(frame, shown.opened.root) || null },
      meter(value, others[0].value),
      h("button", { class: "link", onclick: () => actions.bothWays(frame) }, nameOf(frame)),
      h("span", { class: "amount" }, percent(value, shown.base.value)),
    ),
  );
  const rest = others.length - MOST_RELATED;
  return [h("h3", {}, title), h("ol", { class: "details-lines" }, ...items, rest > 0 && h("li", { class: "hint" }, `and ${count(rest)} more`))];
}

function meter(value: number, most: number): HTMLElement {
  const element = h("span", { class: "meter" });
  element.style.width = `${most > 0 ? (100 * value) / most : 0}%`;
  return element;
}
