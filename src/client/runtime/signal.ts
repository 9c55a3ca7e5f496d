/**
 * Wakes the loop.
 *
 * Owns one bit: whether anything has happened since the loop last looked.
 */
export class Signal {
  #isSet = false;
  #wake: (() => void) | null = null;

  /** Says that something has happened. */
  notify(): void {
    this.#isSet = true;
    this.#wake?.();
    this.#wake = null;
  }

  /** Resolves once something has happened since the last `wait`. */
  async wait(): Promise<void> {
    if (!this.#isSet) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#isSet = false;
  }
}
