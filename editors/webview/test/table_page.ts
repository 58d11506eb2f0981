// The page of table_view.test.mjs: a table of a made-up model, driven and watched through `window.fake`.
import type { ViewModel } from "../src/model";
import { TableView } from "../src/table_view";
import type { Details, FrameInfo, Opened, Row, TablePage, TableRequest } from "../src/wire";

interface Held {
  request: TableRequest;
  answer(): void;
  fail(message: string): void;
}

const config = JSON.parse(document.body.dataset.config ?? "{}") as { rows?: number; cpu?: boolean; bytes?: boolean; compared?: boolean; native?: boolean };
const ROWS = config.rows ?? 100000;
const FILES = ["src/routes/orders.js", "src/domain/pricing.ts", "node_modules/express/lib/router/index.js", "src/views/render.js"];

function frame(id: number): FrameInfo {
  const core = id % 7 === 5;
  const path = core ? "node:internal/streams/readable" : `/home/dev/shop/${FILES[id % FILES.length]}`;
  const name = id % 11 === 10 ? "" : `handle${id}`;
  return { id, name, path, isFile: !core, line: 1 + (id % 900), column: 3, category: core ? "nodeCore" : id % 4 === 2 ? "dependency" : "app" };
}

/** Row `index` of the outermost rows, or of those below a row; a row's number tells its children. */
function row(request: TableRequest, index: number): Row {
  const id = request.path.length ? (request.path[request.path.length - 1] + index + 1) % ROWS : index;
  const selfUs = Math.round(260000 / (id + 2));
  const beforeUs = selfUs * (0.4 + (id % 5) * 0.3);
  const change = (selfUs - beforeUs) / 1_000_000;
  return {
    frame: frame(id),
    line: request.kind === "lines" ? 10 + id : null,
    selfUs,
    totalUs: selfUs * 3,
    samples: Math.ceil(selfUs / 1000),
    selfBytes: config.bytes ? 40_000_000 / (id + 1) : null,
    totalBytes: config.bytes ? 60_000_000 / (id + 1) : null,
    beforeUs: config.compared ? [beforeUs, selfUs * 3] : null,
    // The total is what it was.
    changeInterval: config.compared ? [[change - 0.005, change + 0.005], [-0.005, 0.005]] : null,
    children: request.kind === "lines" ? 0 : id % 3,
  };
}

function page(request: TableRequest): TablePage {
  const wrong = request.filter.indexOf("self>x");
  const error = wrong < 0 ? null : { message: "`x` is no number that `self` can have: write it as in `self>2%`", at: wrong + 5, length: 1 };
  const all = ROWS + (request.nativeApart ? 5 : 0);
  const fits = request.filter.includes("nothing") ? 0 : request.filter && !error ? 37 : all;
  const total = request.path.length ? request.path[request.path.length - 1] % 3 : fits;
  const first = request.offset;
  const count = Math.max(Math.min(request.limit, 200, total - first), 0);
  const at = (i: number) => (request.ascending && !request.path.length ? total - 1 - i : i);
  const rows = Array.from({ length: count }, (_, i) => row(request, at(first + i)));
  return { total, rows, baseUs: 1_000_000, baseBytes: 100_000_000, error };
}

class FakeModel implements ViewModel {
  readonly requests: TableRequest[] = [];
  /** Answers are kept back until the test gives them. */
  hold = false;
  failing = "";
  readonly held: Held[] = [];
  readonly actions: unknown[] = [];
  aborted = 0;
  readonly opened: Opened = {
    model: "model-1",
    title: "made up",
    subtitle: "",
    root: "/home/dev/shop",
    meta: {},
    overview: {
      categories: config.native ? [["app", 900_000], ["native", 100_000]] : [],
      tiers: [],
      wholeUs: 1_000_000,
      idleUs: 0,
      allocatedBytes: config.bytes ? 100_000_000 : null,
      hasCpu: config.cpu ?? true,
      hasTimeline: false,
      timelineUs: 0,
      samples: 1000,
      intervalUs: 1000,
      nFrames: ROWS,
      before: config.compared ? { wholeUs: 1_000_000, idleUs: 0 } : null,
    },
  };

  table(request: TableRequest, signal?: AbortSignal): Promise<TablePage> {
    this.requests.push(request);
    signal?.addEventListener("abort", () => this.aborted++);
    if (this.failing) return Promise.reject(new Error(this.failing));
    if (!this.hold) return new Promise((resolve) => setTimeout(() => resolve(page(request)), 1));
    return new Promise((resolve, reject) => {
      this.held.push({ request, answer: () => resolve(page(request)), fail: (message) => reject(new Error(message)) });
    });
  }

  boxes(): never {
    throw new Error("not asked for in a table");
  }
  search(): never {
    throw new Error("not asked for in a table");
  }
  /** Functions beyond the rows are native ones, which have rows only while they are apart. */
  details({ frame: id }: { frame: number }): Details {
    return { frame: { ...frame(id), category: id >= ROWS ? "native" : "app" } } as Details;
  }
}

const fake = new FakeModel();
const actions = {
  openSource: (position: unknown) => fake.actions.push(["open", position]),
  showInGraph: (id: number) => fake.actions.push(["graph", id]),
  focus: (id: number) => fake.actions.push(["focus", id]),
};
const view = new TableView(fake, actions);
document.getElementById("tickmark")?.append(view.element);
Object.assign(window, { fake, view });
