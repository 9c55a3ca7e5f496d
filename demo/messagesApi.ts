/**
 * The Messages API that the example will call: the real one when the environment holds a
 * key, else the simulated one.
 *
 * The simulated one is served on the loopback interface rather than given to the SDK as a
 * `fetch`: so the example runs as it is, with a real client, real sockets, and dropped
 * connections that are dropped.
 */
import {
  createHaiku,
  realClock,
  type HaikuOptions,
  type HaikuStats,
} from "../bench/haiku/index.js";
import { serveHaiku } from "../bench/haiku/http.js";

export interface MessagesApi {
  readonly isSimulated: boolean;
  /** What is modelled, or where the calls go; one line each. */
  readonly description: readonly string[];
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
    isSimulated: false,
    description: [
      `REAL, because ANTHROPIC_API_KEY is set: ${process.env.ANTHROPIC_BASE_URL ?? "api.anthropic.com"}`,
      `costs about ${calls} calls, ${roundTokens(input)} input tokens and at most ` +
        `${roundTokens(calls * ANSWER_TOKENS_MAX)} output tokens, retries apart; Ctrl-C ends it`,
    ],
    stats: () => null,
    close: async () => {},
  };
}

/** Serves the simulated API, and points the example's client to it. */
export async function openSimulatedApi(
  seed: number,
  overrides: Partial<HaikuOptions> = {},
): Promise<MessagesApi> {
  const api = createHaiku({ ...SIMULATION, ...overrides, seed }, realClock);
  const server = await serveHaiku(api);
  process.env.ANTHROPIC_BASE_URL = server.url;
  process.env.ANTHROPIC_API_KEY = api.options.apiKey;
  // The SDK would prefer these, and the simulation must see none of the user's secrets.
  delete process.env.ANTHROPIC_AUTH_TOKEN;
  delete process.env.ANTHROPIC_CUSTOM_HEADERS;
  delete process.env.ANTHROPIC_MODEL;
  return {
    isSimulated: true,
    description: describe(api.options),
    stats: () => api.stats(),
    close: async () => await server.close(),
  };
}

function describe(options: HaikuOptions): string[] {
  const { latencyMedianMs, latencySigma, rateLimit, seed } = options;
  const percent = (probability: number) => `${probability * 100}%`;
  return [
    `simulated on ${process.env.ANTHROPIC_BASE_URL}, seed ${seed}; all of this is modelled:`,
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
