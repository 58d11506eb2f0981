// Writes a page with made-up data: node scripts/sample.mjs [OUT.html] [NODES]
import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import path from "node:path";
import { bundle, root } from "./build.mjs";
import { render } from "./render.mjs";

const CATEGORIES = ["app", "dependency", "node core", "native", "compiler", "gc", "program", "idle"];
const TIERS = ["ignition", "sparkplug", "maglev", "turbofan", "none"];
const [APP, DEPENDENCY, CORE, NATIVE, COMPILER, GC, PROGRAM, IDLE] = CATEGORIES.keys();
const NONE = 4;

const FILES = [
  [APP, "src/server.js", ["handleRequest", "main", "shutdown", ""]],
  [APP, "src/routes/orders.js", ["listOrders", "createOrder", "validateOrder", "sumTotals", "applyDiscounts", ""]],
  [APP, "src/routes/products.js", ["searchProducts", "rankResults", "scoreProduct", "tokenise", "Array.map callback"]],
  [APP, "src/domain/pricing.ts", ["PriceBook.lookup", "PriceBook.resolve", "roundMoney", "convertCurrency", "Größe.berechnen", "価格を計算する"]],
  [APP, "src/domain/tree.ts", ["walk", "CategoryTree.find", "CategoryTree.flatten", "compareNodes"]],
  [APP, "src/views/render.js", ["renderPage", "renderItem", "escapeHtml", "formatDate", "emoji🚀Badge"]],
  [DEPENDENCY, "node_modules/express/lib/router/index.js", ["next", "handle", "process_params", "Layer.handle_request", "trim_prefix"]],
  [DEPENDENCY, "node_modules/express/lib/application.js", ["app.handle", "app.render"]],
  [DEPENDENCY, "node_modules/pg/lib/query.js", ["Query.handleDataRow", "Query.submit", "parseRow"]],
  [DEPENDENCY, "node_modules/pg-protocol/dist/parser.js", ["Parser.parse", "Parser.parseDataRowMessage", "BufferReader.string"]],
  [DEPENDENCY, "node_modules/lodash/lodash.js", ["baseClone", "baseEach", "isEqualWith", "arrayMap", "baseIsEqualDeep", "getTag"]],
  [DEPENDENCY, "node_modules/zod/lib/types.js", ["ZodObject._parse", "ZodString._parse", "ParseStatus.mergeObjectSync", "ZodType._parseSync"]],
  [CORE, "node:internal/process/task_queues", ["processTicksAndRejections", "runMicrotasks"]],
  [CORE, "node:_http_server", ["parserOnIncoming", "resOnFinish", "ServerResponse.writeHead"]],
  [CORE, "node:_http_outgoing", ["OutgoingMessage._storeHeader", "OutgoingMessage.end", "write_", "processHeader"]],
  [CORE, "node:events", ["emit", "EventEmitter.once"]],
  [CORE, "node:internal/streams/readable", ["Readable.read", "addChunk", "emitReadable_"]],
  [CORE, "node:internal/timers", ["listOnTimeout", "processTimers"]],
  [NATIVE, "", ["JSON.parse", "JSON.stringify", "Array.prototype.sort", "RegExp: [&<>\"']", "StringPrototypeReplace", "writev", "memcpy", "BytecodeHandler:LdaNamedProperty"]],
];

/** A repeatable stream of numbers in 0..1 (mulberry32). */
function randomStream(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * A report of about `nodes` nodes. `extraNames` become functions of their own; `idleShare`
 * of the time is idle; `recursion` is the depth of the recursive walk.
 */
export function sampleReport({ nodes = 20000, seed = 7, extraNames = [], idleShare = 0.12, recursion = 170, timeline = true } = {}) {
  const random = randomStream(seed);
  const strings = [];
  const known = new Map();
  const text = (s) => {
    if (!known.has(s)) known.set(s, strings.push(s) - 1);
    return known.get(s);
  };
  const sources = { url: [], path: [] };
  const frames = { name: [], source: [], line: [], column: [], category: [] };
  const byCategory = CATEGORIES.map(() => []);
  const addFrame = (name, source, line, column, category) => {
    frames.name.push(text(name));
    frames.source.push(source);
    frames.line.push(line);
    frames.column.push(column);
    frames.category.push(category);
    byCategory[category].push(frames.name.length - 1);
    return frames.name.length - 1;
  };
  const addSource = (file) => {
    const builtin = file.startsWith("node:");
    sources.url.push(text(builtin ? file : `file:///home/dev/shop/${file}`));
    sources.path.push(builtin ? -1 : text(file));
    return sources.url.length - 1;
  };
  // Small profiles repeat few functions, big ones have many versions of the same libraries.
  const copies = Math.max(1, Math.round(nodes / 12000));
  for (let copy = 0; copy < copies; copy++) {
    for (const [category, file, names] of FILES) {
      const source = file ? addSource(copy ? file.replace(/(\.[jt]s)?$/, `-${copy}$1`) : file) : -1;
      names.forEach((name, i) => addFrame(name, source, file ? 8 + i * 23 + copy : 0, file ? 3 + ((i * 7) % 30) : 0, category));
    }
  }
  const gc = addFrame("(gc)", -1, 0, 0, GC);
  const program = addFrame("(program)", -1, 0, 0, PROGRAM);
  const idle = addFrame("(idle)", -1, 0, 0, IDLE);
  const compile = addFrame("(compiler)", -1, 0, 0, COMPILER);
  const extra = extraNames.map((name) => addFrame(name, 0, 1, 1, APP));
  const frameNamed = (name) => frames.name.indexOf(text(name));
  const walk = frameNamed("walk");

  const tree = { parent: [], frame: [], tier: [], line: [], selfUs: [], samples: [] };
  const weight = [];
  const depth = [];
  const addNode = (parent, frame) => {
    const category = frames.category[frame];
    const js = category <= CORE;
    const heat = (frame * 2654435761) % 97;
    const tier = !js ? NONE : random() < 0.72 ? (heat < 12 ? 0 : heat < 30 ? 1 : heat < 50 ? 2 : 3) : Math.floor(random() * 4);
    tree.parent.push(parent);
    tree.frame.push(frame);
    tree.tier.push(tier);
    tree.line.push(frames.line[frame] ? frames.line[frame] + 1 + Math.floor(random() * 6) : 0);
    tree.selfUs.push(0);
    tree.samples.push(0);
    weight.push(0);
    depth.push(parent < 0 ? 0 : depth[parent] + 1);
    return tree.frame.length - 1;
  };
  const chain = (parent, ...names) => names.reduce((above, name) => addNode(above, frameNamed(name)), parent);

  const roots = [chain(-1, "processTicksAndRejections"), chain(-1, "parserOnIncoming", "emit", "app.handle", "handle", "next", "Layer.handle_request"), chain(-1, "listOnTimeout")];
  const hot = [chain(roots[1], "listOrders"), chain(roots[1], "searchProducts"), chain(roots[1], "createOrder", "validateOrder"), chain(roots[0], "renderPage")];
  const leaves = [
    [chain(hot[0], "sumTotals", "PriceBook.lookup"), 9],
    [chain(hot[0], "sumTotals", "PriceBook.lookup", "Größe.berechnen"), 4],
    [chain(hot[0], "Query.handleDataRow", "parseRow"), 6],
    [chain(hot[0], "JSON.stringify"), 7],
    [chain(hot[1], "rankResults", "scoreProduct", "tokenise"), 10],
    [chain(hot[1], "rankResults", "Array.prototype.sort"), 5],
    [chain(hot[2], "ZodObject._parse", "ZodString._parse"), 5],
    [chain(hot[3], "renderItem", "escapeHtml", "StringPrototypeReplace"), 6],
    [chain(hot[3], "renderItem", "emoji🚀Badge"), 2],
    [addNode(hot[0], gc), 1.4],
    [addNode(-1, gc), 2.6],
    [addNode(-1, program), 2.2],
    [addNode(hot[1], compile), 0.9],
  ];
  let deep = chain(roots[1], "CategoryTree.find");
  for (let i = 0; i < recursion; i++) {
    deep = addNode(deep, walk);
    if (i % 10 === 9) leaves.push([deep, 0.35], [addNode(deep, frameNamed("compareNodes")), 0.3]);
  }
  for (const frame of extra) leaves.push([addNode(hot[0], frame), 3]);
  for (const [node, share] of leaves) weight[node] += share;

  const growFrom = [...roots, ...hot, ...leaves.slice(0, 9).map(([node]) => node)];
  while (tree.frame.length < nodes - 1) {
    const parent = growFrom[Math.floor(random() ** 1.15 * growFrom.length)];
    const above = frames.category[tree.frame[parent]];
    const pick = random();
    const category = above === APP ? (pick < 0.45 ? APP : pick < 0.8 ? DEPENDENCY : pick < 0.9 ? CORE : NATIVE) : above === DEPENDENCY ? (pick < 0.3 ? APP : pick < 0.75 ? DEPENDENCY : pick < 0.88 ? CORE : NATIVE) : pick < 0.4 ? APP : pick < 0.6 ? DEPENDENCY : pick < 0.85 ? CORE : NATIVE;
    const choices = byCategory[category].slice(0, -extra.length || undefined);
    const node = addNode(parent, choices[Math.floor(random() * choices.length)]);
    weight[node] = (random() ** 6 * 60) / nodes + 8 / nodes;
    if (category !== NATIVE && depth[node] < 46) growFrom.push(node);
  }
  const idleNode = addNode(-1, idle);
  const active = weight.reduce((sum, w) => sum + w, 0);
  weight[idleNode] = (active * idleShare) / (1 - idleShare);

  // Every sample lasts 100 µs; the timeline visits leaves in bursts, as requests do.
  const intervalUs = 100;
  const wanted = Math.max(nodes * 1.4, 60000);
  const all = active + weight[idleNode];
  const bag = [];
  weight.forEach((w, node) => {
    const samples = w > 0 ? Math.max(1, Math.round((w / all) * wanted)) : 0;
    tree.samples[node] = samples;
    tree.selfUs[node] = samples * intervalUs;
    for (let left = samples; left > 0; ) {
      const burst = Math.min(left, 1 + Math.floor(random() * 40));
      bag.push([node, burst, random()]);
      left -= burst;
    }
  });
  const ordered = { node: [], startUs: [], durationUs: [] };
  if (timeline) {
    bag.sort((a, b) => a[2] - b[2]);
    let at = 1000;
    for (const [node, burst] of bag) {
      for (let k = 0; k < burst; k++) {
        ordered.node.push(node);
        ordered.startUs.push(at);
        ordered.durationUs.push(intervalUs);
        at += intervalUs;
      }
    }
  }
  const samples = tree.samples.reduce((sum, n) => sum + n, 0);
  const ms = (frame) => tree.selfUs.reduce((sum, us, i) => (tree.frame[i] === frame ? sum + us : sum), 0) / 1000;
  return {
    schema: "tickmark/flamegraph@1",
    title: "GET /orders",
    subtitle: "src/server.js, 50 connections for 8 s after a warm-up of 3 s",
    meta: {
      node: "24.11.1",
      v8: "13.6.233",
      date: "2026-11-20 14:02",
      target: "GET /orders",
      root: "/home/dev/shop",
      samples,
      intervalUs,
      attribution: { exact: 0.9634, function: 0.0291, none: 0.0075 },
      dropped: { "samples with an unknown address": 412, "stacks cut at 254 frames": 3 },
      load: { requestsPerSecond: 5812.4, p50Ms: 3.1, p99Ms: 14.7, failed: 0 },
      other: { gcMs: ms(gc), programMs: ms(program), idleMs: ms(idle) },
    },
    strings,
    sources,
    frames,
    categories: CATEGORIES,
    tiers: TIERS,
    nodes: tree,
    timeline: ordered,
    lines: null,
    functions: null,
  };
}

/** The page for a report, with the bundle as built now. */
export async function samplePage(report) {
  const files = await bundle();
  return render({ template: files["template.html"], css: files["report.css"], script: files["report.js"], report });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const out = path.resolve(process.argv[2] ?? path.join(root, "build/sample.html"));
  const report = sampleReport({ nodes: Number(process.argv[3] ?? 20000) });
  await mkdir(path.dirname(out), { recursive: true });
  await writeFile(out, await samplePage(report));
  console.log(`${out}: ${report.nodes.frame.length} nodes, ${report.timeline.node.length} samples`);
}
