import { h } from "./dom";
import { editorLink } from "./frame_info";
import type { SourcePosition } from "./types";

/** How a source file is opened; null outside an editor: links are used instead. `preserveFocus`: it is only shown, the keyboard stays in the view. */
export type OpenSource = ((position: SourcePosition, preserveFocus?: boolean) => void) | null;

/** A button for the editor that hosts the view, else a link that VS Code handles. */
export function opener(position: SourcePosition, text: string, className: string, open: OpenSource): HTMLElement | null {
  if (open) return h("button", { class: className, onclick: () => open(position) }, text);
  const href = editorLink(position);
  return href ? h("a", { class: className, href }, text) : null;
}

/** A button that copies a text, for pages opened from disk too. */
export function copyButton(text: string): HTMLElement {
  const copy = h("button", { class: "button copy", title: "Copy the path" }, "Copy path");
  copy.addEventListener("click", () => {
    void copyText(text).then((done) => {
      copy.textContent = done ? "Copied" : "Select and copy by hand";
      setTimeout(() => (copy.textContent = "Copy path"), 1500);
    });
  });
  return copy;
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
