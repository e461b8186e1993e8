/** A gate that can be closed, and knows who is inside. It begins closed. */
export class Gate {
  #opened: Promise<void> | undefined;
  #open: () => void = () => {};
  #inside = 0;
  #left: () => void = () => {};

  constructor() {
    this.#shut();
  }

  /** Runs `work` inside; waits outside while the gate is closed. */
  async through<Result>(work: () => Promise<Result>): Promise<Result> {
    while (this.#opened !== undefined) await this.#opened;
    this.#inside++;
    try {
      return await work();
    } finally {
      this.#inside--;
      if (this.#inside === 0) this.#left();
    }
  }

  open(): void {
    this.#opened = undefined;
    this.#open();
  }

  /** Resolves when nobody is inside any more. */
  async close(): Promise<void> {
    this.#shut();
    if (this.#inside > 0)
      await new Promise<void>((resolve) => {
        this.#left = resolve;
      });
  }

  #shut(): void {
    this.#opened ??= new Promise((resolve) => {
      this.#open = resolve;
    });
  }
}
