import assert from "node:assert/strict";
import { test } from "node:test";
import { keyOf, PAGE_ROWS, RowTree, type PageRequest } from "../src/table_rows";
import type { Row, TablePage } from "../src/wire";

/** Function `id` has `id % 4` rows below it, as long as the path is short. */
function page({ path, offset, limit }: PageRequest, outermost: number): TablePage {
  const total = path.length ? (path[path.length - 1] % 4) : outermost;
  const rows = Array.from({ length: Math.max(Math.min(limit, total - offset), 0) }, (_, i): Row => {
    const id = path.length * 1000 + offset + i;
    const frame = { id, name: `f${id}`, path: "", isFile: false, line: 0, column: 0, category: "app" } as const;
    const figures = { selfUs: 1, totalUs: 1, samples: 1, selfBytes: null, totalBytes: null, beforeUs: null };
    return { frame, line: null, ...figures, children: path.length < 3 ? id % 4 : 0 };
  });
  return { total, rows, baseUs: 1, baseBytes: 0, error: null };
}

function treeOf(outermost: number, expanded: string[] = []): { tree: RowTree; asked: string[] } {
  const asked: string[] = [];
  const source = (request: PageRequest) => {
    asked.push(`${request.path}@${request.offset}`);
    return page(request, outermost);
  };
  const tree = new RowTree(source, { changed: () => {}, failed: (error) => assert.fail(String(error)) }, new Set(expanded));
  tree.start(0, () => {}, (error) => assert.fail(String(error)));
  return { tree, asked };
}

/** The path of every row, in order, as keys. */
function shownKeys(tree: RowTree): string[] {
  // Rows that come may open, and then others are in sight.
  for (let count = -1; count !== tree.count; ) tree.want(0, (count = tree.count));
  return Array.from({ length: tree.count }, (_, position) => {
    const { level, index } = tree.at(position);
    return keyOf([...level.path, level.row(index)?.frame.id ?? -1]);
  });
}

test("opening and closing rows", () => {
  const { tree, asked } = treeOf(4);
  assert.deepEqual(shownKeys(tree), ["0", "1", "2", "3"]);
  assert.ok(!tree.open(tree.at(0)), "nothing below");
  assert.ok(tree.open(tree.at(2)));
  assert.ok(tree.open(tree.at(1)));
  assert.deepEqual(shownKeys(tree), ["0", "1", "1/1000", "2", "2/1000", "2/1001", "3"]);
  assert.ok(tree.open(tree.at(5)));
  assert.deepEqual(shownKeys(tree).slice(5, 7), ["2/1001", "2/1001/2000"]);
  const inner = tree.at(6);
  assert.ok(tree.holds(inner));
  assert.ok(tree.close(tree.at(3)));
  assert.ok(!tree.holds(inner));
  assert.deepEqual(shownKeys(tree), ["0", "1", "1/1000", "2", "3"]);
  assert.deepEqual(asked, ["@0", "1@0", "2@0", "2,1001@0"]);
  // What was open below it opens again with it.
  tree.open(tree.at(3));
  assert.deepEqual(shownKeys(tree), ["0", "1", "1/1000", "2", "2/1000", "2/1001", "2/1001/2000", "3"]);
});

test("rows that were expanded open as they come", () => {
  const { tree } = treeOf(4, ["2", "2/1001", "9"]);
  assert.deepEqual(shownKeys(tree), ["0", "1", "2", "2/1000", "2/1001", "2/1001/2000", "3"]);
});

test("places and positions are each other's inverse, whatever is open", () => {
  let seed = 3;
  const random = (below: number) => ((seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) >>> 8) % below;
  const { tree } = treeOf(300);
  for (let step = 0; step < 400; step++) {
    tree.want(0, tree.count);
    const place = tree.at(random(tree.count));
    if (!tree.open(place) && random(3) === 0) tree.close(place);
  }
  assert.ok(tree.count > 400);
  for (let position = 0; position < tree.count; position++) {
    const place = tree.at(position);
    assert.ok(tree.holds(place));
    assert.equal(tree.positionOf(place), position);
  }
});

test("pages far away are forgotten, and asked for again", () => {
  const { tree, asked } = treeOf(PAGE_ROWS * 100);
  for (let at = 0; at < 100; at++) tree.want(at * PAGE_ROWS, at * PAGE_ROWS + 1);
  assert.equal(asked.length, 100);
  assert.ok(tree.root.pages.size <= 60);
  assert.equal(tree.root.row(5), null);
  tree.want(5, 6);
  assert.equal(tree.root.row(5)?.frame.id, 5);
  assert.equal(asked.length, 101);
});

test("an answer that says there are fewer rows closes what is gone", () => {
  const sizes = [500, 100];
  const source = (request: PageRequest) => page(request, sizes[0]);
  const tree = new RowTree(source, { changed: () => {}, failed: () => {} });
  tree.start(1, () => {}, () => {});
  const place = { level: tree.root, index: 201 };
  assert.ok(tree.open(place));
  sizes.shift();
  tree.want(0, 10);
  assert.equal(tree.count, 100);
  assert.ok(!tree.holds(place));
});

test("answers that come late are dropped, errors are told once and not asked for again", async () => {
  const waiting: { request: PageRequest; signal: AbortSignal; resolve(page: TablePage): void; reject(error: Error): void }[] = [];
  const errors: unknown[] = [];
  const source = (request: PageRequest, signal: AbortSignal) => new Promise<TablePage>((resolve, reject) => waiting.push({ request, signal, resolve, reject }));
  const tree = new RowTree(source, { changed: () => {}, failed: (error) => errors.push(error) });
  tree.start(0, () => {}, () => {});
  waiting[0].resolve(page(waiting[0].request, 1000));
  await Promise.resolve();
  tree.want(400, 401);
  tree.want(800, 801);
  assert.ok(waiting[1].signal.aborted && !waiting[2].signal.aborted);
  waiting[1].resolve(page(waiting[1].request, 7));
  waiting[2].reject(new Error("gone"));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(tree.count, 1000);
  assert.equal(tree.root.row(400), null);
  assert.deepEqual(errors.map(String), ["Error: gone"]);
  tree.want(800, 801);
  assert.equal(waiting.length, 3);
  tree.forgetFailures();
  tree.want(800, 801);
  assert.equal(waiting.length, 4);
  tree.dispose();
  assert.ok(waiting[3].signal.aborted);
});
