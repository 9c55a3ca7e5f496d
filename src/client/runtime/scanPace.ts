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

  /** Notes that a scan begins. */
  begin(): void {
    this.scannedAt = real.now();
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
