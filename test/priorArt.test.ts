/**
 * The defects of the prior art, one by one, and what went wrong elsewhere: none is here.
 *
 * `test/promises/priorArt.ts` lists them all with the tests that exclude them.
 */
import { internalMutationGeneric } from "convex/server";
import { v } from "convex/values";
import { describe, expect, test } from "vitest";
import { vOnCompleteArgs } from "../src/client/index.js";
import type { Entry } from "../src/shared/commit.js";
import {
  HEARTBEAT_MS,
  HOT_GRACE_MS,
  HOT_WAIT_MS_MAX,
  KiB,
  MINUTE,
  PLATFORM_DOCUMENT_BYTES_MAX,
  SECOND,
} from "../src/shared/constants.js";
import { ref, TestApp } from "./harness/app.js";
import { delay, WorkApp, type Part } from "./harness/work.js";

const ONE_SEAT = { shards: 1, seats: 1 };
const SLEEPING_CHILD: Part = { kind: "child", parts: [{ kind: "sleep", ms: 60_000 }] };

function work(key: string, ms = 100): Part {
  return { kind: "work", key, ms };
}

/** Cancels the oldest children that have not finished. */
async function cancelChildren(app: WorkApp, count: number): Promise<void> {
  type Workflow = { _id: string; parent?: object; finishedAt?: number };
  const workflows = await app.rows<Workflow>("workflows");
  const open = workflows.filter(({ parent, finishedAt }) => parent && !finishedAt);
  for (const { _id } of open.slice(0, count)) {
    await app.inMutation(async (ctx) => app.executor.cancel(ctx, _id as never));
  }
}

describe("prior art, defect 1: nobody owns what runs", () => {
  test("two executors on one shard, of which one is thought dead, run nothing twice", async () => {
    const app = new WorkApp(ONE_SEAT);
    const ids = await app.startMany(
      "main",
      Array.from({ length: 4 }, (_, n) => ({
        args: { parts: [work(`w${n}`, 5_000), { kind: "charge", key: `c${n}` }] },
      })),
    );
    await app.runUntil(() => app.attempts.length === 4);

    // The seat is handed over while all four run, again and again.
    for (let times = 0; times < 3; times += 1) {
      await app.operate("bumpEpoch", { restart: true });
      await app.runFor(1_000);
    }
    await app.run();

    expect(app.faults.incarnations.length).toBeGreaterThan(1);
    expect(app.attempts).toHaveLength(4);
    expect(await app.charges()).toEqual(["c0", "c1", "c2", "c3"]);
    for (const id of ids) expect((await app.status(id)).state).toBe("completed");
  });
});

describe("prior art, defect 2: liveness judged by the age of rows", () => {
  test("a backlog of many minutes starts no second executor", async () => {
    const app = new WorkApp({ ...ONE_SEAT, slotsPerShard: 1 });
    await app.startMany(
      "main",
      Array.from({ length: 8 }, (_, n) => ({ args: { parts: [work(`w${n}`, MINUTE)] } })),
    );

    await app.runFor(6 * MINUTE);
    await app.begin([work("late")]);
    await app.operate("startExecutors");
    await app.run();

    expect(app.faults.incarnations).toHaveLength(1);
    expect(app.concurrencyMax).toBe(1);
    expect(app.attempts).toHaveLength(9);
  });
});

describe("prior art, defect 3: replays drained only after a result", () => {
  test("a shard that holds nothing but replayQueue rows is drained", async () => {
    const app = new WorkApp(ONE_SEAT);
    const ids = await app.startMany(
      "main",
      ["a", "b", "c"].map((key) => ({ args: { parts: [work(key, MINUTE)] } })),
    );
    await app.runUntil(() => app.attempts.length === 3);
    await app.operate("bumpEpoch");
    await app.runFor(1);
    await app.operate("failPendingTasks", { includeRunning: true });
    await app.run();
    expect(await app.rows("replayQueue")).toHaveLength(3);

    await app.operate("startExecutors");
    await app.run();

    expect(await app.rows("replayQueue")).toEqual([]);
    for (const id of ids) expect((await app.status(id)).state).toBe("failed");
  });
});

describe("prior art, defect 4: replay rows deleted and inserted again and again", () => {
  test("a workflow with running siblings ends each signal once", async () => {
    const app = new WorkApp(ONE_SEAT);
    let consumed = 0;
    let claimed = 0;
    app.faults.onCall = (name, args) => {
      if (name !== "executor:commit") return;
      for (const { operations } of (args as { entries: Entry[] }).entries) {
        consumed += operations.filter(({ op }) => op === "consume").length;
        claimed += operations.filter(({ op }) => op === "claimReplay").length;
      }
    };
    const children = [300, 600, 900].map((ms): Part => ({
      kind: "child",
      parts: [{ kind: "sleep", ms }],
    }));

    const id = await app.begin([
      { kind: "all", parts: [...children, work("a", 10_000)] },
    ]);
    await app.run();

    expect((await app.status(id)).state).toBe("completed");
    expect(consumed).toBeLessThanOrEqual(children.length);
    expect(claimed).toBe(0);
  });
});

describe("prior art, defect 5: a poison result fails its whole batch", () => {
  test("a result too large to store is one step's failure, and runs once", async () => {
    let runs = 0;
    const app = new TestApp(ONE_SEAT, (executor) => ({
      large: executor.define({}).handler(async (step) => {
        await step.run("large", () => {
          runs += 1;
          return "x".repeat(PLATFORM_DOCUMENT_BYTES_MAX);
        });
      }),
      small: executor
        .define({})
        .handler(async (step) => await step.run("small", () => 1)),
    }));
    const large = await app.start("large");
    const small = await app.startMany(
      "small",
      Array.from({ length: 8 }, () => ({ args: {} })),
    );
    await app.run();

    expect((await app.status(large)).state).toBe("failed");
    expect(runs).toBe(1);
    for (const id of small) {
      expect(await app.status(id)).toMatchObject({ state: "completed", result: 1 });
    }
  });
});

describe("prior art, defect 6: a poison task kills its neighbors for ever", () => {
  test("the oldest of many kills each of its executors: it alone is failed", async () => {
    let runs = 0;
    const app = new TestApp({ ...ONE_SEAT, slotsPerShard: 8 }, (executor) => ({
      poison: executor.define({}).handler(async (step) => {
        await step.run("kills", async () => {
          runs += 1;
          setTimeout(() => void Promise.reject(new Error("nobody sees this")), 50);
          await delay(1_000);
        });
      }),
      innocent: executor.define({}).handler(async (step) => {
        return await step.run("works", async () => await delay(200));
      }),
    }));
    const poison = await app.start("poison");
    const others = await app.startMany(
      "innocent",
      Array.from({ length: 12 }, () => ({ args: {} })),
    );
    await app.run();

    expect(await app.status(poison)).toMatchObject({
      state: "failed",
      error: { code: "POISON" },
    });
    expect(runs).toBeLessThanOrEqual(10);
    for (const id of others) expect((await app.status(id)).state).toBe("completed");
  });
});

describe("prior art, defect 7: rows in flight hide those that are ready", () => {
  test("signals of what a predecessor holds do not hide a younger replay", async () => {
    const app = new WorkApp({ ...ONE_SEAT, slotsPerShard: 4 });
    const held: Part[] = [
      { kind: "all", parts: [SLEEPING_CHILD, work("held", 3 * MINUTE)] },
    ];
    for (let n = 0; n < 3; n += 1) await app.begin(held);
    await app.runUntil(() => app.attemptsOf("held") === 3);
    const id = await app.begin([SLEEPING_CHILD]);
    await app.runUntil(async () => (await app.rows("steps")).length === 11);

    await app.operate("bumpEpoch", { restart: true });
    await app.runFor(2_000);
    await cancelChildren(app, 3);
    await app.runFor(15_000);
    expect(await app.rows("replayQueue")).toHaveLength(3);
    await cancelChildren(app, 1);
    await app.runFor(5_000);

    expect((await app.status(id)).state).toBe("failed");
    await app.run();
  });

  test("arguments that wait are not read again and again while all slots are taken", async () => {
    const app = new WorkApp({ ...ONE_SEAT, slotsPerShard: 1 });
    const text = "x".repeat(100 * KiB);
    await app.begin([work("long", MINUTE)]);
    await app.runUntilWorking("long");
    for (let n = 0; n < 10; n += 1) await app.begin([work(`${n}${text}`, 10)]);
    const { metrics } = await app.convex();
    const before = metrics.snapshot();

    await app.runFor(MINUTE - SECOND);

    const { functions } = metrics.snapshot(before);
    // Alone, or with a sign of life.
    const looks = [
      functions["executor/executor:scan"],
      functions["executor/riderViews:seen"],
    ];
    const calls = looks.reduce((sum, one) => sum + (one?.calls ?? 0), 0);
    const bytesRead = looks.reduce((sum, one) => sum + (one?.bytesRead ?? 0), 0);
    expect(calls).toBeGreaterThan(0);
    expect(calls).toBeLessThanOrEqual(MINUTE / HEARTBEAT_MS);
    expect(bytesRead).toBeLessThan(calls * text.length * 10);
    await app.run();
  });

  test("workflows that sleep leave room for those that can run", async () => {
    const app = new WorkApp({ ...ONE_SEAT, slotsPerShard: 2 });
    for (let n = 0; n < 2; n += 1) await app.begin([{ kind: "sleep", ms: MINUTE }]);
    await app.runFor(100);
    const startedAt = app.now();

    await app.begin([work("ready", 10)]);
    await app.runUntilWorking("ready");

    expect(app.now() - startedAt).toBeLessThan(2_000);
  });
});

describe("prior art, defect 8: an unknown name fails the step for good", () => {
  test("a workflow that the present code does not define is parked until other code comes", async () => {
    const app = new WorkApp(ONE_SEAT);
    const { exports } = app;
    const { main: _main, ...oldCode } = exports;
    const id = await app.begin([work("a")]);
    app.exports = oldCode;
    await app.run();
    expect((await app.status(id)).state).toBe("parked");
    expect(await app.audit()).toEqual([]);

    app.exports = exports;
    await app.operate("startExecutors");
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed", result: ["a"] });
  });
});

describe("prior art, defect 9: a handler's exception is told to nobody", () => {
  test("a parent learns that its child's handler threw, also in a replay", async () => {
    const app = new WorkApp(ONE_SEAT);
    const child: Part[] = [
      { kind: "child", parts: [work("deep", 2 * HOT_GRACE_MS)] },
      { kind: "sleep", ms: -1 },
    ];

    const id = await app.begin([{ kind: "child", parts: child }]);
    await app.run();

    expect(await app.status(id)).toMatchObject({
      state: "failed",
      error: { code: "INVALID_OPTIONS" },
    });
    expect(app.faults.count("executor:journals")).toBeGreaterThan(0);
  });

  test("so does its onComplete, also if the end cannot be recorded as it is", async () => {
    const told: unknown[] = [];
    const app = new TestApp(ONE_SEAT, (executor) => ({
      told: internalMutationGeneric({
        args: vOnCompleteArgs(),
        handler: (_ctx, { result }) => void told.push(result),
      }),
      main: executor
        .define({ args: { how: v.string() } })
        .handler(async (step, { how }) => {
          await step.sleep(2 * HOT_WAIT_MS_MAX); // what follows is a replay
          if (how === "throws") throw new Error("no bread");
          return "x".repeat(PLATFORM_DOCUMENT_BYTES_MAX);
        }),
    }));
    const onComplete = ref<"mutation">("told");
    await app.start("main", { how: "throws" }, { onComplete });
    await app.run();
    await app.start("main", { how: "returns too much" }, { onComplete });
    await app.run();

    expect(app.faults.count("executor:journals")).toBe(2);
    expect(told).toMatchObject([
      { kind: "failed", error: "no bread" },
      { kind: "failed", error: expect.stringContaining("bytes") as string },
    ]);
  });
});

describe("prior art, defect 10: a wide fan-out starves its neighbors", () => {
  test("older workflows go on at full pace beside the fan-out of a younger one", async () => {
    const app = new WorkApp({ ...ONE_SEAT, slotsPerShard: 4 });
    const steps = Array.from({ length: 10 }, (_, n) => work(`old${n}`));
    const wide = Array.from({ length: 60 }, (_, n) => work(`wide${n}`));

    const old = await app.begin(steps);
    const young = await app.begin([{ kind: "all", parts: wide }]);
    await app.run();

    const { startedAt, finishedAt } = await app.status(old);
    expect(finishedAt! - startedAt!).toBeLessThan(1_100);
    expect((await app.status(young)).finishedAt).toBeGreaterThan(finishedAt!);
    expect(app.concurrencyMax).toBe(4);
  });

  test("children of a fan-out are spread over the shards, and so over the seats", async () => {
    const app = new WorkApp({ shards: 4, seats: 2 });
    const parts = Array.from({ length: 12 }, (_, n): Part => {
      return { kind: "child", parts: [work(`c${n}`)] };
    });

    await app.begin([{ kind: "all", parts }]);
    await app.run();

    type Workflow = { shard: number; parent?: object };
    const workflows = await app.rows<Workflow>("workflows");
    const perShard = [0, 1, 2, 3].map(
      (shard) => workflows.filter((one) => one.parent && one.shard === shard).length,
    );
    expect(perShard).toEqual([3, 3, 3, 3]);
  });
});

describe("prior art, defect 11: idle executors poll for ever", () => {
  test("a hundred idle shards make no call and hold no job in a day", async () => {
    const app = new WorkApp({ shards: 100 });
    await app.startMany(
      "main",
      Array.from({ length: 100 }, (_, n) => ({ args: { parts: [work(`w${n}`)] } })),
    );
    await app.run();
    const convex = await app.convex();
    const before = convex.metrics.total;

    await app.runFor(24 * 60 * MINUTE);

    expect(convex.metrics.total).toEqual(before);
    expect(convex.scheduler).toMatchObject({ waiting: 0, running: 0 });
  });
});

describe("prior art, defect 12: draining waits for long handlers", () => {
  test("a step longer than what is left of an executor's life ends in its successor's", async () => {
    const app = new WorkApp({ ...ONE_SEAT, lifetimeMs: 60_000, drainMs: 10_000 });

    const id = await app.begin([work("a", 50_000), work("long", 45_000)]);
    await app.run();

    expect((await app.status(id)).state).toBe("completed");
    expect(app.attemptsOf("long")).toBe(2);
    expect(app.overlaps).toEqual([]);
  });
});

describe("elsewhere: hot rows", () => {
  test("starts beside a busy executor never conflict", async () => {
    const app = new WorkApp({ ...ONE_SEAT, deployment: { class: "s256", latency: {} } });
    for (let n = 0; n < 40; n += 1) {
      app.later(async () => await app.begin([work(`w${n}`, 50)]), 1_000 + 25 * n);
    }
    await app.begin([work("first", 3_000)]);
    await app.run();

    const { metrics } = await app.convex();
    const { functions } = metrics.snapshot();
    const conflicts = Object.entries(functions).filter(
      ([name, { conflicts }]) => conflicts > 0 && !name.endsWith(":retire"),
    );
    expect(app.attempts).toHaveLength(41);
    expect(conflicts).toEqual([]);
  });
});

describe("elsewhere: backlog", () => {
  /** Documents that a commit and a scan read at most, with so many workflows waiting. */
  async function measure(waiting: number) {
    const app = new WorkApp({ ...ONE_SEAT, slotsPerShard: 1 });
    await app.begin([work("a"), work("b"), work("c")]);
    await app.startMany(
      "main",
      Array.from({ length: waiting }, (_, n) => ({ args: { parts: [work(`w${n}`)] } })),
    );
    const { metrics } = await app.convex();
    const before = metrics.snapshot();
    await app.runUntil(() => app.attemptsOf("c") === 1);
    const { functions } = metrics.snapshot(before);
    const perCall = (name: string) =>
      functions[name]!.documentsRead / functions[name]!.transactions;
    return {
      commit: perCall("executor/executor:commit"),
      scan: perCall("executor/executor:scan"),
    };
  }

  test("a commit and a scan read no more with hundreds waiting than with ten", async () => {
    const few = await measure(10);
    const many = await measure(400);

    expect(many.commit).toBeLessThanOrEqual(few.commit);
    // A scan asks for as many as there may be hot, and each has its arguments.
    expect(many.scan).toBeLessThanOrEqual(few.scan + 4);
  });
});
