import { App } from "./app";
import { bench, type BenchResult } from "./bench";
import { h } from "./dom";
import { frameName } from "./frames";
import { readReport } from "./read";

declare global {
  interface Window {
    /** For tests and the bench. */
    __tickmark?: { app: App; bench(frames?: number): BenchResult; timing: Record<string, number>; breadcrumbs(): string[] };
  }
}

/** Shows a parsed report in place of what the page showed. */
function show(value: unknown): void {
  const into = document.getElementById("tickmark") ?? document.body.appendChild(h("div", { id: "tickmark" }));
  try {
    const began = performance.now();
    const profile = readReport(value);
    const read = performance.now();
    window.__tickmark?.app.dispose();
    const app = new App(profile);
    app.mount(into);
    const drawn = performance.now();
    const timing = { readMs: read - began, buildAndDrawMs: drawn - read, firstDrawMs: drawn - began };
    window.__tickmark = {
      app,
      bench: (frames) => bench(app.graph, frames),
      timing,
      breadcrumbs: () => app.graph.breadcrumbs().map((box) => frameName(profile, app.tree.frame[app.layout.node[box]])),
    };
  } catch (error) {
    into.replaceChildren(failure(error));
  }
}

function failure(error: unknown): HTMLElement {
  const message = error instanceof Error ? error.message : String(error);
  return h("main", { class: "tickmark failure", role: "alert" }, h("h1", {}, "This report cannot be shown"), h("p", {}, message));
}

function start(): void {
  const data = document.getElementById("tickmark-data");
  if (data) {
    let value: unknown;
    try {
      value = JSON.parse(data.textContent ?? "");
    } catch (error) {
      document.body.append(failure(new Error(`the data in the page is not JSON (${String(error)}): the file may be cut off`)));
      return;
    }
    show(value);
  }
  // An editor may send other data later.
  if (window.acquireVsCodeApi) {
    window.addEventListener("message", (event) => {
      if (event.data?.type === "tickmark/report") show(event.data.report);
    });
  }
}

start();
