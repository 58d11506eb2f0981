import { App } from "./app";
import { bench, type BenchResult } from "./bench";
import { h } from "./dom";
import { nameOf } from "./frame_info";
import type { FirstBoxes } from "./first_boxes";
import { HostChannel, sourceOpener, vsCode, type HostMessage } from "./host";
import { LocalModel } from "./local_model";
import type { ViewModel } from "./model";
import { Waiting } from "./notices";
import { readReport } from "./read";
import { RemoteModel } from "./remote_model";
import { readState, type ViewState } from "./view_state";
import type { Opened } from "./wire";

declare global {
  interface Window {
    /** For tests and the bench. */
    __tickmark?: { app: App; model: ViewModel; bench(frames?: number): BenchResult; timing: Record<string, number>; breadcrumbs(): string[] };
  }
}

let app: App | null = null;
/** The name of the server's model that is shown. */
let shownModel: string | null = null;

/** Shows a model in place of what the page showed. */
function show(model: ViewModel, channel: HostChannel | null, state: ViewState | null, takesFocus = false): App {
  app?.dispose();
  const code = channel ? vsCode() : null;
  const shown = new App(model, { openSource: sourceOpener(), channel, save: code?.setState ? (kept) => code.setState?.(kept) : null });
  app = shown;
  shown.mount(place(), state, takesFocus);
  const { graph } = shown.flame;
  window.__tickmark = {
    app: shown,
    model,
    bench: (frames) => bench(graph, frames),
    timing: {},
    breadcrumbs: () => graph.zoomed.map((box) => nameOf(box.frame)),
  };
  return shown;
}

function place(): HTMLElement {
  return document.getElementById("tickmark") ?? document.body.appendChild(h("div", { id: "tickmark" }));
}

/** Shows a parsed report; everything is computed in this page. */
function showReport(value: unknown): void {
  try {
    const began = performance.now();
    const model = new LocalModel(readReport(value));
    const read = performance.now();
    show(model, null, null);
    const drawn = performance.now();
    if (window.__tickmark) window.__tickmark.timing = { readMs: read - began, buildAndDrawMs: drawn - read, firstDrawMs: drawn - began };
  } catch (error) {
    place().replaceChildren(failure(error));
  }
}

/** Shows a model of the server; when it is the profile shown already, the reader stays where they are. */
function showOpened(opened: Opened, channel: HostChannel, first: FirstBoxes | null, takesFocus: boolean): void {
  // It came while the page was loading.
  if (first === null && shownModel === opened.model) return;
  shownModel = opened.model;
  channel.abandon();
  const kept = app ? app.state() : vsCode()?.getState?.();
  const state = readState(kept, opened);
  // In a sketch, the place where the reader was may be missing.
  show(new RemoteModel(opened, channel, state ? null : first), channel, state, takesFocus);
}

function failure(error: unknown): HTMLElement {
  const message = error instanceof Error ? error.message : String(error);
  return h("main", { class: "tickmark failure", role: "alert" }, h("h1", {}, "This report cannot be shown"), h("p", {}, message));
}

function listen(): void {
  const code = vsCode();
  if (!code) return;
  const channel = new HostChannel(code);
  window.addEventListener("message", (event) => {
    const message = event.data as HostMessage | null;
    switch (message?.type) {
      case "answer":
        return channel.answered(message);
      case "tickmark/open":
        return showOpened(message.opened, channel, message.first ?? null, message.takesFocus ?? false);
      case "tickmark/report":
        return showReport(message.report);
      default:
        if (message?.type?.startsWith("tickmark/")) app?.told(message);
    }
  });
  if (document.getElementById("tickmark-data")) return;
  const waiting = new Waiting();
  waiting.set(true);
  place().replaceChildren(waiting.element);
  channel.ready();
}

function start(): void {
  const data = document.getElementById("tickmark-data");
  listen();
  if (!data) return;
  let value: unknown;
  try {
    value = JSON.parse(data.textContent ?? "");
  } catch (error) {
    document.body.append(failure(new Error(`the data in the page is not JSON (${String(error)}): the file may be cut off`)));
    return;
  }
  showReport(value);
}

start();
