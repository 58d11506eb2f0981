/** Text widths in one font, from the advance of each character (no kerning). */
export class TextMeasure {
  private readonly ascii = new Float32Array(128).fill(-1);
  private readonly other = new Map<string, number>();
  private font = "";

  /** Forgets everything when the font changed. */
  use(context: CanvasRenderingContext2D, font: string): void {
    context.font = font;
    if (font === this.font) return;
    this.font = font;
    this.ascii.fill(-1);
    this.other.clear();
  }

  advance(context: CanvasRenderingContext2D, char: string): number {
    const code = char.charCodeAt(0);
    if (code < 128 && char.length === 1) {
      if (this.ascii[code] < 0) this.ascii[code] = context.measureText(char).width;
      return this.ascii[code];
    }
    let width = this.other.get(char);
    if (width === undefined) {
      width = context.measureText(char).width;
      if (this.other.size < 5000) this.other.set(char, width);
    }
    return width;
  }

  width(context: CanvasRenderingContext2D, text: string): number {
    let sum = 0;
    for (const char of text) sum += this.advance(context, char);
    return sum;
  }

  /** The text, cut with an ellipsis to fit; empty when not even two characters fit. */
  fit(context: CanvasRenderingContext2D, text: string, room: number): string {
    const ellipsis = this.advance(context, "\u2026");
    let sum = 0;
    let end = 0;
    let kept = 0;
    let keptChars = 0;
    for (const char of text) {
      sum += this.advance(context, char);
      if (sum > room) return keptChars >= 2 ? `${text.slice(0, kept)}\u2026` : "";
      end += char.length;
      if (sum + ellipsis <= room) {
        kept = end;
        keptChars++;
      }
    }
    return text;
  }
}
