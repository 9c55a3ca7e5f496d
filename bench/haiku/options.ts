/**
 * The options of the simulated Messages API: one struct, each field with its unit, its
 * default and the reason for it. Owns the defaults and the check that options make sense.
 */

import { MINUTE_MS, MiB, SECOND_MS } from "./constants.js";

/** A requests-per-minute limit, enforced by a token bucket that refills continuously. */
export interface RateLimit {
  /** Requests per minute at which the bucket refills; a whole number. */
  readonly requestsPerMinute: number;
  /** Requests the bucket holds when full, hence the largest burst; a whole number. */
  readonly capacityRequests: number;
  /** Requests in the bucket when the simulation is created; a whole number. */
  readonly initialRequests: number;
}

/** What becomes of the limit at some time; the level stays, as far as it still fits. */
export interface RateLimitChange extends Omit<RateLimit, "initialRequests"> {
  /** Milliseconds since the simulation was created; a whole number. */
  readonly atMs: number;
}

/** How a simulated Messages API behaves. */
export interface HaikuOptions {
  /**
   * Seed of every draw and text; an integer.
   * @defaultValue 1: any fixed value, so that a run without options is reproducible
   */
  readonly seed: number;
  /**
   * The only key that is let in, be it in `x-api-key` or as a bearer token.
   * @defaultValue {@link SIMULATED_API_KEY}: cannot be mistaken for a real key
   */
  readonly apiKey: string;
  /**
   * Model ids that exist; any other is a 404.
   * @defaultValue the Haiku ids in the SDK's own list of models
   */
  readonly models: readonly string[];
  /**
   * Median of the log-normal latency of a request that reaches the model, in milliseconds.
   * @defaultValue 1200: an assumption about short Haiku answers, not a measurement
   */
  readonly latencyMedianMs: number;
  /**
   * Standard deviation of the logarithm of that latency; no unit, 0 makes it constant.
   * @defaultValue 0.5: p99 at 3.2 medians, a tail that a scheduler has to live with
   */
  readonly latencySigma: number;
  /**
   * Time until a 4xx, a 429 or a 529 is answered, in milliseconds.
   * @defaultValue 50: a round trip, because a refused request never reaches the model
   */
  readonly refusalMs: number;
  /**
   * The rate limit, or `null` for none.
   * @defaultValue 4000 per minute in a full bucket of 67, which is one second of it
   */
  readonly rateLimit: RateLimit | null;
  /**
   * How the rate limit changes later, in the order of time.
   * @defaultValue none: a limit that changes is asked for
   */
  readonly rateLimitChanges: readonly RateLimitChange[];
  /**
   * Probability in [0, 1] that an admitted request is answered 529.
   * @defaultValue 0: faults are asked for
   */
  readonly overloadedProbability: number;
  /**
   * Probability in [0, 1] that an admitted request is answered 500.
   * @defaultValue 0: faults are asked for
   */
  readonly apiErrorProbability: number;
  /**
   * Probability in [0, 1] that an admitted request's connection is dropped.
   * @defaultValue 0: faults are asked for
   */
  readonly dropProbability: number;
  /**
   * Largest request body, in bytes; a larger one is a 413.
   * @defaultValue 32 MiB: the API's limit for this endpoint
   */
  readonly bodyBytesMax: number;
  /**
   * Largest estimated prompt, in tokens; a larger one is a 400.
   * @defaultValue 200000: the context window of Haiku 4.5
   */
  readonly inputTokensMax: number;
  /**
   * Largest `max_tokens`; a larger one is a 400.
   * @defaultValue 64000: the output limit of Haiku 4.5
   */
  readonly outputTokensMax: number;
}

/** The key that a simulated API lets in unless told otherwise. */
export const SIMULATED_API_KEY = "simulated-key";

const REQUESTS_PER_MINUTE = 4_000;
const BURST_REQUESTS = Math.ceil(REQUESTS_PER_MINUTE / (MINUTE_MS / SECOND_MS));

/** 4000 requests per minute, a bucket of 67, empty at the start: no burst to begin with. */
export const RATE_LIMIT_EMPTY_AT_START: RateLimit = {
  requestsPerMinute: REQUESTS_PER_MINUTE,
  capacityRequests: BURST_REQUESTS,
  initialRequests: 0,
};

/** The default of every option. */
export const DEFAULT_OPTIONS: HaikuOptions = {
  seed: 1,
  apiKey: SIMULATED_API_KEY,
  models: ["claude-haiku-4-5", "claude-haiku-4-5-20251001", "claude-haiku-5-5"],
  latencyMedianMs: 1_200,
  latencySigma: 0.5,
  refusalMs: 50,
  rateLimit: {
    ...RATE_LIMIT_EMPTY_AT_START,
    initialRequests: BURST_REQUESTS,
  },
  rateLimitChanges: [],
  overloadedProbability: 0,
  apiErrorProbability: 0,
  dropProbability: 0,
  bodyBytesMax: 32 * MiB,
  inputTokensMax: 200_000,
  outputTokensMax: 64_000,
};

/**
 * Fills in the defaults and checks the result.
 * @throws RangeError naming the option, its value and what it has to be
 */
export function resolveOptions(overrides: Partial<HaikuOptions> = {}): HaikuOptions {
  const options = { ...DEFAULT_OPTIONS, ...overrides };
  const { seed, models, rateLimit } = options;
  check(Number.isSafeInteger(seed), "seed", seed, "an integer");
  check(models.length > 0, "models", models.length, "at least one model");
  check(options.apiKey !== "", "apiKey", options.apiKey, "not empty");
  checkAtLeastZero("latencyMedianMs", options.latencyMedianMs);
  checkAtLeastZero("latencySigma", options.latencySigma);
  checkAtLeastZero("refusalMs", options.refusalMs);
  checkPositiveInteger("bodyBytesMax", options.bodyBytesMax);
  checkPositiveInteger("inputTokensMax", options.inputTokensMax);
  checkPositiveInteger("outputTokensMax", options.outputTokensMax);
  checkProbabilities(options);
  if (rateLimit !== null) checkRateLimit(rateLimit);
  checkChanges(options);
  return options;
}

/** The bucket counts in whole numbers, so that its arithmetic is exact. */
function checkRateLimit(limit: RateLimit): void {
  const { capacityRequests, initialRequests } = limit;
  checkBucket("rateLimit", limit);
  check(
    Number.isSafeInteger(initialRequests) &&
      initialRequests >= 0 &&
      initialRequests <= capacityRequests,
    "rateLimit.initialRequests",
    initialRequests,
    `a whole number from 0 to the capacity ${capacityRequests}`,
  );
}

function checkChanges({ rateLimit, rateLimitChanges }: HaikuOptions): void {
  let earlierMs = 0;
  for (const [index, change] of rateLimitChanges.entries()) {
    const name = `rateLimitChanges[${index}]`;
    check(rateLimit !== null, name, "given", "left out where there is no rateLimit");
    checkBucket(name, change);
    const isLater = Number.isSafeInteger(change.atMs) && change.atMs > earlierMs;
    check(isLater, `${name}.atMs`, change.atMs, `a whole number above ${earlierMs}`);
    earlierMs = change.atMs;
  }
}

function checkBucket(
  name: string,
  { requestsPerMinute, capacityRequests }: Omit<RateLimit, "initialRequests">,
): void {
  checkPositiveInteger(`${name}.requestsPerMinute`, requestsPerMinute);
  checkPositiveInteger(`${name}.capacityRequests`, capacityRequests);
}

/** One draw decides between the faults, so their probabilities add up. */
function checkProbabilities(options: HaikuOptions): void {
  const { dropProbability, overloadedProbability, apiErrorProbability } = options;
  checkAtLeastZero("dropProbability", dropProbability);
  checkAtLeastZero("overloadedProbability", overloadedProbability);
  checkAtLeastZero("apiErrorProbability", apiErrorProbability);
  const sum = dropProbability + overloadedProbability + apiErrorProbability;
  check(sum <= 1, "the sum of the fault probabilities", sum, "at most 1");
}

function checkAtLeastZero(name: string, value: number): void {
  check(Number.isFinite(value) && value >= 0, name, value, "at least 0");
}

function checkPositiveInteger(name: string, value: number): void {
  const holds = Number.isSafeInteger(value) && value > 0;
  check(holds, name, value, "a whole number above 0");
}

function check(holds: boolean, name: string, value: unknown, wanted: string): void {
  if (!holds) throw new RangeError(`${name} is ${String(value)}, has to be ${wanted}`);
}
