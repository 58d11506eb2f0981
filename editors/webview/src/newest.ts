/**
 * Asks a question at a time: of those asked meanwhile only the newest is sent next, and the answers of older ones are
 * dropped. An answer that is there at once is delivered at once.
 */
export class Newest<Question, Answer> {
  private next: { question: Question } | null = null;
  private isAsking = false;
  private wanted = 0;

  constructor(
    private readonly ask: (question: Question) => Promise<Answer> | Answer,
    private readonly on: {
      answer(answer: Answer, question: Question): void;
      failed(error: unknown, question: Question): void;
      waiting?(isWaiting: boolean): void;
    },
  ) {}

  request(question: Question): void {
    this.wanted++;
    if (this.isAsking) this.next = { question };
    else this.send(question);
  }

  /** Nobody waits for the answer any more. */
  cancel(): void {
    this.wanted++;
    this.next = null;
  }

  private send(question: Question): void {
    const number = this.wanted;
    let answer: Promise<Answer> | Answer;
    try {
      answer = this.ask(question);
    } catch (error) {
      this.on.failed(error, question);
      return;
    }
    if (!(answer instanceof Promise)) {
      this.on.answer(answer, question);
      return;
    }
    this.isAsking = true;
    this.on.waiting?.(true);
    const end = (deliver: () => void) => {
      this.isAsking = false;
      this.on.waiting?.(false);
      const { next } = this;
      this.next = null;
      if (number === this.wanted) deliver();
      else if (next) this.send(next.question);
    };
    answer.then(
      (value) => end(() => this.on.answer(value, question)),
      (error) => end(() => this.on.failed(error, question)),
    );
  }
}
