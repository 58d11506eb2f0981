import type { Category } from "./wire";

/** Code that is measured as functions and lines. */
export const JAVASCRIPT: ReadonlySet<Category> = new Set(["app", "dependency", "nodeCore"]);

/** Time of these, as leaves, belongs to the JavaScript that calls them. */
export const BELONGS_TO_CALLER: ReadonlySet<Category> = new Set(["native", "compiler"]);
