import type { Row, TablePage } from "./wire";

/** Rows of a page, the most a model answers at once. */
export const PAGE_ROWS = 200;

/** Pages of one level that are kept; further ones are asked for again when they are scrolled to. */
const MOST_PAGES = 60;

/** Which rows of which level are asked for. */
export interface PageRequest {
  path: number[];
  offset: number;
  limit: number;
}

export interface RowTreeEvents {
  /** Rows came or went. */
  changed(): void;
  /** A page could not be had. */
  failed(error: unknown): void;
}

/** The outermost rows, or those below one row. */
export class Level {
  /** Rows of this level and of the levels opened below it. */
  shown: number;
  readonly pages = new Map<number, Row[]>();
  /** Levels below rows of this one, in the order of those rows. */
  readonly opened: Level[] = [];
  readonly asked = new Map<number, AbortController>();
  readonly failed = new Set<number>();
  readonly waiting = new Map<number, ((loaded: boolean) => void)[]>();

  /** `index` is the place of the row that this level is below; `path` leads there from an outermost row. */
  constructor(
    readonly parent: Level | null,
    readonly index: number,
    readonly path: number[],
    public total: number,
  ) {
    this.shown = total;
  }

  /** The row, or null while its page is not here. */
  row(index: number): Row | null {
    return this.pages.get(Math.floor(index / PAGE_ROWS))?.[index % PAGE_ROWS] ?? null;
  }

  /** The level below a row, when it is opened. */
  below(index: number): Level | undefined {
    return this.opened.find((level) => level.index === index);
  }
}

/** A row's place in the tree, whether it is loaded or not. */
export interface RowPlace {
  level: Level;
  index: number;
}

/**
 * The rows of a tree table as far as they were asked for, and which of them are expanded. An answer counts only while
 * its page is still wanted: what comes late, or for rows that were closed meanwhile, is dropped.
 */
export class RowTree {
  readonly root = new Level(null, -1, [], 0);
  baseUs = 0;
  baseBytes = 0;
  private ended = false;

  /** `expanded` holds keys of rows (`keyOf`) that open as soon as they are loaded. */
  constructor(
    private readonly source: (request: PageRequest, signal: AbortSignal) => Promise<TablePage> | TablePage,
    private readonly events: RowTreeEvents,
    readonly expanded = new Set<string>(),
  ) {}

  /** Asks for a first page of the outermost rows. */
  start(page: number, done: (answer: TablePage) => void, failed: (error: unknown) => void): void {
    this.ask(this.root, page, done, failed);
  }

  /** Gives up all that was asked for. */
  dispose(): void {
    this.ended = true;
    giveUp(this.root);
  }

  /** The rows there are with the expanded ones opened. */
  get count(): number {
    return this.root.shown;
  }

  /** The row at a place counted over all rows shown. */
  at(position: number): RowPlace {
    let level = this.root;
    let index = position;
    for (let i = 0; i < level.opened.length; ) {
      const below = level.opened[i];
      if (index <= below.index) break;
      if (index <= below.index + below.shown) {
        level = below;
        index -= below.index + 1;
        i = 0;
      } else {
        index -= below.shown;
        i++;
      }
    }
    return { level, index };
  }

  /** The place of a row counted over all rows shown. */
  positionOf({ level, index }: RowPlace): number {
    let position = index;
    for (const below of level.opened) {
      if (below.index >= index) break;
      position += below.shown;
    }
    return level.parent ? position + 1 + this.positionOf({ level: level.parent, index: level.index }) : position;
  }

  /** Whether the row is still part of the tree: none of the rows above it was closed. */
  holds({ level, index }: RowPlace): boolean {
    if (index >= level.total) return false;
    if (!level.parent) return level === this.root;
    return level.parent.below(level.index) === level && this.holds({ level: level.parent, index: level.index });
  }

  /** Shows the rows below a row; true when there are some. */
  open(place: RowPlace): boolean {
    const { level, index } = place;
    const row = level.row(index);
    if (!row?.children || level.below(index)) return false;
    const path = [...level.path, row.frame.id];
    const below = new Level(level, index, path, row.children);
    const after = level.opened.findIndex((other) => other.index > index);
    level.opened.splice(after < 0 ? level.opened.length : after, 0, below);
    grow(level, below.shown);
    this.expanded.add(keyOf(path));
    this.events.changed();
    return true;
  }

  /** Hides the rows below a row; true when they were shown. */
  close({ level, index }: RowPlace): boolean {
    const below = level.below(index);
    if (!below) return false;
    giveUp(below);
    level.opened.splice(level.opened.indexOf(below), 1);
    grow(level, -below.shown);
    this.expanded.delete(keyOf(below.path));
    this.events.changed();
    return true;
  }

  /** Asks for the missing pages of the rows `first..end`, and no longer for pages of others. */
  want(first: number, end: number): void {
    const pages = new Map<Level, Set<number>>();
    for (let position = Math.max(first, 0); position < Math.min(end, this.count); position++) {
      const { level, index } = this.at(position);
      const set = pages.get(level) ?? new Set();
      pages.set(level, set.add(Math.floor(index / PAGE_ROWS)));
    }
    giveUp(this.root, (level, page) => !pages.get(level)?.has(page) && !level.waiting.has(page));
    for (const [level, wanted] of pages) {
      for (const page of wanted) {
        if (!level.pages.has(page) && !level.asked.has(page) && !level.failed.has(page)) this.ask(level, page);
      }
    }
  }

  /** Whether the page of a row could not be had. */
  hasFailed({ level, index }: RowPlace): boolean {
    return level.failed.has(Math.floor(index / PAGE_ROWS));
  }

  /** Pages that could not be had are asked for again when they are wanted. */
  forgetFailures(level: Level = this.root): void {
    level.failed.clear();
    for (const below of level.opened) this.forgetFailures(below);
  }

  /** Loads a page whether it is visible or not; false when it cannot be had. */
  load(level: Level, page: number): Promise<boolean> {
    if (level.pages.has(page)) return Promise.resolve(true);
    return new Promise((resolve) => {
      level.waiting.set(page, [...(level.waiting.get(page) ?? []), resolve]);
      if (!level.asked.has(page)) this.ask(level, page);
    });
  }

  private ask(level: Level, page: number, done?: (answer: TablePage) => void, failed?: (error: unknown) => void): void {
    const controller = new AbortController();
    level.asked.set(page, controller);
    const settled = (loaded: boolean, then: () => void) => {
      if (this.ended || level.asked.get(page) !== controller) return;
      level.asked.delete(page);
      if (!loaded) level.failed.add(page);
      then();
      const waiting = level.waiting.get(page);
      level.waiting.delete(page);
      waiting?.forEach((resolve) => resolve(loaded));
    };
    const received = (answer: TablePage) =>
      settled(true, () => {
        this.receive(level, page, answer);
        done?.(answer);
        this.events.changed();
      });
    const refused = (error: unknown) => settled(false, () => (failed ?? this.events.failed)(error));
    try {
      const request = { path: level.path, offset: page * PAGE_ROWS, limit: PAGE_ROWS };
      const answer = this.source(request, controller.signal);
      // A model in this page answers at once: its rows are there in the same frame.
      if (answer instanceof Promise) answer.then(received, refused);
      else received(answer);
    } catch (error) {
      refused(error);
    }
  }

  private receive(level: Level, page: number, answer: TablePage): void {
    this.baseUs = answer.baseUs;
    this.baseBytes = answer.baseBytes;
    grow(level, answer.total - level.total);
    level.total = answer.total;
    for (const below of level.opened.filter((other) => other.index >= level.total)) this.close({ level, index: below.index });
    level.failed.delete(page);
    level.pages.set(page, answer.rows);
    if (level.pages.size > MOST_PAGES) {
      const farthest = [...level.pages.keys()].reduce((far, other) => (Math.abs(other - page) > Math.abs(far - page) ? other : far), page);
      level.pages.delete(farthest);
    }
    if (!this.expanded.size) return;
    answer.rows.forEach((row, i) => {
      if (this.expanded.has(keyOf([...level.path, row.frame.id]))) this.open({ level, index: page * PAGE_ROWS + i });
    });
  }
}

/** A row's name among the expanded ones: the functions from the outermost row to it. */
export function keyOf(path: number[]): string {
  return path.join("/");
}

/** Rows were added to a level, or taken from it. */
function grow(level: Level, by: number): void {
  for (let at: Level | null = level; at; at = at.parent) at.shown += by;
}

/** Stops asking for pages of a level and those below it. */
function giveUp(level: Level, which: (level: Level, page: number) => boolean = () => true): void {
  for (const [page, controller] of level.asked) {
    if (!which(level, page)) continue;
    level.asked.delete(page);
    controller.abort();
    level.waiting.get(page)?.forEach((resolve) => resolve(false));
    level.waiting.delete(page);
  }
  for (const below of level.opened) giveUp(below, which);
}
