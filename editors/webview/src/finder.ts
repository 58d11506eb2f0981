import type { Scene } from "./box_source";
import type { Base } from "./figures";
import { percent } from "./format";
import type { Found, ViewModel } from "./model";
import { Newest } from "./newest";
import { compileQuery } from "./search";
import type { Hit, Order } from "./wire";

interface Question {
  query: string;
  scene: Scene;
  base: Base;
}

export interface FinderEvents {
  /** What to say of the search; empty for none. */
  say(text: string, title: string, isBad: boolean): void;
  go(hit: Hit): void;
  failed(error: unknown, again: () => void): void;
  waiting(isWaiting: boolean): void;
}

/** The search: what matches, how much that is, and the way from match to match. */
export class Finder {
  private found: Found | null = null;
  private question: Question | null = null;
  private at = -1;
  /** Steps asked for before the answer came. */
  private steps: number | null = null;
  private readonly newest: Newest<Question, Found>;

  constructor(
    private readonly model: ViewModel,
    private readonly events: FinderEvents,
  ) {
    this.newest = new Newest(
      ({ query, scene }) => {
        const order: Order = scene.order === "bothWays" ? "leftHeavy" : scene.order;
        return model.search({ order, frame: null, hidden: scene.hidden, measure: scene.measure, query });
      },
      {
        answer: (found, question) => this.answered(found, question),
        failed: (error, question) => events.failed(error, () => this.newest.request(question)),
        waiting: (isWaiting) => events.waiting(isWaiting),
      },
    );
  }

  search(query: string, scene: Scene, base: Base): void {
    const { question } = this;
    const isSame = question?.query === query && JSON.stringify([question.scene, question.base]) === JSON.stringify([scene, base]);
    if (isSame) return;
    this.question = { query, scene, base };
    this.found = null;
    this.at = -1;
    if (query.trim()) {
      this.newest.request(this.question);
      return;
    }
    this.newest.cancel();
    this.events.say("", "", false);
  }

  /** Goes to the next match, heaviest first. */
  step(step: number): void {
    if (!this.found) {
      this.steps = this.question?.query.trim() ? step : null;
      return;
    }
    const { hits } = this.found;
    if (!hits.length) return;
    this.at = this.at < 0 ? 0 : (this.at + step + hits.length) % hits.length;
    this.events.go(hits[this.at]);
  }

  /** Value of what matches; where percentages leave idle out, without idle. */
  private valueOf(found: Found, { query, scene, base }: Question): number {
    const hasIdle = base.excludesIdle && !scene.hidden.includes("idle") && matches(query, "(idle)");
    return hasIdle ? Math.max(found.value - this.model.opened.overview.idleUs, 0) : found.value;
  }

  private answered(found: Found, question: Question): void {
    const { base } = question;
    this.found = found;
    if (found.error) this.events.say(found.error.message, "", true);
    else {
      const functions = found.functions === 1 ? "1 function" : `${found.functions} functions`;
      const value = `${found.isLowerBound ? "at least " : ""}${percent(this.valueOf(found, question), base.value)} of ${base.name}`;
      const title = found.isLowerBound ? "The search took too long and was stopped" : "Stacks with a match, each counted once";
      this.events.say(`${functions} \u00b7 ${value}`, title, false);
    }
    const { steps } = this;
    this.steps = null;
    if (steps !== null) this.step(steps);
  }
}

function matches(query: string, text: string): boolean {
  try {
    return compileQuery(query).test(text);
  } catch {
    // The server may read what this page cannot; such a query is not about idle.
    return false;
  }
}
