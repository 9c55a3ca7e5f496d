/**
 * The Messages API that the example will call: the real one when the environment holds a
 * key, else the simulated one.
 *
 * In virtual time the simulated one is the `fetch` of actions, on the backend's clock; in
 * real time it is served on the loopback interface, with real sockets, and dropped
 * connections that are dropped. Either way the official SDK is the client, as it is.
 */
import {
  createHaiku,
  createHaikuFetch,
  type HaikuApi,
  type HaikuOptions,
  type HaikuStats,
} from "../bench/haiku/index.js";
import { serveHaiku } from "../bench/haiku/http.js";
import type { Time } from "./backend/time.js";

export interface MessagesApi {
  /** What is modelled, or where the calls go; one line each. */
  readonly description: readonly string[];
  /** What the example's functions need in their environment to call it. */
  readonly env: Readonly<Record<string, string>>;
  /** What `fetch` is in actions. @defaultValue the machine's */
  readonly fetch?: typeof globalThis.fetch;
  /** What the simulated API counted; null for the real one. */
  stats(): HaikuStats | null;
  close(): Promise<void>;
}

/** How the simulated API behaves in the demo: slow, and faulty enough that retries are seen. */
const SIMULATION: Partial<HaikuOptions> = {
  latencyMedianMs: 300,
  latencySigma: 0.5,
  refusalMs: 30,
  // A commit may start more calls at once than this bucket holds.
  rateLimit: { requestsPerMinute: 3_600, capacityRequests: 12, initialRequests: 12 },
  overloadedProbability: 0.01,
  dropProbability: 0.01,
};

/** Calls that one review makes; see `example/convex/reviews.ts`. */
const CALLS_PER_REVIEW = 4;
/** Most tokens of one answer; see `example/convex/claude.ts`. */
const ANSWER_TOKENS_MAX = 400;
/** Tokens of instructions and outline around a document, roughly. */
const INSTRUCTION_TOKENS = 100;
const CHARACTERS_PER_TOKEN = 4;

/** Describes the real API, which `ANTHROPIC_API_KEY` and `ANTHROPIC_BASE_URL` lead to. */
export function openRealApi(texts: readonly string[]): MessagesApi {
  const calls = texts.length * CALLS_PER_REVIEW;
  const characters = texts.reduce((sum, text) => sum + text.length, 0);
  const input =
    (characters / CHARACTERS_PER_TOKEN) * CALLS_PER_REVIEW + calls * INSTRUCTION_TOKENS;
  return {
    env: Object.fromEntries(
      Object.entries(process.env).filter(
        (entry): entry is [string, string] =>
          entry[0].startsWith("ANTHROPIC_") && entry[1] !== undefined,
      ),
    ),
    description: [
      `REAL, because ANTHROPIC_API_KEY is set: ${process.env.ANTHROPIC_BASE_URL ?? "api.anthropic.com"}`,
      `costs about ${calls} calls, ${roundTokens(input)} input tokens and at most ` +
        `${roundTokens(calls * ANSWER_TOKENS_MAX)} output tokens, retries apart; Ctrl-C ends it`,
    ],
    stats: () => null,
    close: async () => {},
  };
}

/**
 * Opens the simulated API in that time. Its environment holds none of the user's secrets.
 */
export async function openSimulatedApi(
  seed: number,
  { isVirtual, apiClock }: Time,
  overrides: Partial<HaikuOptions> = {},
): Promise<MessagesApi> {
  const api = createHaiku({ ...SIMULATION, ...overrides, seed }, apiClock);
  const env = { ANTHROPIC_API_KEY: api.options.apiKey };
  const stats = () => api.stats();
  if (isVirtual) {
    const description = describe(api, "in this process");
    const fetch = createHaikuFetch(api);
    return { description, env, fetch, stats, close: async () => {} };
  }
  const server = await serveHaiku(api);
  return {
    description: describe(api, `on ${server.url}`),
    env: { ...env, ANTHROPIC_BASE_URL: server.url },
    stats,
    close: async () => await server.close(),
  };
}

function describe({ options }: HaikuApi, where: string): string[] {
  const { latencyMedianMs, latencySigma, rateLimit, seed } = options;
  const percent = (probability: number) => `${probability * 100}%`;
  return [
    `simulated ${where}, seed ${seed}; all of this is modelled:`,
    `latency log-normal, median ${latencyMedianMs} ms, sigma ${latencySigma}; ` +
      `refusals after ${options.refusalMs} ms`,
    rateLimit
      ? `rate limit ${rateLimit.requestsPerMinute} requests/min, bursts of ${rateLimit.capacityRequests} (429)`
      : "no rate limit",
    `${percent(options.overloadedProbability)} overloaded (529), ` +
      `${percent(options.dropProbability)} dropped connections`,
  ];
}

/** Two significant digits: an estimate must not look exact. */
function roundTokens(tokens: number): string {
  return Number(tokens.toPrecision(2)).toLocaleString("en-US");
}
