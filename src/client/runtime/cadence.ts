/**
 * How often an executor commits, of late.
 *
 * Owns the times of the last commits that had something to record.
 */
import { CADENCE_COMMITS } from "../../shared/constants.js";

export class Cadence {
  readonly #times: number[] = [];

  /** Notes that a commit goes. */
  note(now: number): void {
    this.#times.push(now);
    if (this.#times.length > CADENCE_COMMITS) this.#times.shift();
  }

  /** Says whether the next commit is likely to go within some milliseconds. */
  isWithin(ms: number, now: number): boolean {
    const [oldest] = this.#times;
    if (oldest === undefined || this.#times.length < CADENCE_COMMITS) return false;
    // Up to now, so that a pause counts while it lasts.
    return now - oldest <= CADENCE_COMMITS * ms;
  }
}
