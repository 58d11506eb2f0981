import { placeBothWays, placeBoxes, type PlacedBoxes, type Span } from "./boxes";
import { leftHeavyWidth } from "./first_boxes";
import type { ViewModel } from "./model";
import type { Boxes, BoxesRequest, Category, Measure, Order } from "./wire";

/** Which flamegraph: boxes of one scene have their places in common, whatever part is asked for. */
export interface Scene {
  order: "leftHeavy" | "timeOrder" | "bothWays";
  /** The function of callers and callees. */
  frame: number | null;
  hidden: Category[];
  measure: Measure;
  /** About how wide it will be, where that is known; no part of which flamegraph it is. */
  expectedWidth?: number;
}

/** What boxes are marked. */
export interface Marks {
  query: string;
  highlight: number | null;
}

export interface BoxEvents {
  /** Another flamegraph, or the same with other marks. */
  whole(boxes: PlacedBoxes, isNewScene: boolean): void;
  /** Sharper boxes of a part of it. */
  sharp(boxes: PlacedBoxes): void;
  failed(error: unknown): void;
  waiting(isWaiting: boolean): void;
}

/** Boxes narrower than this many pixels may be merged with their neighbours; those half as wide are. */
const MIN_PX = 1;
/** How much is asked for beyond each edge of the view, in widths of the view. */
const MARGIN = 0.5;
/** How much coarser than wanted boxes may be before sharper ones are asked for. */
const COARSER = 1.5;
const DEBOUNCE_MS = 60;
/** A view that moves all the time gets sharper boxes this often. */
const MOST_DEBOUNCE_MS = 180;

/**
 * Gets the boxes that the screen needs: first all of a flamegraph as sharp as its width allows, then the part in view
 * as sharp as that needs. One request is on the way at a time; what comes too late is dropped.
 */
export class BoxSource {
  private scene: Scene | null = null;
  private marks: Marks = { query: "", highlight: null };
  private view: [number, number] = [0, 0];
  private widthPx = 0;
  private whole: { key: string; sceneKey: string; boxes: PlacedBoxes } | null = null;
  private sharp: { key: string; span: Span } | null = null;
  private isAsking = false;
  private hasFailed = false;
  private timer = 0;
  /** When the view began to move. */
  private movedAt = 0;
  private ended = new AbortController();

  /** `isComplete`: ask for every box, since nothing has to be sent. */
  constructor(
    private readonly model: ViewModel,
    private readonly events: BoxEvents,
    private readonly isComplete: boolean,
  ) {}

  /** Asks for another flamegraph, or for other marks in it. */
  show(scene: Scene, marks: Marks, widthPx: number): void {
    this.scene = scene;
    this.marks = marks;
    this.widthPx = Math.max(widthPx, 1);
    this.hasFailed = false;
    if (this.whole?.sceneKey !== sceneKey(scene)) this.view = [0, 0];
    this.ask();
  }

  /** The part in view changed. */
  look(x0: number, x1: number, widthPx: number): void {
    this.view = [x0, x1];
    this.widthPx = Math.max(widthPx, 1);
    const now = performance.now();
    if (!this.timer) this.movedAt = now;
    clearTimeout(this.timer);
    const left = Math.max(this.movedAt + MOST_DEBOUNCE_MS - now, 0);
    this.timer = window.setTimeout(
      () => {
        this.timer = 0;
        this.ask();
      },
      Math.min(DEBOUNCE_MS, left),
    );
  }

  /** Whether all that was asked for with `show` is here. */
  get isHere(): boolean {
    return this.whole !== null && this.whole.key === this.key;
  }

  retry(): void {
    this.hasFailed = false;
    this.ask();
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.ended.abort();
  }

  private get key(): string {
    return this.scene ? `${sceneKey(this.scene)} ${JSON.stringify(this.marks)}` : "";
  }

  /** The part that is to be asked for next; none when all that is needed is here. */
  private needed(): { key: string; span: Span; isWhole: boolean } | null {
    const { scene, whole, key } = this;
    if (!scene || this.hasFailed) return null;
    if (whole?.key !== key) {
      const width = whole && whole.sceneKey === sceneKey(scene) ? whole.boxes.width : 0;
      return { key, span: { from: 0, to: width, minWidth: this.isComplete ? 0 : width * this.perPx }, isWhole: true };
    }
    const { boxes } = whole;
    const [x0, x1] = this.view;
    if (boxes.leftOut === 0 || !(x1 > x0)) return null;
    const minWidth = (x1 - x0) * this.perPx;
    if (boxes.minWidth <= minWidth * COARSER) return null;
    const { sharp } = this;
    const isCovered = sharp?.key === key && covers(sharp.span, x0, x1) && sharp.span.minWidth <= minWidth * COARSER;
    if (isCovered) return null;
    // What is here is a sketch, or for a narrower view.
    if (x0 <= 0 && x1 >= boxes.width) return { key, span: { from: 0, to: boxes.width, minWidth }, isWhole: true };
    const margin = (x1 - x0) * MARGIN;
    return { key, span: { from: Math.max(x0 - margin, 0), to: Math.min(x1 + margin, boxes.width), minWidth }, isWhole: false };
  }

  private get perPx(): number {
    return MIN_PX / this.widthPx;
  }

  private ask(): void {
    if (this.isAsking || this.ended.signal.aborted) return;
    const needed = this.needed();
    if (!needed) return;
    let answer: Promise<PlacedBoxes> | PlacedBoxes;
    try {
      answer = this.fetch(this.scene as Scene, needed.span, needed.isWhole);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (!(answer instanceof Promise)) {
      this.deliver(needed, answer);
      return;
    }
    this.isAsking = true;
    this.events.waiting(true);
    const end = () => {
      this.isAsking = false;
      this.events.waiting(false);
    };
    answer.then(
      (boxes) => {
        end();
        if (this.ended.signal.aborted) return;
        this.deliver(needed, boxes);
        this.ask();
      },
      (error) => {
        end();
        if (this.ended.signal.aborted) return;
        if (needed.key === this.key) this.fail(error);
        else this.ask();
      },
    );
  }

  private deliver(asked: { key: string; isWhole: boolean }, boxes: PlacedBoxes): void {
    // Another flamegraph or another search is wanted by now.
    if (asked.key !== this.key) return;
    if (asked.isWhole) {
      const scene = sceneKey(this.scene as Scene);
      const isNewScene = this.whole?.sceneKey !== scene;
      this.whole = { key: asked.key, sceneKey: scene, boxes };
      this.sharp = null;
      this.events.whole(boxes, isNewScene);
      return;
    }
    // Boxes that do not reach the edges of the view would leave a hole in it.
    if (!covers(boxes, this.view[0], this.view[1])) return;
    this.sharp = { key: asked.key, span: boxes };
    this.events.sharp(boxes);
  }

  private fail(error: unknown): void {
    this.hasFailed = true;
    this.events.failed(error);
  }

  private fetch(scene: Scene, span: Span, isWhole: boolean): Promise<PlacedBoxes> | PlacedBoxes {
    const ask = (order: Order) => {
      const request: BoxesRequest = {
        order,
        frame: scene.frame,
        hidden: scene.hidden,
        measure: scene.measure,
        from: span.from,
        to: isWhole ? null : span.to,
        minWidth: isWhole ? this.leastWidth(scene, span) : span.minWidth,
        query: this.marks.query.trim() ? this.marks.query : null,
        highlight: this.marks.highlight,
      };
      const sketch = isWhole ? this.model.sketch?.(request) : null;
      if (sketch) return { answer: sketch.boxes, minWidth: sketch.request.minWidth };
      return { answer: this.model.boxes(request, this.ended.signal), minWidth: request.minWidth };
    };
    const placed = (boxes: Boxes, minWidth: number) => ({ from: span.from, to: isWhole ? boxes.width : span.to, minWidth });
    if (scene.order !== "bothWays") {
      const { answer, minWidth } = ask(scene.order);
      return after(answer, (boxes) => placeBoxes(boxes, placed(boxes, minWidth)));
    }
    const { answer, minWidth } = ask("callers");
    return after(answer, (callers) => after(ask("callees").answer, (callees) => placeBothWays(callers, callees, placed(callees, minWidth))));
  }

  /** Least width for all of a flamegraph; before its width is known, from the width that it has at most. */
  private leastWidth(scene: Scene, span: Span): number {
    if (this.isComplete) return 0;
    if (span.minWidth > 0) return span.minWidth;
    const { overview } = this.model.opened;
    if (scene.order === "bothWays") return (scene.expectedWidth ?? 0) * this.perPx;
    const most = scene.order === "timeOrder" ? overview.timelineUs : leftHeavyWidth(overview, scene.measure, scene.hidden);
    return most * this.perPx;
  }
}

function sceneKey({ order, frame, hidden, measure }: Scene): string {
  return JSON.stringify([order, order === "bothWays" ? frame : null, [...hidden].sort(), measure]);
}

function covers(span: Span, x0: number, x1: number): boolean {
  const slack = (x1 - x0) * 1e-6;
  return span.from <= x0 + slack && span.to >= x1 - slack;
}

/** Goes on with an answer at once when it is there. */
function after<A, B>(answer: Promise<A> | A, go: (answer: A) => Promise<B> | B): Promise<B> | B {
  return answer instanceof Promise ? answer.then(go) : go(answer);
}
