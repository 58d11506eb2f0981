import { nameOf } from "./frame_info";
import { Notice } from "./notices";
import type { FrameInfo } from "./wire";

/** The function that is picked out in all stacks, and the bar that tells of it. */
export class PickedFunction {
  readonly bar = new Notice("picked", "status");
  frame: FrameInfo | null = null;

  constructor(private readonly changed: () => void) {}

  pick(frame: FrameInfo | null): void {
    this.frame = frame;
    if (frame) this.bar.show(`Highlighted in all stacks: ${nameOf(frame)}`, "Clear", () => this.pick(null));
    else this.bar.hide();
    this.changed();
  }
}
