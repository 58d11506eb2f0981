// VS Code asks for lenses some 250 ms after it was told that there are others, and drops that question for good when the text loses
// the focus meanwhile: a click elsewhere as a run ends would leave the lenses of the run on the screen.

/** Longer than VS Code usually takes to ask: telling it again before that makes it wait anew. */
const FIRST_LOOK_MS = 800;
const MOST_LOOKS = 5;

/** Sees to it that VS Code asks for the lenses of every text on the screen after they have changed. */
export class LensQuestions {
  /** How many questions are still to come, by text. */
  private missing = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;

  /** `onScreen` names the text of every editor in which lenses are shown; `tellAgain` tells VS Code once more that there are others. */
  constructor(
    private readonly onScreen: () => string[],
    private readonly tellAgain: () => void,
  ) {}

  /** VS Code was told that there are other lenses. */
  changed(): void {
    this.missing = counts(this.onScreen());
    this.look(1);
  }

  /** VS Code asked for the lenses of a text: once for every editor that shows it. */
  asked(text: string): void {
    const count = this.missing.get(text) ?? 0;
    if (count > 1) {
      this.missing.set(text, count - 1);
    } else {
      this.missing.delete(text);
    }
  }

  /** Waits for no question any more. */
  clear(): void {
    clearTimeout(this.timer);
    this.missing.clear();
  }

  /** Each look comes twice as late as the one before: VS Code asks the later, the slower it was answered. */
  private look(nth: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(
      () => {
        const onScreen = this.onScreen();
        if (!onScreen.some((text) => this.missing.has(text))) {
          return;
        }
        // Every editor asks again.
        this.missing = counts(onScreen);
        this.tellAgain();
        if (nth < MOST_LOOKS) {
          this.look(nth + 1);
        }
      },
      FIRST_LOOK_MS * 2 ** (nth - 1),
    );
  }
}

function counts(texts: string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const text of texts) {
    found.set(text, (found.get(text) ?? 0) + 1);
  }
  return found;
}
