/**
 * The pure core: one request in, one outcome and the next state out. Owns the order in
 * which things are decided; neither waits nor draws nor counts.
 *
 * O1. A request that fails validation never reaches the bucket, and takes no token.
 * O2. A request that the bucket refuses takes no token (B2) and no draw, so that the draws
 *     of the attempts that follow do not depend on how often one was refused.
 * O3. Every other request has taken its token before its fault is looked at: dropped, 529
 *     and 500 cost as much as a success.
 */

import { computeAdmission, createBucket, type TokenBucket } from "./bucket.js";
import { computeLatencyMs, type Draws } from "./draws.js";
import { describeRefusal, renderLimitHeaders } from "./limit.js";
import { computeCompletion } from "./model/model.js";
import type { HaikuOptions } from "./options.js";
import {
  type ApiFailure,
  type HaikuResult,
  renderFailure,
  renderMessage,
} from "./protocol.js";
import type { ParsedRequest } from "./validation.js";
import type { Prompt } from "./validation-body.js";

/** All that one request leaves behind for the next. */
export interface HaikuState {
  readonly options: HaikuOptions;
  /** `null` without a rate limit. */
  readonly bucket: TokenBucket | null;
}

/** A validated request and the id it was given. */
export interface IdentifiedRequest {
  readonly requestId: string;
  readonly parsed: ParsedRequest;
}

/** How a request ends. */
export type OutcomeKind =
  "ok" | "invalid" | "rateLimited" | "overloaded" | "apiError" | "dropped";

/** How, when and with what tokens a request ends. */
export interface Outcome {
  readonly kind: OutcomeKind;
  readonly delayMs: number;
  readonly result: HaikuResult;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** An outcome, and the state after it. */
export interface Decision {
  readonly outcome: Outcome;
  readonly state: HaikuState;
  /** Whether the request took a token and used up its draws. */
  readonly isAdmitted: boolean;
}

/** Creates the state before the first request. */
export function createState(options: HaikuOptions, nowMs: number): HaikuState {
  const { rateLimit, rateLimitChanges } = options;
  return {
    options,
    bucket: rateLimit && createBucket(rateLimit, nowMs, rateLimitChanges),
  };
}

/**
 * Decides a request that arrives at `nowMs`.
 * @param draws used only if the request is admitted, and asked for only then
 */
export function decide(
  { requestId, parsed }: IdentifiedRequest,
  state: HaikuState,
  draws: (prompt: Prompt) => Draws,
  nowMs: number,
): Decision {
  const { options, bucket } = state;
  if (parsed.kind === "invalid") {
    const outcome = refuse("invalid", parsed.failure, requestId, options);
    return { outcome, state, isAdmitted: false }; // O1
  }
  const admission = bucket === null ? null : computeAdmission(bucket, nowMs);
  const headers = admission === null ? {} : renderLimitHeaders(admission);
  if (admission !== null && !admission.isAdmitted) {
    const failure = describeRefusal(admission);
    const outcome = refuse("rateLimited", failure, requestId, options, headers);
    return { outcome, state, isAdmitted: false }; // O2
  }
  const admitted = { requestId, prompt: parsed.prompt, headers };
  return {
    outcome: decideAdmitted(admitted, options, draws(parsed.prompt)),
    state: { options, bucket: admission?.bucket ?? null }, // O3
    isAdmitted: true,
  };
}

interface AdmittedRequest {
  readonly requestId: string;
  readonly prompt: Prompt;
  readonly headers: Readonly<Record<string, string>>;
}

function decideAdmitted(
  request: AdmittedRequest,
  options: HaikuOptions,
  draws: Draws,
): Outcome {
  const { requestId, headers } = request;
  const { latencyMedianMs, latencySigma } = options;
  const delayMs = computeLatencyMs(latencyMedianMs, latencySigma, draws.latencyNormal);
  const fault = resolveFault(options, draws.faultUnit);
  switch (fault) {
    case "dropped":
      return {
        kind: fault,
        // The connection goes somewhere on the way, not when the answer was due.
        delayMs: Math.floor(delayMs * draws.dropUnit),
        result: { kind: "dropped" },
        inputTokens: 0,
        outputTokens: 0,
      };
    case "overloaded":
      return refuse(fault, OVERLOADED, requestId, options, headers);
    case "apiError":
      // The model was at work when it failed, so this takes as long as an answer.
      return {
        ...refuse(fault, API_ERROR, requestId, options, headers),
        delayMs,
      };
    case null:
      return { ...complete(request, options, draws), delayMs };
  }
}

type Timeless = Omit<Outcome, "delayMs">;

function complete(
  { requestId, prompt, headers }: AdmittedRequest,
  { seed }: HaikuOptions,
  draws: Draws,
): Timeless {
  const completion = computeCompletion(seed, prompt);
  const { inputTokens, outputTokens } = completion;
  const response = renderMessage(completion, draws.digest, requestId, headers);
  const result: HaikuResult = { kind: "response", response };
  return { kind: "ok", result, inputTokens, outputTokens };
}

type Fault = "dropped" | "overloaded" | "apiError";

/** Lays the fault probabilities end to end on [0, 1), and looks where the draw falls. */
function resolveFault(options: HaikuOptions, unit: number): Fault | null {
  const { dropProbability, overloadedProbability, apiErrorProbability } = options;
  const overloadedFrom = dropProbability;
  const apiErrorFrom = overloadedFrom + overloadedProbability;
  if (unit < overloadedFrom) return "dropped";
  if (unit < apiErrorFrom) return "overloaded";
  if (unit < apiErrorFrom + apiErrorProbability) return "apiError";
  return null;
}

function refuse(
  kind: OutcomeKind,
  failure: ApiFailure,
  requestId: string,
  { refusalMs }: HaikuOptions,
  headers: Readonly<Record<string, string>> = {},
): Outcome {
  const response = renderFailure(failure, requestId, headers);
  return {
    kind,
    delayMs: refusalMs,
    result: { kind: "response", response },
    inputTokens: 0,
    outputTokens: 0,
  };
}

const OVERLOADED: ApiFailure = {
  status: 529,
  type: "overloaded_error",
  message: "Overloaded",
};

const API_ERROR: ApiFailure = {
  status: 500,
  type: "api_error",
  message: "Internal server error",
};
