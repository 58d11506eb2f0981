import type { Theme } from "./palette";
import type { Measure, Opened } from "./wire";

/** What percentages are of. */
export interface Base {
  value: number;
  name: string;
  excludesIdle: boolean;
}

/** What figures of a box or function are shown with. */
export interface Shown {
  opened: Opened;
  measure: Measure;
  theme: Theme;
  base: Base;
}

export function baseOf({ overview }: Opened, measure: Measure, activeOnly: boolean): Base {
  if (measure === "allocated") return { value: overview.allocatedBytes ?? 0, name: "all allocations", excludesIdle: false };
  const { wholeUs, idleUs } = overview;
  return activeOnly && idleUs < wholeUs
    ? { value: wholeUs - idleUs, name: idleUs > 0 ? "active time" : "all time", excludesIdle: true }
    : { value: wholeUs, name: "all time", excludesIdle: false };
}
