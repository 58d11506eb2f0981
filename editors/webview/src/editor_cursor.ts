import { widestOf } from "./boxes";
import { CursorLine } from "./cursor_line";
import type { Graph } from "./graph";
import type { FrameInfo } from "./wire";

const RESTS_MS = 150;

/**
 * The function below the editor's cursor: its figures are told, and its boxes are outlined by the view itself. Only of a
 * function whose boxes are all too narrow to be here it is asked where they are, once the cursor rests.
 */
export class EditorCursor {
  /** The function whose place was asked for last. It stays: to ask again without it would be for nothing. */
  sought: number | null = null;
  private timer = 0;

  constructor(
    readonly line: CursorLine,
    private readonly graph: Graph,
    /** Null where every box is here. */
    private readonly seek: (() => void) | null,
  ) {}

  show(frame: FrameInfo | null): void {
    this.line.show(frame);
    this.graph.outline(frame?.id ?? null);
    clearTimeout(this.timer);
    const { seek } = this;
    if (!seek || !frame || frame.id === this.sought || widestOf(this.graph.whole, frame.id) >= 0) return;
    this.timer = window.setTimeout(() => {
      this.sought = frame.id;
      seek();
    }, RESTS_MS);
  }

  dispose(): void {
    clearTimeout(this.timer);
  }
}
