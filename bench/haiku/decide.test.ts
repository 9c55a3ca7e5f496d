/**
 * The pure core, O1 to O3, without any clock at all.
 */

import { describe, expect, test } from "vitest";
import { createState, decide, type HaikuState } from "./decide.js";
import type { Draws } from "./draws.js";
import type { HaikuOptions } from "./options.js";
import { buildOptions, buildRequest } from "./testing.js";
import { parseRequest } from "./validation.js";

const LIMIT = {
  requestsPerMinute: 60,
  capacityRequests: 2,
  initialRequests: 1,
};

const DRAWS: Draws = {
  latencyNormal: 1,
  faultUnit: 0.5,
  dropUnit: 0.25,
  digest: "0123456789abcdef0123456789abcdef",
};

function decideOne(
  overrides: Partial<HaikuOptions> = {},
  given: {
    readonly draws?: Partial<Draws>;
    readonly request?: Parameters<typeof buildRequest>[0];
    readonly state?: HaikuState;
    readonly nowMs?: number;
  } = {},
) {
  const options = buildOptions({
    latencyMedianMs: 1_000,
    latencySigma: Math.LN2,
    refusalMs: 50,
    ...overrides,
  });
  const parsed = parseRequest(buildRequest(given.request), options);
  const state = given.state ?? createState(options, 0);
  let drawn = 0;
  const decision = decide(
    { requestId: "req_1", parsed },
    state,
    () => {
      drawn += 1;
      return { ...DRAWS, ...given.draws };
    },
    given.nowMs ?? 0,
  );
  return { ...decision, drawn, before: state };
}

function responseOf({ outcome }: ReturnType<typeof decideOne>) {
  if (outcome.result.kind === "dropped") throw new Error("dropped");
  const { status, headers, body } = outcome.result.response;
  return { status, headers, body: JSON.parse(body) as Record<string, unknown> };
}

describe("decide", () => {
  test("a success takes the latency drawn and counts its tokens", () => {
    const decision = decideOne();

    expect(decision.outcome).toMatchObject({ kind: "ok", delayMs: 2_000 });
    const { body } = responseOf(decision);
    expect(body.id).toBe("msg_0123456789abcdef01234567");
    expect(body.usage).toMatchObject({
      input_tokens: decision.outcome.inputTokens,
      output_tokens: decision.outcome.outputTokens,
    });
  });

  test("an invalid request takes no token and no draw (O1)", () => {
    const decision = decideOne({ rateLimit: LIMIT }, { request: { body: "{" } });

    expect(decision.outcome).toMatchObject({ kind: "invalid", delayMs: 50 });
    expect(decision.isAdmitted).toBe(false);
    expect(decision.state).toBe(decision.before);
    expect(decision.drawn).toBe(0);
  });

  test("a request without a token takes none and no draw (O2)", () => {
    const rateLimit = { ...LIMIT, initialRequests: 0 };
    const decision = decideOne({ rateLimit, dropProbability: 1 });

    expect(decision.outcome).toMatchObject({
      kind: "rateLimited",
      delayMs: 50,
    });
    expect(decision.state).toBe(decision.before);
    expect(decision.drawn).toBe(0);
    expect(responseOf(decision)).toMatchObject({
      status: 429,
      headers: {
        "retry-after": "1",
        "request-id": "req_1",
        "x-should-retry": "true",
        "anthropic-ratelimit-requests-limit": "60",
        "anthropic-ratelimit-requests-remaining": "0",
        "anthropic-ratelimit-requests-reset": "1970-01-01T00:00:02Z",
      },
      body: { type: "error", request_id: "req_1" },
    });
  });

  test.each([
    { kind: "ok", probabilities: {} },
    { kind: "dropped", probabilities: { dropProbability: 1 } },
    { kind: "overloaded", probabilities: { overloadedProbability: 1 } },
    { kind: "apiError", probabilities: { apiErrorProbability: 1 } },
  ])("$kind takes one token (O3)", ({ kind, probabilities }) => {
    const rateLimit = { ...LIMIT, initialRequests: 2 };
    const decision = decideOne({ rateLimit, ...probabilities });

    expect(decision.outcome.kind).toBe(kind);
    expect(decision.isAdmitted).toBe(true);
    expect(decision.state.bucket?.levelParts).toBe(60_000);
    expect(decision.drawn).toBe(1);
  });

  test.each([
    { faultUnit: 0, kind: "dropped", delayMs: 500 },
    { faultUnit: 0.1249, kind: "dropped", delayMs: 500 },
    { faultUnit: 0.125, kind: "overloaded", delayMs: 50 },
    { faultUnit: 0.3749, kind: "overloaded", delayMs: 50 },
    { faultUnit: 0.375, kind: "apiError", delayMs: 2_000 },
    { faultUnit: 0.6249, kind: "apiError", delayMs: 2_000 },
    { faultUnit: 0.625, kind: "ok", delayMs: 2_000 },
  ])(
    "a fault draw of $faultUnit is $kind after $delayMs ms",
    ({ faultUnit, kind, delayMs }) => {
      const { outcome } = decideOne(
        {
          dropProbability: 0.125,
          overloadedProbability: 0.25,
          apiErrorProbability: 0.25,
        },
        { draws: { faultUnit } },
      );

      expect(outcome).toMatchObject({ kind, delayMs });
    },
  );

  test("every response behind the bucket tells what is left in it", () => {
    for (const name of ["overloadedProbability", "apiErrorProbability"]) {
      const { headers } = responseOf(decideOne({ rateLimit: LIMIT, [name]: 1 }));
      expect(headers["anthropic-ratelimit-requests-remaining"]).toBe("0");
    }
  });

  test("without a rate limit there are no headers about one", () => {
    const { headers } = responseOf(decideOne());

    expect(Object.keys(headers).join()).not.toContain("ratelimit");
  });

  test("the bucket refills between decisions", () => {
    const first = decideOne({ rateLimit: LIMIT });
    const state = first.state;

    expect(decideOne({}, { state, nowMs: 999 }).outcome.kind).toBe("rateLimited");
    expect(decideOne({}, { state, nowMs: 1_000 }).outcome.kind).toBe("ok");
  });
});
