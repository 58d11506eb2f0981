import type { RowPlace, RowTree } from "./table_rows";
import type { Row } from "./wire";

export interface TreeKeyContext {
  tree: RowTree;
  active: RowPlace;
  /** Rows that Page Up and Page Down move by. */
  page: number;
  go(place: RowPlace): void;
  /** False when the row has no source. */
  openSource(row: Row): boolean;
  showInGraph(row: Row): void;
  focus(row: Row): void;
  filter(): void;
  help(): void;
}

/** Handles a key on a row as ARIA's treegrid pattern has it; true when it did something. */
export function treeKey(event: KeyboardEvent, context: TreeKeyContext): boolean {
  const { tree, active } = context;
  if (event.altKey || event.metaKey) return false;
  const row = active.level.row(active.index);
  const at = tree.positionOf(active);
  const go = (position: number) => {
    if (tree.count) context.go(tree.at(Math.min(Math.max(position, 0), tree.count - 1)));
    return true;
  };
  // With Ctrl, only the ends: the rest is the browser's, such as copying.
  if (event.ctrlKey && event.key !== "Home" && event.key !== "End") return false;
  switch (event.key) {
    case "ArrowDown":
      return go(at + 1);
    case "ArrowUp":
      return go(at - 1);
    case "PageDown":
      return go(at + Math.max(context.page, 1));
    case "PageUp":
      return go(at - Math.max(context.page, 1));
    case "Home":
      return go(0);
    case "End":
      return go(tree.count - 1);
    case "ArrowRight":
      if (tree.open(active)) context.go(active);
      else if (active.level.below(active.index)?.total) go(at + 1);
      return true;
    case "ArrowLeft":
      if (tree.close(active)) context.go(active);
      else if (active.level.parent) context.go({ level: active.level.parent, index: active.level.index });
      return true;
    case "Enter":
      if (!row || context.openSource(row)) return true;
      if (tree.close(active) || tree.open(active)) context.go(active);
      return true;
    case "g":
      if (row) context.showInGraph(row);
      return true;
    case "f":
      if (row) context.focus(row);
      return true;
    case "/":
      context.filter();
      return true;
    case "?":
      context.help();
      return true;
    default:
      return false;
  }
}
