/**
 * `_creationTime` of new documents.
 *
 * Owns the one rule that the platform gets for free: creation times of a transaction begin
 * after those of all that it can see. There a transaction begins at the time of its snapshot
 * or later (`creation_time` in crates/database/src/database.rs at 94a42c3d), and a commit
 * takes its time; where commits take none, what is written one after the other would share
 * an instant and have no order.
 */
import { max } from "../math.js";

/** Added per document, so that no two of a transaction are the same. */
const CREATION_STEP_MS = 1 / 1024;

export class CreationTimes {
  #lastVisible = 0;

  /** The times that one transaction gives to its documents. */
  begin(startedAt: number): CreationTimeSeries {
    return new CreationTimeSeries(max(startedAt, this.#lastVisible + CREATION_STEP_MS));
  }

  /** What a transaction wrote can be seen by those that begin from now on. */
  publish({ last }: CreationTimeSeries): void {
    this.#lastVisible = max(this.#lastVisible, last);
  }
}

export class CreationTimeSeries {
  #next: number;

  constructor(first: number) {
    this.#next = first;
  }

  /** The last that was given, or a time before the first. */
  get last(): number {
    return this.#next - CREATION_STEP_MS;
  }

  readonly next = (): number => {
    const time = this.#next;
    this.#next += CREATION_STEP_MS;
    return time;
  };
}
