// When a server that ended is started again.

const WINDOW_MS = 180_000;
const MOST = 5;
const FIRST_DELAY_MS = 250;

/** Doubles the delay with every end within three minutes, and gives up after the fifth. */
export class Restarts {
  private ends: number[] = [];

  /** How long to wait, in ms; undefined to give up. `now` is in ms. */
  next(now: number): number | undefined {
    this.ends = this.ends.filter((end) => now - end < WINDOW_MS);
    this.ends.push(now);
    return this.ends.length > MOST ? undefined : FIRST_DELAY_MS * 2 ** (this.ends.length - 1);
  }

  /** After the user asked for a restart. */
  forget(): void {
    this.ends = [];
  }
}
