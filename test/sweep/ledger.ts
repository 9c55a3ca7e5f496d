/**
 * What the steps of one run did, as the world outside the database would know it.
 *
 * Owns the log of attempts. One run is played at a time, so there is one ledger at a time;
 * an executor that crashed reaches no operation of the host any more, and so notes nothing.
 */

/** Attempts by the key of what was attempted. */
export class Ledger {
  readonly #attempts = new Map<string, number>();
  #running = 0;
  /** The most attempts that ran at once; one that crashed never ends. */
  concurrencyMax = 0;

  /** Notes that an attempt begins; answers which one it is, from 1. */
  note(key: string): number {
    const attempt = (this.#attempts.get(key) ?? 0) + 1;
    this.#attempts.set(key, attempt);
    return attempt;
  }

  /** Notes that what was attempted runs; answers how to note its end. */
  enter(): () => void {
    this.#running += 1;
    this.concurrencyMax = Math.max(this.concurrencyMax, this.#running);
    return () => {
      this.#running -= 1;
    };
  }

  /** How often what is under `key` was attempted. */
  count(key: string): number {
    return this.#attempts.get(key) ?? 0;
  }

  /** Everything attempted, by key. */
  get attempts(): ReadonlyMap<string, number> {
    return this.#attempts;
  }
}

let current = new Ledger();

/** The ledger of the run that is being played. */
export function ledger(): Ledger {
  return current;
}

/** Opens a new ledger for the next run. */
export function openLedger(): Ledger {
  current = new Ledger();
  return current;
}
