/**
 * The simulated Messages API, as far as it runs anywhere. The HTTP server is in `http.ts`.
 */

export { createHaiku, type HaikuApi } from "./api.js";
export { type Clock, realClock } from "./clock.js";
export {
  createState,
  decide,
  type Decision,
  type HaikuState,
  type IdentifiedRequest,
  type Outcome,
  type OutcomeKind,
} from "./decide.js";
export { computeDraws, computeLatencyMs, type Draws } from "./draws.js";
export { createHaikuFetch } from "./fetch.js";
export { resolveDocument, resolveTask, type Task } from "./model/model.js";
export {
  DEFAULT_OPTIONS,
  type HaikuOptions,
  RATE_LIMIT_EMPTY_AT_START,
  type RateLimit,
  type RateLimitChange,
  resolveOptions,
  SIMULATED_API_KEY,
} from "./options.js";
export type { HaikuRequest, HaikuResponse, HaikuResult } from "./protocol.js";
export type { HaikuStats } from "./stats.js";
