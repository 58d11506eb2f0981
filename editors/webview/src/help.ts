import { h } from "./dom";

const KEYS: [string[], string][] = [
  [["click"], "Select a frame; in an editor, show its line"],
  [["double-click"], "Zoom to a frame"],
  [["Shift", "click"], "Select, and leave the editor where it is"],
  [["Ctrl", "click"], "Open the source and go there"],
  [["\u2191", "\u2193"], "Select the caller, the heaviest callee"],
  [["\u2190", "\u2192"], "Select the neighbour in the row"],
  [["Enter"], "Zoom to the selected frame"],
  [["o"], "Open the selected frame\u2019s source and go there"],
  [["W", "Q"], "Zoom in, out (also + and \u2212, Ctrl + wheel)"],
  [["A", "D"], "Pan left, right (also drag, Shift + wheel)"],
  [["0", "Esc"], "Show everything"],
  [["/"], "Search by regular expression; Enter goes to the next match"],
  [["s"], "Callers and callees of the selected function, and back"],
  [["f"], "In an editor: percentages of the selected function only"],
  [["t"], "Time order or left heavy"],
  [["c"], "Colour by category, by tier, or by change"],
  [["?"], "This help"],
];

export function helpDialog(): HTMLDialogElement {
  const rows = KEYS.map(([keys, what]) =>
    h("tr", {}, h("th", { scope: "row" }, ...keys.flatMap((key, i) => [i ? " " : "", h("kbd", {}, key)])), h("td", {}, what)),
  );
  const dialog = h(
    "dialog",
    { class: "help", "aria-labelledby": "help-title" },
    h("h2", { id: "help-title" }, "Shortcuts"),
    h("table", {}, h("tbody", {}, ...rows)),
    h("form", { method: "dialog" }, h("button", { class: "button" }, "Close")),
  );
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  return dialog;
}
