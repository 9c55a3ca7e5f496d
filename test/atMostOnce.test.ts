/** Steps that run at most once, and attempts of those that run at least once (P10). */
import { describe, expect, test } from "vitest";
import {
  isExecutorError,
  type RunContext,
  type WorkflowId,
} from "../src/client/index.js";
import { CUT_AT, type Cuttable } from "./harness/faults.js";
import { INTERRUPTIONS_MAX } from "../src/shared/constants.js";
import { catchRefusal } from "./harness/refusal.js";
import { ref, TestApp, workflowRef, type AppOptions } from "./harness/app.js";
import { delay } from "./harness/work.js";

const ONE_SEAT = { shards: 1, seats: 1 };
/** How long the outside world takes to act. */
const STEP_MS = 40;
/** Where the executor may be ended: around every operation of its action. */
const ACTION = "shards:run";

/** A run of a body, as the world outside would have noted it. */
type Effect = { step: string; attempt: number };

function createApp(options: AppOptions = {}) {
  const ledger: Effect[] = [];
  const act = async ({ idempotencyKey: step, attempt, ...ctx }: RunContext) => {
    if (((ctx as Cuttable)[CUT_AT] ?? (() => null))() !== null) await delay(Infinity);
    ledger.push({ step, attempt });
    await delay(STEP_MS);
    return "done";
  };
  const catchUnknown = (error: unknown) =>
    isExecutorError(error, "OUTCOME_UNKNOWN") ? "OUTCOME_UNKNOWN" : "?";
  const app = new TestApp({ ...ONE_SEAT, ...options }, (executor) => ({
    act: executor.action({ handler: act }),
    /** An action and inline code one after the other, then both at once. */
    main: executor
      .define({})
      .handler(async (step) => [
        await step
          .runAction(ref<"action">("act"), {}, { atMostOnce: true })
          .catch(catchUnknown),
        await step.run("inline", act, { atMostOnce: true }).catch(catchUnknown),
        ...(await Promise.all([
          step.run("left", act, { atMostOnce: true }).catch(catchUnknown),
          step.run("right", act),
        ])),
      ]),
    /** Many more than there are slots. */
    wide: executor
      .define({})
      .handler(
        async (step) =>
          await Promise.all(
            Array.from({ length: 12 }, async (_, n) =>
              step.run(`wide ${n}`, act, { atMostOnce: true }).catch(catchUnknown),
            ),
          ),
      ),
  }));
  const countOf = (number: number) =>
    ledger.filter(({ step }) => step.endsWith(`/${number}`)).length;
  const restart = async () => {
    await app.inMutation(async (ctx) => app.executor.startExecutors(ctx));
    await app.run();
  };
  return { app, ledger, countOf, restart };
}

async function listPlaces() {
  const { app } = createApp();
  (await app.convex()).faults.recordCrashPlaces();
  await app.start("main");
  await app.run();
  return (await app.convex()).faults.crashPlaces.filter(
    (place) => place.function === ACTION,
  );
}

describe("a step that runs at most once", () => {
  test("is marked by a commit of its own before it starts", async () => {
    const { app, ledger } = createApp();
    const seen: number[] = [];
    app.faults.onAnswer = async (name, args) => {
      if (name !== "executor:commit") return;
      if (JSON.stringify(args).includes('"restart"')) seen.push(ledger.length);
    };

    const id = await app.start("main");
    await app.run();

    expect((await app.status(id)).result).toEqual(["done", "done", "done", "done"]);
    expect(ledger.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1]);
    // Three marks, each before its step; the fourth step, which has none, starts at once.
    expect(seen).toEqual([0, 1, 3]);
  });

  test("never runs twice, and is never lost, wherever its executor crashes", async () => {
    const places = await listPlaces();
    expect(places.length).toBeGreaterThan(30);
    const results = new Set<string>();

    for (const place of places) {
      const { app, ledger, countOf, restart } = createApp({
        deployment: { faults: { crash: { schedule: [place] } } },
      });
      const id = await app.start("main");
      await app.run();
      await restart();

      const { state, result } = await app.status(id);
      expect({ place, state }).toEqual({ place, state: "completed" });
      const outcomes = result as string[];
      for (const number of [0, 1, 2]) {
        const runs = countOf(number);
        const outcome = outcomes[number]!;
        results.add(`${outcome} ${runs}`);
        expect({ place, number, runs }).toMatchObject({ runs: runs > 0 ? 1 : 0 });
        expect(["done 1", "OUTCOME_UNKNOWN 1", "OUTCOME_UNKNOWN 0"]).toContain(
          `${outcome} ${runs}`,
        );
      }
      // Its neighbor without the option runs again, and is told so.
      const attempts = ledger
        .filter(({ step }) => step.endsWith("/3"))
        .map(({ attempt }) => attempt);
      expect(outcomes[3]).toBe("done");
      expect(attempts).toEqual([[1], [1, 2], [2]].find((one) => same(one, attempts)));
      const row = (await app.steps(id)).page[3];
      expect(row).toMatchObject({ attempts: attempts.at(-1), failures: 0 });
    }
    expect(results).toContain("OUTCOME_UNKNOWN 1");
    expect(results).toContain("done 1");
  }, 60_000);

  test("simply runs later if it was recorded but not marked", async () => {
    const { app, ledger, restart } = createApp({ slotsPerShard: 4 });
    const id = await app.start("wide");
    await app.runUntil(() => ledger.length === 4);
    const marked = new Set(ledger.map(({ step }) => step));
    await app.crash();

    await restart();

    const { result } = await app.status(id);
    const unknown = (result as string[]).filter((one) => one === "OUTCOME_UNKNOWN");
    expect(unknown).toHaveLength(4);
    expect(ledger).toHaveLength(12);
    expect(new Set(ledger.map(({ step }) => step)).size).toBe(12);
    expect(marked.size).toBe(4);
  });

  test("is unknown when the drain window of its executor ended first", async () => {
    const { app, ledger } = createApp({ lifetimeMs: 30, drainMs: 5, slotsPerShard: 1 });

    const id = await app.start("wide");
    await app.run();

    const { result } = await app.status(id);
    expect(new Set(result as string[])).toEqual(new Set(["OUTCOME_UNKNOWN"]));
    expect(ledger.map(({ attempt }) => attempt)).toEqual(Array(12).fill(1));
  });
});

describe("a step that may run again", () => {
  test("fails when drain windows have interrupted it often enough, not run for ever", async () => {
    const { app, countOf } = createApp({ lifetimeMs: 20, drainMs: 5 });

    const id = await app.start("main");
    await app.run();

    expect(await app.status(id)).toMatchObject({
      state: "failed",
      error: { code: "INTERRUPTED" },
    });
    expect(countOf(3)).toBe(INTERRUPTIONS_MAX);
  });
});

describe("options that contradict each other", () => {
  test.each([
    ["runMutation", "act", { atMostOnce: true }, "atMostOnce"],
    ["runMutation", "act", { timeoutMs: 1_000 }, "timeoutMs"],
    ["runQuery", "act", { atMostOnce: true }, "atMostOnce"],
    ["runAction", "act", { atMostOnce: true, retry: true }, "retry"],
    ["runAction", "act", { atMostOnce: true, isolated: true }, "atMostOnce"],
    ["runAction", "act", { timeoutMs: 1_001 }, "timeoutMs"],
  ])(
    "%s refuses %s with %j, and records nothing",
    async (method, name, options, option) => {
      const app = new TestApp({ drainMs: 1_000 }, (executor) => ({
        main: executor.define({}).handler(async (step) => {
          const call = (step as never as Record<string, (...args: unknown[]) => unknown>)[
            method
          ]!;
          return await catchRefusal(async () => await call(ref(name), {}, options));
        }),
      }));

      const id = await app.start("main");
      await app.run();

      expect((await app.status(id)).result).toMatchObject({
        code: "INVALID_OPTIONS",
        option,
      });
      expect(await app.rows("steps")).toEqual([]);
    },
  );

  test("an executor's default retry is not for steps that run at most once", async () => {
    let runs = 0;
    const app = new TestApp({ retry: true }, (executor) => ({
      main: executor.define({}).handler(async (step) => {
        const fail = () => {
          runs += 1;
          throw new Error("no");
        };
        await step.run("once", fail, { atMostOnce: true }).catch(() => null);
      }),
    }));

    await app.start("main");
    await app.run();

    expect(runs).toBe(1);
  });
});

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

describe("a workflow that has its result", () => {
  test("starts nothing more, also where its claim and its end are two commits", async () => {
    // An executor whose predecessor died of its work claims before it opens.
    let runs = 0;
    const app = new TestApp({ shards: 1, seats: 1 }, (executor) => ({
      main: executor.define({}).handler(async (step) => {
        const deadly = async () => {
          runs += 1;
          setTimeout(() => void Promise.reject(new Error("nobody sees this")), 20);
          await delay(60_000);
        };
        return await Promise.race([
          step.runWorkflow(workflowRef("child"), {}).catch(() => "canceled"),
          step.run("once", deadly, { atMostOnce: true }),
          step.run("again", deadly),
        ]);
      }),
      child: executor.define({}).handler(async (step) => await step.sleep(60_000)),
    }));
    const id = await app.start("main");
    await app.runUntil(() => runs === 2);
    await app.runUntil(async () => {
      const jobs = await app.rows<{ state: { kind: string } }>("_scheduled_functions");
      return jobs.some(({ state }) => state.kind === "failed");
    });

    app.faults.onCall = async (name) => {
      if (name === "executor:commit") await delay(200);
    };
    const [{ child }] = (await app.rows("steps")) as [{ child: WorkflowId }];
    await app.inMutation(async (ctx) => app.executor.cancel(ctx, child));
    await app.run();

    expect(await app.status(id)).toMatchObject({
      state: "completed",
      result: "canceled",
    });
    expect(runs).toBe(2);
  });
});
