import { Filter, Needle, TIER_NAMES, type Figure, type FigureTest, type Operator, type Recorded, type Term, type TextTest } from "./filter";
import { nearest } from "./filter_nearest";
import { categoryLabel } from "./frame_info";
import { CATEGORIES, type QueryError } from "./wire";

const TEXT_KEYS = ["file", "name", "category", "tier"] as const;
const FIGURE_KEYS = ["self", "total", "samples", "selfBytes", "totalBytes", "change"] as const;
type TextKey = (typeof TEXT_KEYS)[number];
type FigureKey = (typeof FIGURE_KEYS)[number];
type Test = { text: TextTest } | { figure: FigureTest };

const EXAMPLES: Record<FigureKey, string> = {
  self: "self>2%",
  total: "total>=10ms",
  samples: "samples>20",
  selfBytes: "selfBytes>1MB",
  totalBytes: "totalBytes>1MB",
  change: "change>1%",
};

const TIME_UNITS: Record<string, number> = { us: 1, "\u00b5s": 1, "\u03bcs": 1, ms: 1e3, s: 1e6 };
const BYTE_UNITS: Record<string, number> = { b: 1, kb: 1e3, mb: 1e6, gb: 1e9, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3 };

/** Reads a filter, or tells where it is wrong and what would be right. An empty one matches everything. */
export function parseFilter(text: string, recorded: Recorded): { filter: Filter } | { error: QueryError } {
  const parser = new Parser(text, recorded);
  const terms: Term[] = [];
  try {
    for (let term = parser.term(); term; term = parser.term()) terms.push(term);
  } catch (error) {
    if (error instanceof Mistake) return { error: { message: error.message, at: error.at, length: error.length } };
    throw error;
  }
  return { filter: new Filter(terms) };
}

class Mistake extends Error {
  constructor(
    message: string,
    readonly at: number,
    readonly length: number,
  ) {
    super(message);
  }
}

class Parser {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly recorded: Recorded,
  ) {}

  term(): Term | null {
    this.at += (this.rest.match(/^[ \t\r\n]*/) as RegExpMatchArray)[0].length;
    if (!this.rest) return null;
    const isNegated = this.rest.startsWith("-");
    if (isNegated) {
      this.at++;
      const { word } = this;
      if (!word) this.wrong("`-` needs a term right after it, such as `-file:node_modules`", this.at - 1, this.at);
      if (word.startsWith("-")) {
        this.wrong("one `-` is enough; to look for text that begins with `-`, write it in quotes", this.at, this.at + word.length);
      }
    }
    return { isNegated, ...this.test() };
  }

  private get rest(): string {
    return this.text.slice(this.at);
  }

  /** From here to the next space. */
  private get word(): string {
    return (this.rest.match(/^[^ \t\r\n]*/) as RegExpMatchArray)[0];
  }

  private wrong(message: string, from: number, end: number): never {
    throw new Mistake(message, from, end - from);
  }

  private test(): Test {
    if (this.rest.startsWith('"')) return { text: { kind: "anywhere", needle: new Needle(this.quoted()) } };
    const { word } = this;
    const keyed = keyedWord(word);
    if (keyed) return this.keyedTest(word, keyed);
    const end = this.at + word.length;
    if (word.startsWith("/")) return { text: this.patternOrPath(word, end) };
    const operand = word.replace(/^[<>=]+/, "");
    if (operand.length < word.length && /^-*(?:[0-9]|$)/.test(operand)) {
      this.wrong("a comparison has no space in it: write `self>2%`", this.at, end);
    }
    this.at = end;
    return { text: { kind: "anywhere", needle: new Needle(word) } };
  }

  private keyedTest(word: string, { key, separator }: Keyed): Test {
    const from = this.at;
    const head = from + key.length + separator.length;
    const textKey = TEXT_KEYS.find((known) => isSame(known, key));
    if (textKey) {
      if (separator !== ":") this.wrong(`\`${textKey}\` is a text, which has no size: write \`${textKey}:\` and the text`, from, head);
      this.at = head;
      return this.textTest(textKey, from);
    }
    const figureKey = FIGURE_KEYS.find((known) => isSame(known, key));
    if (figureKey) {
      if (separator === ":") this.wrong(`\`${figureKey}\` is a figure: compare it, as in \`${EXAMPLES[figureKey]}\``, from, head);
      const lacking = this.lacking(figureKey);
      if (lacking) this.wrong(lacking, from, from + key.length);
      const figure = this.figureTest(figureKey, separator as Operator, from, word.slice(head - from));
      this.at = from + word.length;
      return { figure };
    }
    const near = nearest(key, [...TEXT_KEYS, ...FIGURE_KEYS]);
    const meant = near
      ? `did you mean \`${EXAMPLES[near as FigureKey] ?? `${near}:`}\`?`
      : `there are ${[...TEXT_KEYS.map((known) => `${known}:`), ...FIGURE_KEYS].join(", ")}.`;
    return this.wrong(`there is no key \`${key}\`; ${meant} To look for this text itself, write it in quotes`, from, from + key.length);
  }

  private lacking(key: FigureKey): string | null {
    const { cpu, allocations, comparison } = this.recorded;
    if ((key === "self" || key === "total") && !cpu) return "this profile has no CPU time: compare `selfBytes` or `totalBytes`";
    if ((key === "selfBytes" || key === "totalBytes") && !allocations) return "this profile has no allocations: compare `self` or `total`";
    if (key === "change" && !comparison) return "`change` needs a profile to compare with: choose one first";
    return null;
  }

  /** The value of a text key, which begins here; the key begins at `from`. */
  private textTest(key: TextKey, from: number): Test {
    const start = this.at;
    let value: string;
    if (this.rest.startsWith('"')) value = this.quotedOrEmpty();
    else {
      value = this.word;
      this.at += value.length;
    }
    if (!value) this.wrong(`\`${key}:\` needs a text right after it`, from, this.at);
    switch (key) {
      case "file":
      case "name":
        return { text: { kind: key, needle: new Needle(value) } };
      case "category": {
        const category = CATEGORIES.find((known) => letters(known) === letters(value));
        return category ? { text: { kind: "category", category } } : this.unknownValue(start, "category", value, CATEGORIES.map(categoryLabel));
      }
      case "tier": {
        const tier = TIER_NAMES.find((known) => letters(known) === letters(value));
        return tier ? { figure: { kind: "tier", tier } } : this.unknownValue(start, "tier", value, TIER_NAMES);
      }
    }
  }

  private unknownValue(start: number, what: string, value: string, known: readonly string[]): never {
    const near = nearest(value, known);
    const names = known.map((name) => (name.includes(" ") ? `"${name}"` : name)).join(", ");
    return this.wrong(`there is no ${what} \`${value}\`: they are ${names}.${near ? ` Did you mean \`${near}\`?` : ""}`, start, this.at);
  }

  /** The comparison of a key that begins at `from` with a value at the end of its word. */
  private figureTest(key: FigureKey, operator: Operator, from: number, value: string): FigureTest {
    const start = from + key.length + operator.length;
    const end = start + value.length;
    if (!value) this.wrong(`\`${key}${operator}\` needs a number right after it, as in \`${EXAMPLES[key]}\``, from, start);
    const digits = (value.match(/^-?[0-9]*(?:\.[0-9]*)?/) as RegExpMatchArray)[0];
    const number = /[0-9]/.test(digits) ? Number(digits) : NaN;
    if (Number.isNaN(number) || (digits.startsWith("-") && key !== "change")) {
      this.wrong(`\`${value}\` is no number that \`${key}\` can have: write it as in \`${EXAMPLES[key]}\``, start, end);
    }
    const unit = value.slice(digits.length);
    const found = unitOf(key, unit.toLowerCase());
    if (!found) {
      if (!unit) this.wrong(`${value} of what? Write one of the units ${unitsOf(key)}`, start, end);
      if (key === "samples") this.wrong("`samples` is a number without a unit", start + digits.length, end);
      return this.wrong(`\`${key}\` has no unit \`${unit}\`: it has ${unitsOf(key)}`, start + digits.length, end);
    }
    return { kind: "compare", figure: found[0], operator, value: number * found[1] };
  }

  private patternOrPath(word: string, end: number): TextTest {
    const inner = word.slice(1);
    const flagged = inner.endsWith("/i");
    const closed = flagged || inner.endsWith("/");
    const body = closed ? inner.slice(0, flagged ? -2 : -1) : inner;
    const backslashes = (body.match(/\\*$/) as RegExpMatchArray)[0].length;
    if (closed && backslashes % 2 === 0) {
      if (!body) this.wrong("the regular expression between `/` and `/` is empty", this.at, end);
      const pattern = this.pattern(body, flagged ? "i" : "", end);
      this.at = end;
      return { kind: "pattern", pattern };
    }
    if (!closed && inner.includes("/")) {
      this.at = end;
      return { kind: "anywhere", needle: new Needle(word) };
    }
    return this.wrong(
      "a regular expression ends with `/` and has no spaces: write `\\s` for one. To look for this text itself, write it in quotes",
      this.at,
      end,
    );
  }

  private pattern(body: string, flags: string, end: number): RegExp {
    try {
      return new RegExp(body, `u${flags}`);
    } catch {
      // Without the flag a backslash before any character is allowed, as people write it.
    }
    try {
      return new RegExp(body, flags);
    } catch (error) {
      const problem = String(error instanceof Error ? error.message : error).replace(/^Invalid regular expression: \/.*\/[a-z]*: /s, "");
      return this.wrong(`not a regular expression: ${problem}`, this.at, end);
    }
  }

  /** The text in the quotes that begin here. */
  private quoted(): string {
    const start = this.at;
    return this.quotedOrEmpty() || this.wrong("there is no text between the quotes", start, this.at);
  }

  private quotedOrEmpty(): string {
    const start = this.at;
    let text = "";
    for (let at = start + 1; at < this.text.length; at++) {
      const c = this.text[at];
      if (c === '"') {
        this.at = at + 1;
        const { word } = this;
        if (word) this.wrong("a space is missing after the closing quote", this.at, this.at + word.length);
        return text;
      }
      const next = this.text[at + 1];
      // A backslash before anything else is itself, as in Windows paths.
      if (c === "\\" && (next === '"' || next === "\\")) {
        text += next;
        at++;
      } else text += c;
    }
    return this.wrong('the closing `"` is missing', start, this.text.length);
  }
}

/** A key and what separates it from its value. */
interface Keyed {
  key: string;
  separator: string;
}

/** A key with `:` or an operator at the start of a word. Names and paths that merely look so are none: `node:fs`, `C:\x`, `a::b`, `http://x`. */
function keyedWord(word: string): Keyed | null {
  const found = word.match(/^([A-Za-z][A-Za-z_-]*)(:|>=|<=|>|<|=)(.*)$/s);
  if (!found) return null;
  const [, key, separator, value] = found;
  const isKnown = TEXT_KEYS.some((known) => isSame(known, key));
  const isPlace =
    separator === ":" && (key === "node" || (key.length === 1 && /^[/\\]/.test(value)) || value.startsWith(":") || value.startsWith("//"));
  return isKnown || !isPlace ? { key, separator } : null;
}

/** What a key with this unit compares, and what one of the unit is in the figure's unit. */
function unitOf(key: FigureKey, unit: string): [Figure, number] | null {
  if (key === "samples") return unit === "" ? ["samples", 1] : null;
  if (unit === "%") return [`${key}Percent`, 1];
  if (key === "change") return null;
  const isTime = key === "self" || key === "total";
  const units = isTime ? TIME_UNITS : BYTE_UNITS;
  if (!Object.hasOwn(units, unit)) return null;
  return [isTime ? `${key}Us` : key, units[unit]];
}

/** The units of a key, for a person. */
function unitsOf(key: FigureKey): string {
  if (key === "self" || key === "total") return "%, us, ms, s";
  return key === "selfBytes" || key === "totalBytes" ? "%, B, kB, MB, GB, KiB, MiB, GiB" : "%";
}

/** Only the letters, small: `nodeCore`, `node-core` and `node core` are one. */
function letters(text: string): string {
  return text.replace(/[^A-Za-z]/g, "").toLowerCase();
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
