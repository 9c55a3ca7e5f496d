/** Attempts of a step: how many, how long apart, how long each, and what each is told. */
import { describe, expect, test, vi } from "vitest";
import type { RunContext, StepContext, StepOptions } from "../src/client/index.js";
import { TestApp } from "./harness/app.js";

type StepRow = {
  attempts: number;
  failures: number;
  dueAt?: number;
  lastError?: { message: string };
};

/** A workflow of one inline step whose attempts a test sees begin. */
function createApp(
  attempt: (context: RunContext) => unknown,
  options: Omit<StepOptions, "name" | "unstableArgs"> = {},
) {
  const begun: { at: number; attempt: number; key: string; signal: AbortSignal }[] = [];
  const app = new TestApp({ shards: 1 }, (executor) => ({
    main: executor.define({}).handler(async (step: StepContext) => {
      const body = (context: RunContext) => {
        const { attempt: number, idempotencyKey: key, signal } = context;
        begun.push({ at: Date.now(), attempt: number, key, signal });
        return attempt(context) as string;
      };
      return await step.run("tried", body, options);
    }),
  }));
  const run = async () => {
    const id = await app.start("main");
    await app.run();
    return { ...(await app.status(id)), id };
  };
  return { app, begun, run };
}

function failTimes(times: number, error: unknown = new Error("not yet")) {
  return ({ attempt }: RunContext) => {
    if (attempt <= times) throw error;
    return "done";
  };
}

/** Milliseconds between attempts. */
function gaps(begun: { at: number }[]): number[] {
  return begun.slice(1).map(({ at }, index) => at - begun[index]!.at);
}

describe("retries", () => {
  test("there are none unless asked for", async () => {
    const { begun, run } = createApp(failTimes(1));

    expect(await run()).toMatchObject({ state: "failed", error: { message: "not yet" } });
    expect(begun).toHaveLength(1);
  });

  test("of `true` are five attempts", async () => {
    const { begun, run } = createApp(failTimes(9), { retry: true });

    expect(await run()).toMatchObject({ state: "failed" });
    expect(begun.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5]);
  });

  test("end with the first success", async () => {
    const { app, begun, run } = createApp(failTimes(2), { retry: true });

    const { id, result } = await run();

    expect(result).toBe("done");
    expect(begun).toHaveLength(3);
    expect((await app.steps(id)).page).toMatchObject([
      { state: "completed", attempts: 3, failures: 2, lastError: { message: "not yet" } },
    ]);
  });

  test("have one idempotency key for all attempts", async () => {
    const { begun, run } = createApp(failTimes(2), { retry: true });

    const { id } = await run();

    expect(begun.map(({ key }) => key)).toEqual(
      Array.from({ length: 3 }, () => `${id}/0/0`),
    );
  });

  test("back off exponentially, up to a maximum, with at most half as jitter", async () => {
    const retry = {
      maxAttempts: 7,
      initialBackoffMs: 1_000,
      base: 3,
      maxBackoffMs: 20_000,
    };
    const { begun, run } = createApp(failTimes(9), { retry });

    await run();

    const backoffs = [1_000, 3_000, 9_000, 20_000, 20_000, 20_000];
    for (const [index, gap] of gaps(begun).entries()) {
      expect(gap).toBeGreaterThanOrEqual(backoffs[index]! / 2);
      expect(gap).toBeLessThanOrEqual(backoffs[index]! + 5);
    }
  });

  test("have their due time in the journal while they wait", async () => {
    const { app, begun } = createApp(failTimes(1), {
      retry: { initialBackoffMs: 4_000 },
    });
    await app.start("main");
    await app.runUntil(async () => (await app.rows<StepRow>("steps"))[0]?.failures === 1);

    const [row] = await app.rows<StepRow>("steps");
    const failedAt = begun[0]!.at;
    await app.run();

    expect(row).toMatchObject({ attempts: 2, lastError: { message: "not yet" } });
    expect(row!.dueAt! - failedAt).toBeGreaterThanOrEqual(2_000);
    expect(row!.dueAt! - failedAt).toBeLessThanOrEqual(4_000);
    expect(begun[1]!.at).toBeGreaterThanOrEqual(row!.dueAt!);
  });

  test("do not follow an error that says they are no use", async () => {
    const error = Object.assign(new Error("bad key"), { nonRetryable: true });
    const { begun, run } = createApp(failTimes(9, error), { retry: true });

    expect(await run()).toMatchObject({ error: { nonRetryable: true } });
    expect(begun).toHaveLength(1);
  });

  test.each([
    ["a property", Object.assign(new Error("slow down"), { retryAfterMs: 30_000 })],
    [
      "a header, as the Anthropic client's errors have it",
      Object.assign(new Error("429 rate_limit_error"), {
        status: 429,
        headers: new Headers({ "retry-after": "30" }),
      }),
    ],
  ])("wait as long as an error asks for in %s", async (_name, error) => {
    const { begun, run } = createApp(failTimes(1, error), { retry: true });

    expect(await run()).toMatchObject({ result: "done" });
    expect(gaps(begun)[0]).toBeGreaterThanOrEqual(30_000);
    expect(gaps(begun)[0]).toBeLessThan(32_000);
  });

  test("count attempts across a crash", async () => {
    const attempt = async (context: RunContext) =>
      context.attempt === 2 ? await new Promise(() => undefined) : failTimes(3)(context);
    const { app, begun } = createApp(attempt, { retry: { maxAttempts: 3 } });
    const id = await app.start("main");
    await app.runUntil(() => begun.length === 2);
    await app.crash();
    await app.operate("startExecutors");

    await app.run();

    // An interrupted attempt is numbered, but only failures use up maxAttempts.
    expect(begun.map((one) => one.attempt)).toEqual([1, 2, 3, 4]);
    expect(await app.status(id)).toMatchObject({ state: "completed", result: "done" });
    expect((await app.steps(id)).page).toMatchObject([{ attempts: 4, failures: 2 }]);
  });
});

describe("a step's timeout", () => {
  test("fails the attempt and aborts its signal", async () => {
    const { begun, run } = createApp(async () => await new Promise(() => undefined), {
      timeoutMs: 1_000,
    });

    const { error } = await run();

    expect(error).toMatchObject({ code: "TIMEOUT", data: { step: "tried" } });
    expect(error?.data).toMatchObject({
      message: expect.stringContaining(
        'Step "tried" took longer than its timeout of 1000',
      ),
    });
    expect(begun[0]!.signal.aborted).toBe(true);
  });

  test("counts for each attempt anew", async () => {
    const hang = async ({ attempt }: RunContext) =>
      await new Promise((resolve) => {
        setTimeout(() => resolve("in time"), attempt < 3 ? 5_000 : 500);
      });
    const { begun, run } = createApp(hang, { timeoutMs: 1_000, retry: true });

    expect(await run()).toMatchObject({ state: "completed", result: "in time" });
    expect(begun.map(({ signal }) => signal.aborted)).toEqual([true, true, false]);
  });

  test("leaves what the attempt still answers unheard", async () => {
    let answer!: (value: string) => void;
    const late = new Promise((resolve) => {
      answer = resolve;
    });
    const { app, run } = createApp(async () => await late, { timeoutMs: 1_000 });
    const { id } = await run();

    answer("too late");
    await app.run();

    expect(await app.status(id)).toMatchObject({
      state: "failed",
      error: { code: "TIMEOUT" },
    });
  });

  test("leaves an attempt that fails later unheard, and harms nobody", async () => {
    const failLate = async ({ signal }: RunContext) =>
      await new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () =>
          setTimeout(() => reject(new Error("aborted")), 100),
        );
      });
    const { run } = createApp(failLate, { timeoutMs: 1_000 });

    expect(await run()).toMatchObject({ error: { code: "TIMEOUT" } });
  });

  test("does not abort an attempt that was in time", async () => {
    const { app, begun, run } = createApp(() => "quick", { timeoutMs: 1_000 });
    const aborted = vi.fn();

    await run();
    begun[0]!.signal.addEventListener("abort", aborted);
    await app.runFor(5_000);

    expect(begun[0]!.signal.aborted).toBe(false);
    expect(aborted).not.toHaveBeenCalled();
  });
});
