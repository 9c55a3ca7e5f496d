/**
 * The simulated Messages API without a transport: the shell around {@link decide}. Owns the
 * state, the counters and the waiting. Everything up to the wait is synchronous, so that
 * concurrent requests cannot interleave within a decision.
 */

import { type Clock, realClock } from "./clock.js";
import { createState, decide, type Outcome } from "./decide.js";
import { computeDigest, computeDraws, type Draws } from "./draws.js";
import { type HaikuOptions, resolveOptions } from "./options.js";
import { type HaikuRequest, type HaikuResult, renderRequestId } from "./protocol.js";
import { type HaikuStats, StatsCounter } from "./stats.js";
import { parseRequest } from "./validation.js";
import type { Prompt } from "./validation-body.js";

/** A simulated Messages API; give it to a transport, or call it. */
export interface HaikuApi {
  readonly options: HaikuOptions;
  /**
   * Answers one request, after the latency it has drawn.
   *
   * An abort stops the wait, counts as `aborted` and rejects with `signal.reason`. A
   * request whose signal is aborted beforehand never arrived, and counts nowhere.
   */
  handle(request: HaikuRequest, signal?: AbortSignal): Promise<HaikuResult>;
  /** Counters up to now, as a copy. */
  stats(): HaikuStats;
  /** When requests arrived that the rate limit refused, in order; a copy. */
  listRefusals(): number[];
}

/**
 * Creates a simulated Messages API.
 *
 * @param overrides options that differ from their defaults
 * @param clock the time it lives in; the real one unless a simulation brings its own
 * @throws RangeError if an option makes no sense
 *
 * @example
 * ```ts
 * const api = createHaiku({ seed: 7, dropProbability: 0.01 });
 * const client = new Anthropic({
 *   apiKey: api.options.apiKey,
 *   fetch: createHaikuFetch(api),
 *   maxRetries: 0,
 * });
 * ```
 */
export function createHaiku(
  overrides: Partial<HaikuOptions> = {},
  clock: Clock = realClock,
): HaikuApi {
  const options = resolveOptions(overrides);
  const stats = new StatsCounter();
  const refusals: number[] = [];
  const decideNext = createDecider(options, clock);
  return {
    options,
    stats: () => stats.snapshot(),
    listRefusals: () => [...refusals],
    handle: async (request, signal) => {
      signal?.throwIfAborted();
      stats.recordArrival();
      const outcome = decideNext(request);
      if (outcome.kind === "rateLimited") refusals.push(clock.now());
      try {
        await clock.sleep(outcome.delayMs, signal);
        signal?.throwIfAborted();
      } catch (error) {
        stats.recordAbort();
        throw error;
      }
      stats.recordEnd(outcome);
      return outcome.result;
    },
  };
}

/** Keeps what one decision leaves to the next. */
function createDecider(
  options: HaikuOptions,
  clock: Clock,
): (request: HaikuRequest) => Outcome {
  const { seed } = options;
  const attempts = new Map<string, number>();
  let state = createState(options, clock.now());
  let requests = 0;

  /** Uses up one attempt at the prompt; called for admitted requests only (O2). */
  const drawNext = ({ digest }: Prompt): Draws => {
    const attempt = attempts.get(digest) ?? 0;
    attempts.set(digest, attempt + 1);
    return computeDraws(seed, digest, attempt);
  };

  return (request) => {
    const requestId = renderRequestId(computeDigest(["request", seed, requests]));
    requests += 1;
    const parsed = parseRequest(request, options);
    const decision = decide({ requestId, parsed }, state, drawNext, clock.now());
    state = decision.state;
    return decision.outcome;
  };
}
