import { keyOf, type RowPlace, type RowTree } from "./table_rows";

/** Where a reader was in a table; rows may be loaded again before it is found. */
export interface Anchor {
  /** Outermost row at the top edge, and rows below it that are above the edge. */
  top: { root: number; below: number };
  /** The active row: its outermost row, and the functions from there to it. */
  active: { root: number; path: number[] } | null;
}

/** Where a reader is whose topmost visible row is at `top`. */
export function anchorAt(tree: RowTree, top: number, active: RowPlace | null): Anchor | null {
  if (!tree.count) return null;
  const first = Math.min(top, tree.count - 1);
  const root = outermost(tree.at(first));
  const row = active && active.level.row(active.index);
  return {
    top: { root: root.index, below: first - tree.positionOf(root) },
    active: active && row ? { root: outermost(active).index, path: [...active.level.path, row.frame.id] } : null,
  };
}

function outermost(place: RowPlace): RowPlace {
  return place.level.parent ? outermost({ level: place.level.parent, index: place.level.index }) : place;
}

/** The innermost row above a vanished one that is still there. */
export function stillShown(tree: RowTree, place: RowPlace): RowPlace | null {
  for (let at: RowPlace = place; at.level.parent; ) {
    at = { level: at.level.parent, index: at.level.index };
    if (tree.holds(at)) return at;
  }
  return tree.count ? tree.at(Math.min(place.index, tree.count - 1)) : null;
}

/** The row at a path of functions, when it is loaded. */
export function activeAt(tree: RowTree, { root, path }: { root: number; path: number[] }): RowPlace | null {
  let place: RowPlace = { level: tree.root, index: root };
  if (place.level.row(root)?.frame.id !== path[0]) return null;
  for (let depth = 1; depth < path.length; depth++) {
    const level = place.level.below(place.index);
    if (!level || keyOf(level.path) !== keyOf(path.slice(0, depth))) return null;
    const index = [...Array(level.total).keys()].find((i) => level.row(i)?.frame.id === path[depth]);
    if (index === undefined) return null;
    place = { level, index };
  }
  return place;
}
