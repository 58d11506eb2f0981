import { boxAs, heaviestChild, isAhead, isMerged, isSameBox, placeOfBox, type Box } from "./boxes";
import type { Graph } from "./graph";

/** Pointer movement (px) below which a press is a click. */
const CLICK_PX = 4;
const PAN_STEP = 0.18;
const ZOOM_STEP = 0.75;

export interface InputActions {
  /** Opens a box's source and goes there. */
  open(box: Box): void;
  /** Shows a box's line in the editor, where there is one; the keyboard stays in the graph. */
  show(box: Box): void;
  escape(): void;
  search(): void;
  help(): void;
  toggleOrder(): void;
  toggleColor(): void;
  /** Callers and callees of the selected function, or the way back. */
  toggleBothWays(): void;
  /** The editor's percentages of the selected function only; false when nothing is selected or there is no editor. */
  focus(): boolean;
}

export function attachPointer(graph: Graph, actions: InputActions): void {
  const { scroller } = graph;
  let press: { x: number; y: number; view: [number, number]; top: number; moved: boolean } | null = null;
  /** Whether the last click but one, and the last one, zoomed. */
  let zooms = [false, false];
  /** What was clicked and not left since: its tooltip would hide the panel that says more. */
  let clicked: Box | null = null;

  scroller.addEventListener("pointerdown", (event) => {
    // The scroll bar lies beyond the client area and keeps its own presses.
    if (event.button !== 0 || event.offsetX >= scroller.clientWidth) return;
    press = { x: event.clientX, y: event.clientY, view: graph.target(), top: scroller.scrollTop, moved: false };
  });
  scroller.addEventListener("pointermove", (event) => {
    if (!press) {
      const box = graph.hit(event.clientX, event.clientY);
      if (box && isSameBox(box, clicked)) return;
      clicked = null;
      graph.hover(box, event.clientX, event.clientY);
      return;
    }
    const dx = event.clientX - press.x;
    const dy = event.clientY - press.y;
    if (!press.moved && Math.hypot(dx, dy) < CLICK_PX) return;
    if (!press.moved) {
      press.moved = true;
      scroller.setPointerCapture(event.pointerId);
      scroller.classList.add("dragging");
      graph.hover(null, 0, 0);
    }
    const perPx = (press.view[1] - press.view[0]) / Math.max(scroller.clientWidth, 1);
    graph.show(press.view[0] - dx * perPx, press.view[1] - dx * perPx);
    if (event.pointerType === "mouse") scroller.scrollTop = press.top - dy;
  });
  const release = (event: PointerEvent) => {
    const was = press;
    press = null;
    scroller.classList.remove("dragging");
    if (!was) return;
    if (was.moved) {
      graph.refocus();
      return;
    }
    if (event.type !== "pointerup") return;
    const box = graph.hit(event.clientX, event.clientY);
    const zoomsIn = box !== null && box.merged > 1;
    zooms = [zooms[1], zoomsIn];
    if (!box) return;
    if (!zoomsIn) {
      graph.select(box);
      clicked = box;
      graph.hover(null, 0, 0);
    }
    if (zoomsIn || !box.frame) graph.zoomTo(box);
    else if (event.ctrlKey || event.metaKey) actions.open(box);
    else if (!event.shiftKey) actions.show(box);
  };
  scroller.addEventListener("dblclick", (event) => {
    const box = graph.hit(event.clientX, event.clientY);
    // After a click that zoomed, another box is below the pointer.
    if (box && !zooms.includes(true) && isSameBox(box, graph.selected)) graph.zoomTo(box);
  });
  scroller.addEventListener("pointerup", release);
  scroller.addEventListener("pointercancel", release);
  scroller.addEventListener("pointerleave", () => {
    clicked = null;
    if (!press) graph.hover(null, 0, 0);
  });
  scroller.addEventListener(
    "wheel",
    (event) => {
      const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1;
      const rect = scroller.getBoundingClientRect();
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        graph.zoomBy(Math.exp(Math.max(Math.min(event.deltaY * unit, 120), -120) * 0.004), (event.clientX - rect.left) / rect.width);
      } else {
        const dx = event.shiftKey && !event.deltaX ? event.deltaY : event.deltaX;
        if (Math.abs(dx) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
          event.preventDefault();
          graph.panBy((dx * unit) / Math.max(rect.width, 1));
        }
      }
    },
    { passive: false },
  );
  attachMinimap(graph);
}

/** Drag on the minimap: selects a range, or moves the one shown. */
function attachMinimap(graph: Graph): void {
  const frame = graph.minimap.parentElement as HTMLElement;
  let from: { at: number; offset: number | null } | null = null;
  const place = (event: PointerEvent) => {
    const rect = frame.getBoundingClientRect();
    return (Math.min(Math.max((event.clientX - rect.left) / rect.width, 0), 1)) * graph.whole.width;
  };
  frame.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const at = place(event);
    const [x0, x1] = graph.target();
    const inside = at >= x0 && at <= x1 && x1 - x0 < graph.whole.width * 0.999;
    from = { at, offset: inside ? at - x0 : null };
    frame.setPointerCapture(event.pointerId);
  });
  frame.addEventListener("pointermove", (event) => {
    if (!from) return;
    const at = place(event);
    const [x0, x1] = graph.target();
    if (from.offset !== null) graph.show(at - from.offset, at - from.offset + (x1 - x0));
    else if (Math.abs(at - from.at) > graph.whole.width * 0.003) graph.show(Math.min(at, from.at), Math.max(at, from.at));
  });
  const end = () => {
    if (from) graph.refocus();
    from = null;
  };
  frame.addEventListener("pointerup", end);
  frame.addEventListener("pointercancel", end);
}

/** Handles a key on the graph; true when it did something. */
export function graphKey(graph: Graph, event: KeyboardEvent, actions: InputActions): boolean {
  const { boxes, selected } = graph;
  const root = boxes.rowStart[boxes.pivotRow];
  const at = selected ? placeOfBox(boxes, selected) : -1;
  const go = (place: number) => {
    if (place < 0 || place >= boxes.count) return;
    const box = boxAs(boxes, place);
    if (box.merged > 1) {
      graph.zoomTo(box);
      return;
    }
    graph.select(box);
    graph.reveal(box);
  };
  const goSideways = (step: -1 | 1) => {
    let place = at + step;
    while (place >= 0 && place < boxes.count && isMerged(boxes, place)) place += step;
    if (boxes.row[place] === boxes.row[at]) go(place);
  };
  // Towards the root, or away from it: callers grow upwards.
  const inwards = () => go(at < 0 ? root : boxes.parent[at] < 0 ? root : boxes.parent[at]);
  const outwards = () => go(at < 0 ? placeOfBox(boxes, graph.zoomed[graph.zoomed.length - 1] ?? boxAs(boxes, root)) : heaviestChild(boxes, at));
  if (!boxes.count) return pageKey(graph, event, actions);
  switch (event.key) {
    case "ArrowUp":
      if (at >= 0 && at === root && boxes.pivotRow > 0) go(heaviestCaller(graph));
      else if (at >= 0 && boxes.row[at] < boxes.pivotRow) outwards();
      else inwards();
      return true;
    case "ArrowDown":
      if (at >= 0 && boxes.row[at] < boxes.pivotRow) inwards();
      else outwards();
      return true;
    case "ArrowLeft":
      if (at >= 0) goSideways(-1);
      return true;
    case "ArrowRight":
      if (at < 0) go(root);
      else goSideways(1);
      return true;
    case "Home":
      go(root);
      return true;
    case "Enter":
      if (!selected) return false;
      graph.zoomTo(selected);
      return true;
    case "PageDown":
    case "PageUp":
      graph.scroller.scrollTop += (event.key === "PageDown" ? 0.9 : -0.9) * graph.scroller.clientHeight;
      return true;
    default:
      return pageKey(graph, event, actions);
  }
}

/** Keys that work anywhere on the page outside fields and buttons. */
export function pageKey(graph: Graph, event: KeyboardEvent, actions: InputActions): boolean {
  switch (event.key) {
    case "Escape":
      actions.escape();
      return true;
    case "0":
      graph.reset();
      return true;
    case "+":
    case "=":
    case "w":
      graph.zoomBy(ZOOM_STEP, anchor(graph));
      return true;
    case "-":
    case "q":
      graph.zoomBy(1 / ZOOM_STEP, anchor(graph));
      return true;
    case "a":
      graph.panBy(-PAN_STEP);
      return true;
    case "d":
      graph.panBy(PAN_STEP);
      return true;
    case "/":
      actions.search();
      return true;
    case "?":
      actions.help();
      return true;
    case "o":
      if (graph.selected) actions.open(graph.selected);
      return graph.selected !== null;
    case "t":
      actions.toggleOrder();
      return true;
    case "c":
      actions.toggleColor();
      return true;
    case "s":
      actions.toggleBothWays();
      return true;
    case "f":
      return actions.focus();
    default:
      return false;
  }
}

/** Zooms around the selected box while it is in view, else around the middle. */
function anchor(graph: Graph): number {
  const { selected } = graph;
  if (!selected) return 0.5;
  const [x0, x1] = graph.target();
  const at = ((selected.x0 + selected.x1) / 2 - x0) / (x1 - x0);
  return at >= 0 && at <= 1 ? at : 0.5;
}

/** The heaviest box in the row above the function whose callers are shown, or -1. */
function heaviestCaller({ boxes }: Graph): number {
  const row = boxes.pivotRow - 1;
  let best = -1;
  for (let box = boxes.rowStart[row]; box < boxes.rowStart[row + 1]; box++) {
    if (best < 0 || isAhead(boxes, box, best)) best = box;
  }
  return best;
}
