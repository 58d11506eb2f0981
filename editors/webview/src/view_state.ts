import type { Tab } from "./host";
import type { ColorBy } from "./style";
import type { ShownOrder } from "./toolbar";
import { CATEGORIES, type Category, type FrameInfo, type Measure, type Opened } from "./wire";

/** What is kept of the flamegraph: enough to ask again and to be where the reader was. */
export interface FlameState {
  order: ShownOrder;
  /** The function of callers and callees. */
  frame: FrameInfo | null;
  hidden: Category[];
  measure: Measure;
  colorBy: ColorBy;
  activeOnly: boolean;
  query: string;
  /** Edges of the view as shares of the whole width. */
  view: [number, number];
  scrollTop: number;
  /** Functions from the root to the zoomed box and to the selected one. */
  zoomed: number[];
  selected: number[] | null;
}

/** What the editor keeps for a view that is hidden. */
export interface ViewState {
  version: 1;
  /** The profile that the rest is of. */
  source: string;
  tab: Tab;
  flame: FlameState;
  table: unknown;
  /** Whether an editor's view shows all figures above. */
  isAboutOpen?: boolean;
}

/** The same profile has the same name here after the server was started again. */
export function sourceOf({ runId, path, compared, title }: Opened): string {
  return JSON.stringify([runId ?? path ?? title, compared?.runId ?? null]);
}

/** The kept state, when it is one that this version wrote for this profile. */
export function readState(value: unknown, opened: Opened): ViewState | null {
  const state = value as ViewState | null | undefined;
  if (typeof state !== "object" || state === null || state.version !== 1 || state.source !== sourceOf(opened)) return null;
  const flame = state.flame as FlameState | undefined;
  const isUsable =
    typeof flame === "object" &&
    flame !== null &&
    Array.isArray(flame.hidden) &&
    flame.hidden.every((category) => CATEGORIES.includes(category)) &&
    Array.isArray(flame.view) &&
    flame.view.every((edge) => typeof edge === "number" && Number.isFinite(edge)) &&
    Array.isArray(flame.zoomed) &&
    typeof flame.query === "string";
  return isUsable ? state : null;
}
