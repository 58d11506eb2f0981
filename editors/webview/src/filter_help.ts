import { h } from "./dom";
import type { Overview } from "./wire";

/** Examples of the filter's language that this model has figures for: the text, and what it keeps. */
function examples({ hasCpu, allocatedBytes, before }: Overview): [string, string][] {
  const ofTime: [string, string][] = [
    ["self>2%", "more than 2% of the time in the function itself, native code that it calls included"],
    ["total>=10ms", "10 ms or more with all it calls"],
    ["samples>20", "more than 20 samples"],
  ];
  const ofBytes: [string, string][] = [
    ["selfBytes>1MB", "more than 1 MB allocated by the function itself"],
    ["totalBytes>5%", "more than 5% of all that was allocated, with all it calls"],
  ];
  return [
    ...(hasCpu ? ofTime : []),
    ...(allocatedBytes === null ? [] : ofBytes),
    ...(before ? ([["change>1%", "a share of self time grown by more than one point"]] as [string, string][]) : []),
    ["file:routes/", "the path holds \u201croutes/\u201d"],
    ["-file:node_modules", "the path does not hold \u201cnode_modules\u201d"],
    ["name:parse", "the name holds \u201cparse\u201d"],
    ["category:app", "the project\u2019s own code"],
    ["tier:turbofan", "mostly run as TurboFan\u2019s code"],
    ["/^on[A-Z]/", "a regular expression, on name or path"],
    ['"get user"', "this text, spaces and all"],
  ];
}

/** Explains the filter's language; `use` gets an example that was clicked. */
export function filterHelp(id: string, overview: Overview, use: (example: string) => void): HTMLElement {
  const rows = examples(overview).map(([text, meaning]) =>
    h(
      "tr",
      {},
      h("td", {}, h("button", { class: "filter-example", title: "Add to the filter", onclick: () => use(text) }, h("code", {}, text))),
      h("td", {}, meaning),
    ),
  );
  return h(
    "div",
    { class: "filter-help", id, role: "dialog", "aria-label": "How to filter", tabindex: -1, hidden: true },
    h("p", {}, "Terms stand side by side, and all must hold. A minus before a term turns it round. A bare word is looked for in name and path; it minds case when it has a capital letter."),
    h("table", {}, h("tbody", {}, ...rows)),
    h("p", { class: "hint" }, "Compare with > >= < <= =. Units: % us \u00b5s ms s B kB MB GB (1,000), KiB MiB GiB (1,024)."),
  );
}
