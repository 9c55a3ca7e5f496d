/** Rows of the brief's checklist that no protocol's own suite is about. */
import { describe, expect, test } from "vitest";
import {
  MINUTE,
  PLATFORM_ACTION_MS,
  POLL_MS_MAX,
  SECOND,
  SLOTS_PER_SHARD_DEFAULT,
} from "../src/shared/constants.js";
import type { Entry } from "../src/shared/commit.js";
import { ref, TestApp } from "./harness/app.js";
import { IS_CONCURRENT } from "./harness/deployment.js";
import { delay, WorkApp, type Part } from "./harness/work.js";

const ONE_SEAT = { shards: 1, seats: 1 };

function work(key: string, ms: number): Part {
  return { kind: "work", key, ms };
}

type Row = Record<string, unknown>;

/** Calls a hook after each commit, with what it did to the component's tables. */
async function watchCommits(
  app: TestApp,
  look: (changes: { table: string; before?: Row; after?: Row }[]) => void,
): Promise<void> {
  const convex = await app.convex();
  convex.onCommit((rows) =>
    look(
      rows
        .filter(({ component }) => component === "executor")
        .map(({ table, before, after }) => ({
          table,
          before: before?.value as Row | undefined,
          after: after?.value as Row | undefined,
        })),
    ),
  );
}

describe("a shard of the default size", () => {
  const DEFAULT = { ...ONE_SEAT, slotsPerShard: undefined };

  test("claims no more workflows than it has slots", async () => {
    const app = new WorkApp(DEFAULT);
    let claimsMax = 0;
    let claims = 0;
    await watchCommits(app, (changes) => {
      for (const { table, before, after } of changes) {
        if (table === "claims") claims += Number(!!after) - Number(!!before);
      }
      claimsMax = Math.max(claimsMax, claims);
    });

    await app.startMany(
      "main",
      Array.from({ length: 160 }, (_, n) => ({
        args: { parts: [work(`w${n}`, 500 + 7 * n)] },
      })),
    );
    await app.run();

    expect(SLOTS_PER_SHARD_DEFAULT).toBe(50);
    expect(app.concurrencyMax).toBe(50);
    expect(claimsMax).toBe(50);
    expect(app.attempts).toHaveLength(160);
  });

  test("begins what comes late but is older at the next free slot", async () => {
    const app = new WorkApp(DEFAULT);
    await app.startMany(
      "main",
      Array.from({ length: 200 }, (_, n) => ({
        args: { parts: [work(`w${n}`, 4 * SECOND + 100 * n)] },
      })),
    );
    await app.runUntil(() => app.attempts.length === 50);
    await app.runFor(2 * SECOND);

    await app.begin([work("older", 100)], { priority: MINUTE });
    await app.runUntilWorking("older");

    // The first of those that run ends after four seconds; then it is its turn.
    const before = app.attempts.findIndex(({ key }) => key === "older");
    expect(before).toBeLessThanOrEqual(52);
    await app.run();
  });
});

describe("the replay queue", () => {
  const CHILD: Part[] = [{ kind: "child", parts: [work("child", 1_000)] }];

  test("is a table, not scheduled functions", async () => {
    const app = new WorkApp(ONE_SEAT);
    // Longer than its parent stays hot, so that there is a replay.
    await app.begin([{ kind: "child", parts: [work("child", 60_000)] }]);
    await app.run();

    // Executors and nothing else: no replay was ever scheduled.
    const jobs = await app.rows<{ name: string }>("_scheduled_functions");
    const names = new Set(jobs.map(({ name }) => name.replace(".js", "")));
    expect(app.faults.count("executor:journals")).toBe(1);
    expect([...names].filter((name) => /replay/i.test(name))).toEqual([]);
  });

  test("gets a row in the commit that settles the wait", async () => {
    const app = new WorkApp(ONE_SEAT);
    const settling: string[][] = [];
    await watchCommits(app, (changes) => {
      const isSettled = changes.some(
        ({ table, before, after }) =>
          table === "steps" &&
          after?.kind === "workflow" &&
          !before?.outcome &&
          !!after.outcome,
      );
      const added = changes.filter(({ before }) => !before).map(({ table }) => table);
      if (isSettled) settling.push(added);
    });

    await app.begin(CHILD);
    await app.run();

    expect(settling).toHaveLength(1);
    expect(settling[0]).toContain("replayQueue");
  });

  test("loses a row in the commit that records the turn", async () => {
    const app = new WorkApp(ONE_SEAT);
    const recorded: (string | undefined)[] = [];
    await watchCommits(app, (changes) => {
      const isConsumed = changes.some(
        ({ table, before, after }) => table === "replayQueue" && before && !after,
      );
      if (!isConsumed) return;
      const turn = changes.find(
        ({ table, before, after }) =>
          table === "steps" && !before && after?.name === "after",
      );
      recorded.push(turn?.after?.name as string | undefined);
    });

    await app.begin([...CHILD, { kind: "work", key: "after" }]);
    await app.run();

    expect(recorded).toEqual(["after"]);
  });
});

describe("a replay that fails", () => {
  test.each(["before", "after"] as const)(
    "keeps its row in the queue: its executor dies %s it is recorded",
    async (when) => {
      const app = new WorkApp(ONE_SEAT);
      const id = await app.begin([
        { kind: "child", parts: [work("child", 60_000)] },
        { kind: "charge", key: "after" },
      ]);
      const rows: number[] = [];
      const crash = async (name: string, args: unknown, index: number) => {
        const { entries } = args as { entries?: Entry[] };
        const isReplay = entries?.some(({ operations }) =>
          operations.some(({ op }) => op === "claimReplay"),
        );
        if (name !== "executor:commit" || !isReplay || rows.length > 0) return;
        rows.push((await app.rows("replayQueue")).length);
        app.faults.crash(index);
      };
      if (when === "before") app.faults.onCall = crash;
      else app.faults.onAnswer = crash;

      await app.run();

      expect(rows).toEqual([when === "before" ? 1 : 0]);
      expect((await app.status(id)).state).toBe("completed");
      expect(await app.charges()).toEqual(["after"]);
      expect(await app.rows("replayQueue")).toEqual([]);
    },
  );
});

describe("a hundred shards of the default size", () => {
  test("run 5,000 steps at once, and no more", { timeout: 240_000 }, async () => {
    let running = 0;
    let runningMax = 0;
    const app = new TestApp(
      { shards: 100, seats: 100, slotsPerShard: undefined },
      (executor) => ({
        call: executor.define({}).handler(async (step) => {
          await step.run("call", async () => {
            runningMax = Math.max(runningMax, (running += 1));
            await delay(20 * SECOND);
            running -= 1;
          });
        }),
      }),
    );
    const items = Array.from({ length: 500 }, () => ({ args: {} }));
    const batches = Array.from({ length: 11 }, async () => app.startMany("call", items));
    const ids = (await Promise.all(batches)).flat();

    await app.run();

    expect(runningMax).toBe(5_000);
    const workflows = await app.rows<{ state: string }>("workflows");
    expect(workflows).toHaveLength(ids.length);
    expect(new Set(workflows.map(({ state }) => state))).toEqual(new Set(["completed"]));
  });
});

describe("an in-process action", () => {
  test("is an ordinary action for everybody else", async () => {
    const app = new TestApp({}, (executor) => ({
      plain: executor.action({ handler: async (_ctx, args) => ({ got: args }) }),
    }));

    expect(await app.call("action", ref<"action">("plain"), {})).toEqual({ got: {} });
  });
});

describe("an hour of work", () => {
  test("is handed over without a gap, and no executor reaches the platform's limit", async () => {
    const app = new WorkApp({ ...ONE_SEAT, slotsPerShard: 4 });
    const steps = Array.from({ length: 360 }, (_, n) => work(`s${n}`, 10 * SECOND));
    await app.startMany(
      "main",
      [0, 1, 2, 3].map(() => ({ args: { parts: steps } })),
    );
    await app.run();

    const { attempts } = app;
    expect(attempts).toHaveLength(4 * 360);
    expect(app.overlaps).toEqual([]);
    // All four end at the same time: even so, what is given back waits for one look at most.
    const byStart = [...attempts].sort((a, b) => a.startedAt - b.startedAt);
    let busyUntil = byStart[0]!.startedAt;
    let gapMs = 0;
    for (const { startedAt, endedAt } of byStart) {
      gapMs = Math.max(gapMs, startedAt - busyUntil);
      busyUntil = Math.max(busyUntil, endedAt!);
    }
    expect(gapMs).toBeLessThanOrEqual(POLL_MS_MAX + (IS_CONCURRENT ? SECOND : 0));
    const jobs = await app.rows<{
      name: string;
      scheduledTime: number;
      completedTime: number;
    }>("_scheduled_functions");
    const lives = jobs
      .filter(({ name }) => name.startsWith("shards"))
      .map(({ scheduledTime, completedTime }) => completedTime - scheduledTime);
    expect(lives.length).toBeGreaterThanOrEqual(4);
    expect(Math.max(...lives)).toBeLessThan(PLATFORM_ACTION_MS);
  });
});

describe("shards", () => {
  test("get workflows in turn, and keep all that belongs to them", async () => {
    const app = new WorkApp({ shards: 4, seats: 2 });
    const seen = new Map<unknown, Set<unknown>>();
    await watchCommits(app, (changes) => {
      for (const { table, after } of changes) {
        if (!after || !["taskQueue", "replayQueue", "claims"].includes(table)) continue;
        const shards = seen.get(after.workflow) ?? new Set();
        seen.set(after.workflow, shards.add(after.shard));
      }
    });

    const ids = await app.startMany(
      "main",
      Array.from({ length: 12 }, (_, n) => ({
        args: { parts: [work(`w${n}`, 10), { kind: "child", parts: [] }] },
      })),
    );
    await app.run();

    for (const id of ids) expect(seen.get(id)!.size).toBe(1);
    const of = ids.map((id) => [...seen.get(id)!][0] as number);
    expect([0, 1, 2, 3].map((shard) => of.filter((one) => one === shard).length)).toEqual(
      [3, 3, 3, 3],
    );
  });
});
