/** A dead executor's work is taken up again, and a zombie writes nothing (P5, P7, P10). */
import { describe, expect, test } from "vitest";
import type { Entry } from "../src/shared/commit.js";
import { RECOVERY_PAGE } from "../src/shared/constants.js";
import { PROTOCOL } from "../src/shared/model.js";
import { WorkApp, type Part } from "./harness/work.js";

const ONE_SEAT = { shards: 1, seats: 1 };

/** Every kind of wait: mutations, actions, retries, sleeps, parallel steps, a child. */
const PARTS: Part[] = [
  { kind: "charge", key: "before" },
  { kind: "work", key: "flaky", failures: 1 },
  {
    kind: "all",
    parts: [
      { kind: "work", key: "short", ms: 20 },
      { kind: "work", key: "long", ms: 300 },
      { kind: "charge", key: "parallel" },
      { kind: "sleep", ms: 200 },
    ],
  },
  { kind: "child", parts: [{ kind: "work", key: "child" }] },
  { kind: "charge", key: "after" },
];
const RESULT = [
  "before",
  "flaky",
  ["short", "long", "parallel", null],
  ["child"],
  "after",
];
const CHARGES = ["after", "before", "parallel"];

/** Crashes the executor at its call number `at`, before or after it takes effect. */
function crashAtCall(app: WorkApp, at: number, when: "before" | "after"): void {
  let calls = 0;
  app.faults[when === "before" ? "onCall" : "onAnswer"] = () => {
    calls += 1;
    if (calls === at) app.faults.crash(0);
  };
}

describe("an executor that crashes at any of its calls", () => {
  test.each(["before", "after"] as const)(
    "loses nothing when it crashes just %s each call in turn",
    async (when) => {
      let at = 1;
      for (let hasCrashed = true; hasCrashed; at += 1) {
        const app = new WorkApp(ONE_SEAT);
        const id = await app.begin(PARTS);
        crashAtCall(app, at, when);
        await app.runFor(3_000);
        hasCrashed = app.faults.incarnations[0]!.isCut;
        expect(await app.audit()).toEqual([]);

        await app.inMutation(async (ctx) => app.executor.startExecutors(ctx));
        await app.run();

        const status = await app.status(id);
        expect({ at, ...status }).toMatchObject({
          at,
          state: "completed",
          result: RESULT,
        });
        expect({ at, charges: await app.charges() }).toEqual({ at, charges: CHARGES });
        expect(app.attemptsOf("flaky")).toBeLessThanOrEqual(3);
        expect(app.attemptsOf("long")).toBeLessThanOrEqual(2);
        await expectEachStepOnce(app);
        expect(await app.audit()).toEqual([]);
      }
      expect(at).toBeGreaterThan(15);
    },
    60_000,
  );

  async function expectEachStepOnce(app: WorkApp): Promise<void> {
    const steps = await app.rows<{ workflow: string; number: number }>("steps");
    const names = steps.map(({ workflow, number }) => `${workflow}/${number}`);
    expect(new Set(names).size).toBe(names.length);
  }
});

describe("recovery", () => {
  async function crashWhile(parts: Part[], isReady: (app: WorkApp) => boolean) {
    const app = new WorkApp(ONE_SEAT);
    const id = await app.begin(parts);
    await app.runUntil(() => isReady(app));
    await app.runFor(50);
    await app.crash();
    return { app, id };
  }

  test("wakes a sleeper when it was due, not later", async () => {
    const { app, id } = await crashWhile(
      [
        { kind: "work", key: "a" },
        { kind: "sleep", ms: 60_000 },
        { kind: "work", key: "b" },
      ],
      (one) => one.attemptsOf("a") === 1,
    );
    const [, sleep] = await app.rows<{ dueAt: number }>("steps");
    const { dueAt } = sleep!;

    await app.inMutation(async (ctx) => app.executor.startExecutors(ctx));
    await app.run();

    expect((await app.status(id)).state).toBe("completed");
    expect(app.order).toEqual(["a", "b"]);
    const woken = app.attempts[1]!.startedAt;
    expect(woken).toBeGreaterThanOrEqual(dueAt);
    expect(woken).toBeLessThan(dueAt + 100);
  });

  test("wakes a sleeper at once that became due while nobody was there", async () => {
    const { app, id } = await crashWhile(
      [
        { kind: "work", key: "a" },
        { kind: "sleep", ms: 1_000 },
      ],
      (one) => one.attemptsOf("a") === 1,
    );
    await app.runFor(60_000);
    const before = app.now();

    await app.inMutation(async (ctx) => app.executor.startExecutors(ctx));
    await app.run();

    const { state, finishedAt } = await app.status(id);
    expect(state).toBe("completed");
    expect(finishedAt! - before).toBeLessThan(1_000);
  });

  test("keeps the backoff and counts no attempt that never began", async () => {
    const { app, id } = await crashWhile(
      [{ kind: "work", key: "flaky", failures: 2, backoffMs: 20_000 }],
      (one) => one.attempts.some(({ endedAt }) => endedAt !== null),
    );
    const [step] = await app.rows<{ dueAt: number; attempts: number }>("steps");

    await app.inMutation(async (ctx) => app.executor.startExecutors(ctx));
    await app.run();

    expect((await app.status(id)).state).toBe("completed");
    expect(app.attempts.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(app.attempts[1]!.startedAt).toBeGreaterThanOrEqual(step!.dueAt);
    expect((await app.steps(id)).page[0]).toMatchObject({ attempts: 3, failures: 2 });
  });

  test("runs an interrupted attempt again and counts it", async () => {
    const { app, id } = await crashWhile(
      [{ kind: "work", key: "long", ms: 5_000 }],
      (one) => one.attempts.some(({ key }) => key === "long"),
    );

    await app.inMutation(async (ctx) => app.executor.startExecutors(ctx));
    await app.run();

    expect(app.attempts.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect((await app.steps(id)).page[0]).toMatchObject({ attempts: 2, failures: 0 });
  });

  test("runs of parallel steps only those again that had not settled", async () => {
    const parts: Part[] = ["a", "b", "c", "d"].map((key, index) => ({
      kind: "work",
      key,
      ms: index % 2 === 0 ? 10 : 5_000,
    }));
    const { app, id } = await crashWhile([{ kind: "all", parts }], (one) =>
      one.attempts.some(({ endedAt }) => endedAt !== null),
    );

    await app.inMutation(async (ctx) => app.executor.startExecutors(ctx));
    await app.run();

    expect(await app.status(id)).toMatchObject({ result: [["a", "b", "c", "d"]] });
    expect(["a", "b", "c", "d"].map((key) => app.attemptsOf(key))).toEqual([1, 2, 1, 2]);
  });

  test("happens when the next workflow is started, before it begins", async () => {
    const { app, id } = await crashWhile([{ kind: "work", key: "old", ms: 500 }], (one) =>
      one.attempts.some(({ key }) => key === "old"),
    );

    const next = await app.begin([{ kind: "work", key: "new" }]);
    await app.run();

    expect((await app.status(id)).state).toBe("completed");
    expect((await app.status(next)).state).toBe("completed");
    expect(app.attemptsOf("old")).toBe(2);
  });

  test("takes up more claims than a page, oldest first", async () => {
    const app = new WorkApp({ ...ONE_SEAT, slotsPerShard: 210 });
    const keys = Array.from({ length: RECOVERY_PAGE + 1 }, (_, index) => `w${index}`);
    await app.startMany(
      "main",
      keys.map((key) => ({ args: { parts: [{ kind: "work", key, ms: 5_000 }] } })),
    );
    await app.runUntil(() => app.attempts.length === keys.length);
    await app.crash();

    await app.inMutation(async (ctx) => app.executor.startExecutors(ctx));
    await app.run();

    // Journals are read a few at a time, and none that is read sooner goes first (I7).
    expect(app.order.slice(keys.length)).toEqual(keys);
    const workflows = await app.rows<{ state: string }>("workflows");
    expect(new Set(workflows.map(({ state }) => state))).toEqual(new Set(["completed"]));
  }, 30_000);

  test("gives the successor all its slots as soon as the dead hold nothing", async () => {
    const app = new WorkApp(ONE_SEAT);
    const keys = ["a", "b", "c", "d"];
    for (const key of keys) await app.begin([{ kind: "work", key, ms: 5_000 }]);
    await app.runUntil(() => app.attempts.length === keys.length);
    await app.crash();

    await app.inMutation(async (ctx) => app.executor.startExecutors(ctx));
    await app.runFor(2_000);

    expect(app.order.slice(keys.length)).toEqual(keys);
  });
});

describe("a zombie", () => {
  /** A held workflow whose executor is dead, and whose successor has taken over. */
  async function createTakenOver() {
    const app = new WorkApp(ONE_SEAT);
    const id = await app.begin([{ kind: "work", key: "long", ms: 60_000 }]);
    await app.runUntilWorking("long");
    const [claim] = await app.rows<{ _id: string; executor: string }>("claims");
    const [heartbeat] = await app.rows<{ commitSeq: number }>("heartbeats");
    await app.crash();
    await app.inMutation(async (ctx) => app.executor.startExecutors(ctx));
    await app.runUntil(() => app.attempts.length === 2);
    const zombie = { claim: claim!._id, executor: claim!.executor };
    return { app, id, zombie, seq: heartbeat!.commitSeq + 1 };
  }

  test("is refused when its late commit arrives, and writes nothing", async () => {
    const { app, id, zombie, seq } = await createTakenOver();
    const outcome = { kind: "completed" as const, value: "late" };
    const settle = { op: "settle" as const, number: 0, outcome, settledAt: 0 };
    const entry: Entry = {
      workflow: id,
      generation: 0,
      claim: zombie.claim,
      operations: [settle],
    };

    const answer = await app.call("mutation", app.component.executor.commit, {
      protocol: PROTOCOL,
      seat: 0,
      executor: zombie.executor,
      seq,
      entries: [entry],
    });
    await app.run();

    expect(answer).toEqual({ kind: "refused", membership: "none", entries: [] });
    expect(await app.status(id)).toMatchObject({ state: "completed", result: ["long"] });
  });

  test("loses a mutation step whose call arrives late", async () => {
    const { app, zombie } = await createTakenOver();

    const answer = await app.call("mutation", app.component.executor.runMutation, {
      seat: 0,
      executor: zombie.executor,
      claim: zombie.claim,
      number: 0,
      handle: "never resolved",
      args: {},
    });

    expect(answer).toEqual({ kind: "lost" });
  });

  test.each(["handOver", "retire", "leave"] as const)(
    "changes nothing when its %s arrives late",
    async (name) => {
      const { app, zombie } = await createTakenOver();
      const before = await app.rows("seats");

      await app.call("mutation", app.component.executor[name], {
        seat: 0,
        executor: zombie.executor,
      });

      expect(await app.rows("seats")).toEqual(before);
    },
  );

  test("takes back nothing from a living successor", async () => {
    const { app, zombie } = await createTakenOver();
    const [claim] = await app.rows<{ executor: string }>("claims");

    const answer = await app.call("mutation", app.component.executor.recover, {
      seat: 0,
      executor: zombie.executor,
      dead: claim!.executor,
    });

    expect(answer).toBe(false);
    expect(await app.rows("claims")).toEqual([claim]);
  });

  test("whose commit arrives before its successor looked is heard: its work counts", async () => {
    const app = new WorkApp(ONE_SEAT);
    const id = await app.begin([{ kind: "work", key: "a", ms: 1_000 }]);
    await app.runUntilWorking("a");
    app.faults.onAnswer = (name) => {
      if (name === "executor:commit") app.faults.crash(0);
    };
    await app.runFor(5_000);
    app.faults.onAnswer = () => undefined;

    await app.inMutation(async (ctx) => app.executor.startExecutors(ctx));
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed", result: ["a"] });
    expect(app.attemptsOf("a")).toBeLessThanOrEqual(2);
  });
});
