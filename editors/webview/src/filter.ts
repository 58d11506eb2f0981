import type { Category } from "./wire";

/*
 * The filter's language: `self>2% file:routes/ -file:node_modules`. server/docs/filter.md documents it; the cases in
 * server/crates/views/filter_cases.json hold for this implementation and for the server's.
 */

/** What a profile has figures of. A filter on other figures is an error: it would answer nothing and seem to say something. */
export interface Recorded {
  cpu: boolean;
  allocations: boolean;
  comparison: boolean;
}

/** Names of tiers as the filter has them; the last one stands for what is not JavaScript or not known. */
export const TIER_NAMES = ["ignition", "sparkplug", "maglev", "turbofan", "unknown"] as const;
export type TierName = (typeof TIER_NAMES)[number];

/** The figures of a row. */
export interface Figures {
  selfUs: number;
  totalUs: number;
  samples: number;
  selfBytes: number;
  totalBytes: number;
  /** Scaled to the same active time. */
  beforeSelfUs: number;
  /** The tier that most of its own time ran in. */
  tier: TierName;
  /** What shares of time are of. */
  baseUs: number;
  /** What shares of bytes are of. */
  baseBytes: number;
}

/** What a comparison is of, in the unit that its value is in. */
export type Figure =
  | "selfUs"
  | "selfPercent"
  | "totalUs"
  | "totalPercent"
  | "samples"
  | "selfBytes"
  | "selfBytesPercent"
  | "totalBytes"
  | "totalBytesPercent"
  | "changePercent";

export type Operator = ">" | ">=" | "<" | "<=" | "=";

export type TextTest =
  | { kind: "anywhere" | "file" | "name"; needle: Needle }
  | { kind: "category"; category: Category }
  | { kind: "pattern"; pattern: RegExp };

export type FigureTest = { kind: "tier"; tier: TierName } | { kind: "compare"; figure: Figure; operator: Operator; value: number };

export type Term = { isNegated: boolean } & ({ text: TextTest } | { figure: FigureTest });

/** A text that is looked for. Case counts where it has an upper-case letter. */
export class Needle {
  /** The text with forward slashes, as paths have them. */
  private readonly path: string;
  private readonly isExact: boolean;

  constructor(private readonly text: string) {
    this.path = text.replaceAll("\\", "/");
    this.isExact = text.toLowerCase() !== text;
  }

  isInName(row: FunctionText): boolean {
    return this.isIn(this.text, row.name);
  }

  /** What begins with `/` is looked for in the absolute path. */
  isInPath(row: FunctionText): boolean {
    return this.isIn(this.path, this.path.startsWith("/") ? row.absolutePath : row.path);
  }

  private isIn(needle: string, hay: Folded): boolean {
    return (this.isExact ? hay.text : hay.lower).includes(needle);
  }
}

/** A text and the same in lower case. */
interface Folded {
  text: string;
  lower: string;
}

/** The texts of a function, for the terms that look at texts. Made once per function. */
export class FunctionText {
  readonly name: Folded;
  /** Relative to the root where it lies below it. */
  readonly path: Folded;
  readonly absolutePath: Folded;

  /** `path` is absolute, or a URL; `root` is the project's folder, absolute, or empty. */
  constructor(
    name: string,
    path: string,
    readonly category: Category,
    root: string,
  ) {
    const absolutePath = path.replaceAll("\\", "/");
    const folder = root.replaceAll("\\", "/").replace(/\/+$/, "");
    const below = folder !== "" && absolutePath.startsWith(`${folder}/`);
    this.name = folded(name || "(anonymous)");
    this.path = folded(below ? absolutePath.slice(folder.length + 1) : absolutePath);
    this.absolutePath = folded(absolutePath);
  }
}

/** A filter that was read. A row matches when its text and its figures do. */
export class Filter {
  constructor(private readonly terms: Term[]) {}

  get isEmpty(): boolean {
    return this.terms.length === 0;
  }

  matchesText(row: FunctionText): boolean {
    return this.terms.every((term) => !("text" in term) || textHolds(term.text, row) !== term.isNegated);
  }

  matchesFigures(row: Figures): boolean {
    return this.terms.every((term) => !("figure" in term) || figureHolds(term.figure, row) !== term.isNegated);
  }
}

function folded(text: string): Folded {
  return { text, lower: text.toLowerCase() };
}

function textHolds(test: TextTest, row: FunctionText): boolean {
  switch (test.kind) {
    case "anywhere":
      return test.needle.isInName(row) || test.needle.isInPath(row);
    case "file":
      return test.needle.isInPath(row);
    case "name":
      return test.needle.isInName(row);
    case "category":
      return row.category === test.category;
    case "pattern":
      return test.pattern.test(row.name.text) || test.pattern.test(row.path.text);
  }
}

function figureHolds(test: FigureTest, row: Figures): boolean {
  if (test.kind === "tier") return row.tier === test.tier;
  const figure = figureOf(test.figure, row);
  switch (test.operator) {
    case ">":
      return figure > test.value;
    case ">=":
      return figure >= test.value;
    case "<":
      return figure < test.value;
    case "<=":
      return figure <= test.value;
    case "=":
      return figure === test.value;
  }
}

function figureOf(figure: Figure, row: Figures): number {
  const percent = (part: number, whole: number) => (whole === 0 ? 0 : (part * 100) / whole);
  switch (figure) {
    case "selfPercent":
      return percent(row.selfUs, row.baseUs);
    case "totalPercent":
      return percent(row.totalUs, row.baseUs);
    case "selfBytesPercent":
      return percent(row.selfBytes, row.baseBytes);
    case "totalBytesPercent":
      return percent(row.totalBytes, row.baseBytes);
    case "changePercent":
      return percent(row.selfUs - row.beforeSelfUs, row.baseUs);
    default:
      return row[figure];
  }
}
