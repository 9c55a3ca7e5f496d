// @vitest-environment node
/**
 * What the official SDK has to see, whatever the transport. The SDK never retries here, so
 * each call is one request. `sdkEdge.test.ts` runs the same in the edge-runtime, where the
 * in-process transport has the fewest APIs to rely on.
 */

import Anthropic from "@anthropic-ai/sdk";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createHaiku, type HaikuApi } from "./api.js";
import { createHaikuFetch } from "./fetch.js";
import type { HaikuOptions } from "./options.js";
import type { HaikuStats } from "./stats.js";
import { DOCUMENT, INSTANT, MODEL, recordEnds, VirtualClock } from "./testing.js";

/** Connects a client to an API; `close` is called after the test. */
type Connect = (api: HaikuApi) => Promise<{
  readonly options: {
    readonly baseURL?: string;
    readonly fetch?: typeof fetch;
  };
  readonly close: () => Promise<void>;
}>;

const PARAMS = {
  model: MODEL,
  max_tokens: 1_000,
  system: "Task: keywords",
  messages: [{ role: "user" as const, content: DOCUMENT }],
};

const TRANSPORTS: { name: string; connect: Connect; needsNode: boolean }[] = [
  {
    name: "fetch",
    needsNode: false,
    connect: async (api) => ({
      options: { fetch: createHaikuFetch(api) },
      close: async () => undefined,
    }),
  },
  {
    name: "HTTP",
    needsNode: true,
    connect: async (api) => {
      const { serveHaiku } = await import("./http.js");
      const server = await serveHaiku(api);
      return {
        options: { baseURL: server.url },
        close: async () => await server.close(),
      };
    },
  },
];

const isInNode = !("EdgeRuntime" in globalThis);
const transports = TRANSPORTS.filter(({ needsNode }) => isInNode || !needsNode);

describe.each(transports)("the official SDK over $name", ({ connect }) => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    vi.useRealTimers();
    for (const close of closers.splice(0)) await close();
  });

  async function open(
    overrides: Partial<HaikuOptions> = {},
    clock?: VirtualClock,
    apiKey?: string,
  ) {
    const { api, ends } = recordEnds(createHaiku({ ...INSTANT, ...overrides }, clock));
    const { options, close } = await connect(api);
    closers.push(close);
    const client = new Anthropic({
      apiKey: apiKey ?? api.options.apiKey,
      maxRetries: 0,
      logLevel: "off",
      ...options,
    });
    return { api, client, ends };
  }

  /** Calls once, and returns the error that the SDK made of it. */
  async function fail(
    client: Anthropic,
    overrides: Record<string, unknown> = {},
  ): Promise<InstanceType<typeof Anthropic.APIError>> {
    const error = await client.messages
      .create({ ...PARAMS, ...overrides })
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Anthropic.APIError);
    return error as InstanceType<typeof Anthropic.APIError>;
  }

  test("a valid request is answered with a message", async () => {
    const { api, client } = await open();

    const message = await client.messages.create(PARAMS);

    expect(message).toMatchObject({
      id: expect.stringMatching(/^msg_[0-9a-f]{24}$/) as unknown,
      type: "message",
      role: "assistant",
      model: MODEL,
      content: [
        { type: "text", text: expect.stringMatching(/^harbour, wall, /) as unknown },
      ],
      stop_reason: "end_turn",
      stop_sequence: null,
    });
    expect(message._request_id).toMatch(/^req_[0-9a-f]{24}$/);
    expect(message.usage.input_tokens).toBe(
      Math.ceil((PARAMS.system.length + DOCUMENT.length) / 4),
    );
    expectEnds(api.stats(), { requests: 1, ok: 1 });
  });

  test("a success carries the rate limit headers", async () => {
    const clock = new VirtualClock(Date.UTC(2030, 0, 1));
    const rateLimit = {
      requestsPerMinute: 60,
      capacityRequests: 10,
      initialRequests: 10,
    };
    const { client } = await open({ rateLimit }, clock);

    const pending = client.messages.create(PARAMS).asResponse();
    await clock.whenSleeping(1);
    clock.advance(0);
    const { headers } = await pending;

    expect(headers.get("anthropic-ratelimit-requests-limit")).toBe("60");
    expect(headers.get("anthropic-ratelimit-requests-remaining")).toBe("9");
    expect(headers.get("anthropic-ratelimit-requests-reset")).toBe(
      "2030-01-01T00:00:01Z",
    );
  });

  test("an answer longer than max_tokens is cut", async () => {
    const { client } = await open();

    const message = await client.messages.create({
      ...PARAMS,
      max_tokens: 2,
    });

    expect(message.stop_reason).toBe("max_tokens");
    expect(message.usage.output_tokens).toBe(2);
    expect(message.content).toMatchObject([{ text: "harbour," }]);
  });

  test("a wrong key is an AuthenticationError", async () => {
    const { client } = await open({}, undefined, "another-key");

    const error = await fail(client);

    expect(error).toBeInstanceOf(Anthropic.AuthenticationError);
    expect(error.type).toBe("authentication_error");
    expect(error.apiMessage).toBe("Invalid bearer token");
    expect(error.headers?.get("x-should-retry")).toBe("false");
  });

  test("an invalid body is a BadRequestError with the request id", async () => {
    const { api, client } = await open();

    const error = await fail(client, { messages: [] });

    expect(error).toBeInstanceOf(Anthropic.BadRequestError);
    expect(error.type).toBe("invalid_request_error");
    expect(error.requestID).toMatch(/^req_/);
    expect(error.error).toMatchObject({
      type: "error",
      request_id: error.requestID,
    });
    expectEnds(api.stats(), { requests: 1, invalid: 1 });
  });

  test("an unknown model is a NotFoundError", async () => {
    const { client } = await open();

    const error = await fail(client, { model: "claude-nobody" });

    expect(error).toBeInstanceOf(Anthropic.NotFoundError);
    expect(error.apiMessage).toBe("model: claude-nobody");
  });

  test("a body over the limit is a ContentTooLargeError", async () => {
    const { client } = await open({ bodyBytesMax: 100 });

    const error = await fail(client);

    expect(error.status).toBe(413);
    expect((error.error as ErrorBody).error.type).toBe("request_too_large");
  });

  test("an empty bucket is a RateLimitError with retry-after", async () => {
    const rateLimit = {
      requestsPerMinute: 4,
      capacityRequests: 1,
      initialRequests: 0,
    };
    const clock = new VirtualClock();
    const { api, client } = await open({ rateLimit }, clock);

    const failing = fail(client);
    await clock.whenSleeping(1);
    clock.advance(0);
    const error = await failing;

    expect(error).toBeInstanceOf(Anthropic.RateLimitError);
    expect(error.type).toBe("rate_limit_error");
    expect(error.headers?.get("retry-after")).toBe("15");
    expect(error.headers?.get("x-should-retry")).toBe("true");
    expect(error.headers?.get("anthropic-ratelimit-requests-remaining")).toBe("0");
    expectEnds(api.stats(), { requests: 1, rateLimited: 1 });
  });

  test("a 529 is an InternalServerError of type overloaded_error", async () => {
    const { api, client } = await open({ overloadedProbability: 1 });

    const error = await fail(client);

    expect(error).toBeInstanceOf(Anthropic.InternalServerError);
    expect(error.status).toBe(529);
    expect(error.type).toBe("overloaded_error");
    expectEnds(api.stats(), { requests: 1, overloaded: 1 });
  });

  test("a 500 is an InternalServerError of type api_error", async () => {
    const { api, client } = await open({ apiErrorProbability: 1 });

    const error = await fail(client);

    expect(error).toBeInstanceOf(Anthropic.InternalServerError);
    expect(error.status).toBe(500);
    expect(error.type).toBe("api_error");
    expectEnds(api.stats(), { requests: 1, apiError: 1 });
  });

  test("a dropped connection is an APIConnectionError with its cause", async () => {
    const { api, client } = await open({ dropProbability: 1 });

    const error = await fail(client);

    expect(error).toBeInstanceOf(Anthropic.APIConnectionError);
    expect(error).not.toBeInstanceOf(Anthropic.APIConnectionTimeoutError);
    expect(error.cause).toMatchObject({
      name: "TypeError",
      message: "fetch failed",
      cause: { code: "UND_ERR_SOCKET" },
    });
    expectEnds(api.stats(), { requests: 1, dropped: 1 });
  });

  test("an abort by the caller is an APIUserAbortError and ends the request", async () => {
    const clock = new VirtualClock();
    const { api, client, ends } = await open({}, clock);
    const controller = new AbortController();

    const { signal } = controller;
    const calling = client.messages
      .create(PARAMS, { signal })
      .catch((caught: unknown) => caught);
    await clock.whenSleeping(1);
    controller.abort();
    const error = await calling;
    await ends[0];

    expect(error).toBeInstanceOf(Anthropic.APIUserAbortError);
    expect(clock.sleepers.size).toBe(0);
    expectEnds(api.stats(), { requests: 1, aborted: 1 });
  });

  test("an answer later than the client's timeout is an APIConnectionTimeoutError", async () => {
    const clock = new VirtualClock();
    const { api, client, ends } = await open({}, clock);

    // The API's clock stands still; the client's timer moves only when told.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const calling = client.messages
      .create(PARAMS, { timeout: 10_000 })
      .catch((caught: unknown) => caught);
    await clock.whenSleeping(1);
    vi.advanceTimersByTime(10_000);
    const error = await calling;
    await ends[0];

    expect(error).toBeInstanceOf(Anthropic.APIConnectionTimeoutError);
    expectEnds(api.stats(), { requests: 1, aborted: 1 });
  });

  test("concurrent requests are in flight together and each gets its own answer", async () => {
    const clock = new VirtualClock();
    const { api, client } = await open({}, clock);
    const tasks = ["outline", "tone", "keywords", "summary"];

    const calls = tasks.map((task) =>
      client.messages.create({ ...PARAMS, system: `Task: ${task}` }),
    );
    await clock.whenSleeping(tasks.length);
    clock.advance(0);
    const messages = await Promise.all(calls);

    expect(messages.map(({ content }) => content[0])).toMatchObject([
      { text: "1. Harbour works\n2. Costs" },
      { text: expect.stringMatching(/^neutral: /) as unknown },
      { text: expect.stringMatching(/^harbour, wall, /) as unknown },
      { text: expect.stringMatching(/The harbour wall needs repair/) as unknown },
    ]);
    expect(new Set(messages.map(({ id }) => id)).size).toBe(tasks.length);
    expectEnds(api.stats(), { requests: 4, ok: 4, inFlightMax: 4 });
  });
});

interface ErrorBody {
  readonly error: { readonly type: string };
}

/** Expects the named counts, no other end, and that the counts add up. */
function expectEnds(stats: HaikuStats, wanted: Partial<HaikuStats>): void {
  const { inputTokens: _in, outputTokens: _out, ...counts } = stats;
  expect(counts).toEqual({
    requests: 0,
    ok: 0,
    rateLimited: 0,
    overloaded: 0,
    apiError: 0,
    dropped: 0,
    invalid: 0,
    aborted: 0,
    inFlight: 0,
    inFlightMax: 1,
    ...wanted,
  });
}
