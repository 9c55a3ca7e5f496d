// @vitest-environment node
/**
 * The shell around the core: waiting, counting, aborting, and that a run is a function of
 * its seed. Time is virtual throughout.
 */

import { describe, expect, test } from "vitest";
import { createHaiku, type HaikuApi } from "./api.js";
import type { HaikuOptions } from "./options.js";
import type { HaikuResult } from "./protocol.js";
import type { HaikuStats } from "./stats.js";
import { buildBody, buildRequest, DOCUMENT, VirtualClock, INSTANT } from "./testing.js";

const FAULTY: Partial<HaikuOptions> = {
  dropProbability: 0.1,
  overloadedProbability: 0.1,
  apiErrorProbability: 0.1,
  rateLimit: null,
};

const buildPrompt = (index: number) =>
  buildRequest({
    body: buildBody({
      messages: [{ role: "user", content: `${DOCUMENT}\n\nNote ${index}.` }],
    }),
  });

/** Counts that add up whatever happened. */
function expectBalance(stats: HaikuStats): void {
  const { ok, rateLimited, overloaded, apiError, dropped, invalid } = stats;
  const ended = ok + rateLimited + overloaded + apiError + dropped + invalid;
  expect(ended + stats.aborted + stats.inFlight).toBe(stats.requests);
}

/** Sends all requests at once, and describes how and when each ended, in their order. */
async function run(
  overrides: Partial<HaikuOptions>,
  order: readonly number[],
): Promise<{ readonly ends: ReadonlyMap<number, string>; api: HaikuApi }> {
  const clock = new VirtualClock();
  const api = createHaiku(overrides, clock);
  const ends = new Map<number, string>();
  const calls = order.map(async (index) => {
    const result = await api.handle(buildPrompt(index));
    ends.set(index, `${clock.now()} ms: ${describeEnd(result)}`);
  });
  // Woken calls record their time before the clock moves on.
  while (clock.advanceToNext()) await new Promise(setImmediate);
  await Promise.all(calls);
  return { ends, api };
}

function describeEnd(result: HaikuResult): string {
  if (result.kind === "dropped") return "dropped";
  const { status, body } = result.response;
  const { id, content } = JSON.parse(body) as Partial<Message>;
  return `${status} ${id} ${content?.[0]?.text}`;
}

type Message = { id: string; content: { text: string }[] };

const upTo = (count: number) => [...Array(count).keys()];

describe("a run", () => {
  test("the same seed ends every request alike: outcome, time, id and text", async () => {
    const first = await run({ ...FAULTY, seed: 3 }, upTo(200));
    const second = await run({ ...FAULTY, seed: 3 }, upTo(200));

    expect(second.ends).toEqual(first.ends);
    expect(second.api.stats()).toEqual(first.api.stats());
    expectBalance(first.api.stats());
  });

  test("the order of arrival changes nothing", async () => {
    const forward = await run({ ...FAULTY, seed: 3 }, upTo(200));
    const backward = await run({ ...FAULTY, seed: 3 }, upTo(200).reverse());

    const inOrder = (ends: ReadonlyMap<number, string>) =>
      upTo(200).map((index) => ends.get(index));
    expect(inOrder(backward.ends)).toEqual(inOrder(forward.ends));
  });

  test("another seed is another run", async () => {
    const first = await run({ ...FAULTY, seed: 3 }, upTo(50));
    const second = await run({ ...FAULTY, seed: 4 }, upTo(50));

    expect(second.ends).not.toEqual(first.ends);
  });

  test("faults are about as frequent as asked for", async () => {
    const { api } = await run({ ...FAULTY, seed: 5 }, upTo(2_000));
    const { ok, dropped, overloaded, apiError } = api.stats();

    // 200 expected of each, standard deviation 13.4; the bounds are four of them.
    for (const count of [dropped, overloaded, apiError]) {
      expect(count).toBeGreaterThan(146);
      expect(count).toBeLessThan(254);
    }
    expect(ok).toBe(2_000 - dropped - overloaded - apiError);
  });

  test("attempts at one prompt draw anew, and 429s do not shift their draws", async () => {
    const attempts = async (rateLimit: HaikuOptions["rateLimit"]) => {
      const clock = new VirtualClock();
      const api = createHaiku({ ...FAULTY, rateLimit, seed: 3 }, clock);
      const ends: string[] = [];
      for (let sent = 0; ends.length < 20; sent += 1) {
        if (sent === 10_000) throw new Error("20 admissions did not come");
        const call = api.handle(buildPrompt(0));
        clock.advanceToNext();
        const result = await call;
        const status = result.kind === "dropped" ? "dropped" : result.response.status;
        if (status !== 429) ends.push(String(status));
      }
      return { ends, stats: api.stats() };
    };

    const free = await attempts(null);
    const limited = await attempts({
      requestsPerMinute: 20,
      capacityRequests: 1,
      initialRequests: 0,
    });

    expect(new Set(free.ends).size).toBeGreaterThan(1);
    expect(limited.ends).toEqual(free.ends);
    expect(limited.stats.rateLimited).toBeGreaterThan(0);
  });
});

describe("concurrent requests", () => {
  test("share one bucket", async () => {
    const rateLimit = {
      requestsPerMinute: 4_000,
      capacityRequests: 67,
      initialRequests: 67,
    };
    const { api } = await run({ rateLimit }, upTo(100));

    expect(api.stats()).toMatchObject({
      requests: 100,
      ok: 67,
      rateLimited: 33,
      inFlight: 0,
      inFlightMax: 100,
    });
  });

  test("are counted while they are in flight, and their tokens when they end", async () => {
    const clock = new VirtualClock();
    const api = createHaiku({}, clock);

    const call = api.handle(buildPrompt(0));

    expect(api.stats()).toMatchObject({
      requests: 1,
      ok: 0,
      inFlight: 1,
      inputTokens: 0,
    });
    clock.advanceToNext();
    await call;
    expect(api.stats()).toMatchObject({ ok: 1, inFlight: 0 });
    expect(api.stats().inputTokens).toBeGreaterThan(0);
    expect(api.stats().outputTokens).toBeGreaterThan(0);
  });
});

test("a limit that changes is met, stated, and its refusals are noted with their times", async () => {
  const clock = new VirtualClock(5_000);
  const rateLimit = { requestsPerMinute: 60, capacityRequests: 2, initialRequests: 2 };
  const later = { atMs: 1_000, requestsPerMinute: 30, capacityRequests: 1 };
  const api = createHaiku({ ...INSTANT, rateLimit, rateLimitChanges: [later] }, clock);
  const ask = async () => {
    const call = api.handle(buildPrompt(0));
    clock.advance(0);
    const result = await call;
    if (result.kind === "dropped") throw new Error("dropped");
    const { status, headers } = result.response;
    return `${status} of ${headers["anthropic-ratelimit-requests-limit"]}`;
  };

  expect(await ask()).toBe("200 of 60");
  clock.advance(1_000);
  expect([await ask(), await ask()]).toEqual(["200 of 30", "429 of 30"]);
  clock.advance(1_999);
  expect(await ask()).toBe("429 of 30");
  clock.advance(1);
  expect(await ask()).toBe("200 of 30");
  expect(api.listRefusals()).toEqual([6_000, 7_999]);
});

describe("an abort", () => {
  test("ends the wait with the signal's reason, counts, and keeps the token", async () => {
    const clock = new VirtualClock();
    const rateLimit = {
      requestsPerMinute: 1,
      capacityRequests: 1,
      initialRequests: 1,
    };
    const api = createHaiku({ rateLimit }, clock);
    const controller = new AbortController();

    const call = api.handle(buildPrompt(0), controller.signal);
    controller.abort(new Error("gave up"));

    await expect(call).rejects.toThrow("gave up");
    expect(clock.sleepers.size).toBe(0);
    expect(api.stats()).toMatchObject({ aborted: 1, ok: 0, inFlight: 0 });
    expectBalance(api.stats());
    const next = api.handle(buildPrompt(1));
    clock.advanceToNext();
    expect(await next).toMatchObject({ response: { status: 429 } });
  });

  test("is noticed even if the clock does not", async () => {
    const controller = new AbortController();
    const deaf = { now: () => 0, sleep: async () => controller.abort() };
    const api = createHaiku({}, deaf);

    const call = api.handle(buildPrompt(0), controller.signal);

    await expect(call).rejects.toThrow(/abort/i);
    expect(api.stats()).toMatchObject({ aborted: 1, ok: 0 });
  });
});
