/**
 * The pace of an executor's scans.
 *
 * Owns when the next one may begin: at once while there is news, later and later while there
 * is none.
 */
import { POLL_MS_MAX, POLL_MS_MIN } from "../../shared/constants.js";
import { real } from "./sandbox.js";

export class ScanPace {
  /** When the last scan began. */
  scannedAt = 0;
  /** When the next one may begin. */
  dueAt = 0;
  #pauseMs = POLL_MS_MIN;
  /** When the last one began that looked at the queues. */
  #lookedAt = 0;

  /** Notes that a scan begins, and whether it looks at the queues. */
  begin(withHeads: boolean): void {
    this.scannedAt = real.now();
    if (withHeads) this.#lookedAt = this.scannedAt;
  }

  /** Whether the last look at the queues is as old. */
  isLookOlderThan(ms: number): boolean {
    return real.now() >= this.#lookedAt + ms;
  }

  /** Whether the last scan is as old. */
  isOlderThan(ms: number): boolean {
    return real.now() >= this.scannedAt + ms;
  }

  /** Puts the next scan off, for longer each time. */
  pause(): void {
    this.dueAt = real.now() + this.#pauseMs;
    this.#pauseMs = Math.min(POLL_MS_MAX, this.#pauseMs * 2);
  }

  /** Begins with short pauses again. */
  quicken(): void {
    this.#pauseMs = POLL_MS_MIN;
  }
}
