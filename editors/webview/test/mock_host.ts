/**
 * An editor that hosts the view: answers the view's requests by messages, as VS Code's extension and the server do,
 * from a profile in the page. Tests make it slow, make it fail, and open the profile again.
 */
import { firstRequest } from "../src/first_boxes";
import { LocalModel } from "../src/local_model";
import type { ViewModel } from "../src/model";
import { readReport } from "../src/read";
import type { Boxes, BoxesRequest, Details, DetailsRequest, FrameInfo, Opened, Row, TablePage, TableRequest } from "../src/wire";

interface Request {
  type: "request";
  id: number;
  method: string;
  params: never;
}

export interface MockOptions {
  /** With a profile to compare with. */
  isCompared?: boolean;
  /** With allocations beside CPU time, or without any CPU time. */
  allocations?: "too" | "only";
}

/** Bytes per µs, for made-up allocations. */
const BYTES_PER_US = 64;

/** As it comes through JSON. */
function plain<Value>(value: Value): Value {
  const text = JSON.stringify(value, (_, each) => (ArrayBuffer.isView(each) ? Array.from(each as Float64Array) : each));
  return JSON.parse(text) as Value;
}

class MockHost {
  readonly sent: { type: string; method?: string; params?: Record<string, unknown> }[] = [];
  readonly times: { method: string; askedMs: number; answeredMs: number; bytes: number }[] = [];
  /** Most requests of one method that were on the way at once. */
  readonly mostAtOnce: Record<string, number> = {};
  /** Answers that are held back; null when they go at once. */
  held: (() => void)[] | null = null;
  /** Methods that fail. */
  readonly failing = new Set<string>();
  private readonly pending = new Map<string, number>();
  private readonly local: LocalModel;
  private opens = 0;

  constructor(
    report: unknown,
    private readonly options: MockOptions,
  ) {
    this.local = new LocalModel(readReport(report));
  }

  get model(): ViewModel {
    return this.local;
  }

  /** `sketchWidthPx`: boxes for a page that wide come with the profile. */
  open(changes: Partial<Opened> = {}, sketchWidthPx: number | null = null, message: { takesFocus?: boolean } = {}): void {
    this.opens++;
    const opened = structuredClone(this.local.opened);
    opened.model = `model-${this.opens}`;
    opened.runId = "run-1";
    const { overview } = opened;
    if (this.options.isCompared) {
      opened.compared = { runId: "run-0", title: "GET /orders, an hour before" };
      overview.before = { wholeUs: overview.wholeUs * 0.9, idleUs: overview.idleUs };
    }
    if (this.options.allocations) overview.allocatedBytes = overview.wholeUs * BYTES_PER_US;
    if (this.options.allocations === "only") {
      overview.hasCpu = overview.hasTimeline = false;
      overview.categories = overview.categories.map(([category, us]) => [category, us * BYTES_PER_US]);
      overview.wholeUs = overview.idleUs = 0;
    }
    const request = firstRequest(overview, sketchWidthPx ?? 1);
    const first = sketchWidthPx === null ? null : { request, boxes: plain(this.boxes(request)) };
    this.tell({ type: "tickmark/open", opened: { ...opened, ...changes }, first, ...message });
  }

  /** Sends a message to the view. */
  tell(message: unknown): void {
    window.postMessage(JSON.parse(JSON.stringify(message)), "*");
  }

  frame(name: string): FrameInfo | undefined {
    return this.local.boxes({ order: "leftHeavy", hidden: [], measure: "cpu", from: 0, minWidth: 0 }).frames.find((frame) => frame.name === name);
  }

  received(message: Request | { type: string }): void {
    this.sent.push(message as MockHost["sent"][number]);
    if (message.type !== "request") return;
    const { id, method, params } = message as Request;
    const atOnce = (this.pending.get(method) ?? 0) + 1;
    this.pending.set(method, atOnce);
    this.mostAtOnce[method] = Math.max(this.mostAtOnce[method] ?? 0, atOnce);
    const askedMs = performance.now();
    const answer = () => {
      const text = JSON.stringify(plain(this.answer(id, method, params)));
      this.pending.set(method, (this.pending.get(method) ?? 1) - 1);
      this.times.push({ method, askedMs, answeredMs: performance.now(), bytes: text.length });
      window.postMessage(JSON.parse(text), "*");
    };
    if (this.held) this.held.push(answer);
    else setTimeout(answer);
  }

  /** Sends what was held back. */
  release(): void {
    const { held } = this;
    this.held = null;
    for (const answer of held ?? []) answer();
  }

  private answer(id: number, method: string, params: never): unknown {
    if (this.failing.has(method)) return { type: "answer", id, error: { message: `${method} failed: the server is not running` } };
    try {
      return { type: "answer", id, result: this.result(method, params) };
    } catch (error) {
      return { type: "answer", id, error: { message: String(error) } };
    }
  }

  private result(method: string, params: never): unknown {
    switch (method) {
      case "views/boxes":
        return this.boxes(params);
      case "views/search":
        return this.local.search(params);
      case "views/details":
        return this.details(params);
      case "views/table":
        return this.table(params);
      case "focus": {
        const { frame } = params as { frame: number | null };
        const info = frame === null ? null : this.local.details({ frame, measure: "cpu" }).frame;
        return { focus: info && { frame: info, label: `${info.name}()`, sharePercent: 12.5 } };
      }
      case "views/apply":
        return { runId: "run-1" };
      default:
        throw new Error(`a view may not ask ${method}`);
    }
  }

  private boxes(request: BoxesRequest): Boxes {
    if (request.measure === "allocated") {
      const scale = (edge: number | null | undefined) => (edge == null ? edge : edge / BYTES_PER_US);
      const inUs = this.local.boxes({ ...request, from: request.from / BYTES_PER_US, to: scale(request.to), minWidth: request.minWidth / BYTES_PER_US });
      const times = (column: Boxes["x0"]) => Array.from(column, (value) => value * BYTES_PER_US);
      return { ...inUs, width: inUs.width * BYTES_PER_US, x0: times(inUs.x0), x1: times(inUs.x1), selfValue: times(inUs.selfValue), totalValue: times(inUs.totalValue), tierValue: [] };
    }
    const boxes = this.local.boxes(request);
    if (!this.options.isCompared) return boxes;
    return { ...boxes, before: Array.from(boxes.totalValue, (value, box) => value * factor(boxes.frame[box] < 0 ? null : boxes.frames[boxes.frame[box]])) };
  }

  private table(request: TableRequest): TablePage {
    const page = this.local.table(request);
    if (!this.options.isCompared) return page;
    const { samples } = this.local.opened.overview;
    const interval = (us: number, before: number): [number, number] => {
      const [is, was] = [us / page.baseUs, before / page.baseUs];
      const half = 1.96 * Math.sqrt((is * (1 - is) + was * (1 - was)) / samples);
      return [is - was - half, is - was + half];
    };
    const compared = (row: Row): Row => {
      const by = factor(row.frame);
      const before: [number, number] = [row.selfUs * by, row.totalUs * by];
      return { ...row, beforeUs: before, changeInterval: [interval(row.selfUs, before[0]), interval(row.totalUs, before[1])] };
    };
    return { ...page, rows: page.rows.map(compared) };
  }

  private details(request: DetailsRequest): Details {
    const details = this.local.details(request);
    if (request.measure === "allocated") {
      return { ...details, selfValue: details.selfValue * BYTES_PER_US, totalValue: details.totalValue * BYTES_PER_US, tiers: [], lines: [], callers: [], callees: [] };
    }
    if (!this.options.isCompared) return details;
    const by = factor(details.frame);
    return { ...details, before: [details.selfValue * by, details.totalValue * by] };
  }
}

/** How much more or less a function took before: a third the same, a third less, a third more. */
function factor(frame: FrameInfo | null): number {
  return frame === null ? 1 : [1, 0.7, 1.4][frame.id % 3];
}

declare global {
  interface Window {
    host: MockHost;
  }
}

const STATE = "mock state";
const data = JSON.parse(document.getElementById("mock-data")?.textContent ?? "null") as { report: unknown; options: MockOptions };
window.host = new MockHost(data.report, data.options);
window.acquireVsCodeApi = () => ({
  postMessage: (message: unknown) => window.host.received(JSON.parse(JSON.stringify(message))),
  // As in VS Code, the state outlives the page.
  getState: () => JSON.parse(sessionStorage.getItem(STATE) ?? "null"),
  setState: (state: unknown) => sessionStorage.setItem(STATE, JSON.stringify(state)),
});
