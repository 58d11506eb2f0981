import type { Box } from "./boxes";
import type { OpenSource } from "./open_source";
import type { Theme } from "./palette";
import type { FrameInfo } from "./wire";

/** What a flamegraph needs of the page it is in. */
export interface FlameOptions {
  /** Ask for every box: nothing has to be sent. */
  isComplete: boolean;
  theme: Theme;
  openSource: OpenSource;
  /** Opens the source of a box and goes there. */
  openBox(box: Box): void;
  /** Shows the line of a box in the editor; null without one. */
  showBox: ((box: Box) => void) | null;
  focus: ((frame: FrameInfo) => void) | null;
  /** A table at a path of functions. */
  showTable(kind: "topDown" | "bottomUp", path: number[]): void;
  help(): void;
  switchTheme: (() => void) | null;
  /** Something that is kept changed. */
  changed(): void;
}
