import type { TableColumn } from "./table_columns";
import type { Column } from "./wire";

/** What rows are sorted by. */
export interface Sort {
  /** The column's id, see `TableColumn`. */
  column: string;
  sort: Column;
  ascending: boolean;
}

/** Whether the direction of a change does not matter. */
export function isBySize(sort: Column): sort is "selfChangeSize" | "totalChangeSize" {
  return sort === "selfChangeSize" || sort === "totalChangeSize";
}

/** What a click on a heading sorts by. Changes go from the largest to those that grew most, to those that shrank most. */
export function nextSort(now: Sort, { id, sort, numeric }: TableColumn): Sort {
  if (now.column !== id) return { column: id, sort, ascending: !numeric };
  if (!isBySize(sort)) return { column: id, sort, ascending: !now.ascending };
  const directed = sort === "selfChangeSize" ? "selfChange" : "totalChange";
  if (now.sort === sort) return { column: id, sort: directed, ascending: false };
  return now.ascending ? { column: id, sort, ascending: false } : { column: id, sort: directed, ascending: true };
}
