/**
 * Which snapshots somebody still reads, by the number of the commit they stand at.
 *
 * A commit asks for the newest, to know whether it may edit in place; the log and the
 * versions of tables ask for the oldest, to know what may be dropped.
 */
export class Snapshots {
  /** Ascending, because snapshots are taken at the newest published commit; ends are live. */
  readonly #pins: Pin[] = [];

  /** Null when nobody reads. */
  get oldest(): number | null {
    return this.#pins[0]?.commit ?? null;
  }

  get newest(): number | null {
    return this.#pins.at(-1)?.commit ?? null;
  }

  pin(commit: number): Pin {
    const last = this.#pins.at(-1);
    if (last?.commit === commit) {
      last.readers += 1;
      return last;
    }
    const pin = { commit, readers: 1 };
    this.#pins.push(pin);
    return pin;
  }

  /** One more reader of a snapshot that is still read. */
  share(pin: Pin): Pin {
    pin.readers += 1;
    return pin;
  }

  unpin(pin: Pin): void {
    pin.readers -= 1;
    while (this.#pins.at(-1)?.readers === 0) {
      this.#pins.pop();
    }
    while (this.#pins[0]?.readers === 0) {
      this.#pins.shift();
    }
  }
}

export interface Pin {
  readonly commit: number;
  readers: number;
}
