/**
 * Counters of a simulated API. At any time
 * `requests = ok + rateLimited + overloaded + apiError + dropped + invalid + aborted + inFlight`.
 */

import type { Outcome, OutcomeKind } from "./decide.js";

/** What a simulated API has seen so far; each request is counted as it ends. */
export interface HaikuStats extends Readonly<Record<OutcomeKind, number>> {
  /** Requests that arrived. */
  readonly requests: number;
  /** Requests whose client gave up before they ended. */
  readonly aborted: number;
  /** Requests that have not ended. */
  readonly inFlight: number;
  /** The most requests that were ever in flight together. */
  readonly inFlightMax: number;
  /** Estimated prompt tokens of the successes. */
  readonly inputTokens: number;
  /** Estimated tokens of the successes' texts. */
  readonly outputTokens: number;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Counts requests in and out. */
export class StatsCounter {
  readonly #stats: Mutable<HaikuStats> = {
    requests: 0,
    ok: 0,
    rateLimited: 0,
    overloaded: 0,
    apiError: 0,
    dropped: 0,
    invalid: 0,
    aborted: 0,
    inFlight: 0,
    inFlightMax: 0,
    inputTokens: 0,
    outputTokens: 0,
  };

  recordArrival(): void {
    const stats = this.#stats;
    stats.requests += 1;
    stats.inFlight += 1;
    stats.inFlightMax = Math.max(stats.inFlightMax, stats.inFlight);
  }

  recordEnd(outcome: Outcome): void {
    const stats = this.#stats;
    stats.inFlight -= 1;
    stats[outcome.kind] += 1;
    stats.inputTokens += outcome.inputTokens;
    stats.outputTokens += outcome.outputTokens;
  }

  recordAbort(): void {
    this.#stats.inFlight -= 1;
    this.#stats.aborted += 1;
  }

  /** Takes a copy that later requests do not change. */
  snapshot(): HaikuStats {
    return { ...this.#stats };
  }
}
