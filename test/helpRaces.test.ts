/** A helper's commit against all that may happen to the same workflow meanwhile (P18, F1, F2). */
import { describe, expect, test } from "vitest";
import type { WorkflowId } from "../src/client/index.js";
import {
  aroundFirstHelp,
  claimedTasks,
  HOT,
  seatOf,
  startOnOneShard,
  waitUntil,
} from "./harness/help.js";
import { WorkApp, type Part } from "./harness/work.js";

/** One slot each: whoever works is full, and reads one ahead. */
const TWO_SEATS = { shards: 2, seats: 2, slotsPerShard: 1 };
const COUNT = 8;
const DEFINITION = "app:main";

type WorkflowRow = { _id: WorkflowId; shard: number; state: string };

function works(ms = 1_000, more: Part[] = []): { args: { parts: Part[] } }[] {
  return Array.from({ length: COUNT }, (_, n) => ({
    args: { parts: [{ kind: "work" as const, key: `w${n}`, ms }, ...more] },
  }));
}

async function expectAllOnce(app: WorkApp): Promise<void> {
  const rows = await app.rows<WorkflowRow>("workflows");
  expect(rows.map(({ state }) => state)).toEqual(
    Array.from({ length: COUNT }, () => "completed"),
  );
  expect([...app.order].sort()).toEqual(works().map((_, n) => `w${n}`));
}

async function listMoved(app: WorkApp): Promise<WorkflowId[]> {
  const rows = await app.rows<WorkflowRow>("workflows");
  return rows.filter(({ shard }) => shard !== HOT).map(({ _id }) => _id);
}

describe("a helper and the owner that want the same workflow", () => {
  test.each(["owner", "helper"] as const)(
    "have it once when the %s is first",
    async (first) => {
      const app = new WorkApp(TWO_SEATS);
      let wanted: string | undefined;
      const asked = new Set<string>();
      const answered = new Set<string>();
      const sideOf = (index: number) => (seatOf(app, index) === HOT ? "owner" : "helper");
      app.faults.onCall = async (name, args, index) => {
        const tasks = claimedTasks(name, args);
        const side = sideOf(index);
        if (side === "helper") wanted ??= tasks[0];
        if (wanted === undefined || !tasks.includes(wanted)) return;
        // Nobody commits before the other wants it too, and the second after the first.
        asked.add(side);
        await waitUntil(() => asked.size === 2);
        if (side !== first) await waitUntil(() => answered.has(first));
      };
      app.faults.onAnswer = (name, args, index) => {
        if (claimedTasks(name, args).includes(wanted!)) answered.add(sideOf(index));
      };

      await startOnOneShard(app, works());
      await app.run();

      expect([...answered]).toEqual(
        first === "owner" ? ["owner", "helper"] : ["helper", "owner"],
      );
      await expectAllOnce(app);
      if (first === "helper") expect(await listMoved(app)).not.toEqual([]);
    },
  );
});

describe("a helper's commit", () => {
  test("whose answer is lost has moved its workflow, and is not done twice", async () => {
    const app = new WorkApp(TWO_SEATS);
    const seen = aroundFirstHelp(app, "onAnswer", async () => {
      expect(await listMoved(app)).toHaveLength(1);
      throw new Error("the answer is lost");
    });

    await startOnOneShard(app, works());
    await app.run();

    expect(seen.happened).toBe(true);
    await expectAllOnce(app);
  });

  test("that its executor does not survive leaves the workflow to the new seat", async () => {
    const app = new WorkApp(TWO_SEATS);
    const moved: WorkflowId[] = [];
    const seen = aroundFirstHelp(app, "onAnswer", async ({ index }) => {
      moved.push(...(await listMoved(app)));
      app.faults.crash(index);
    });

    await startOnOneShard(app, works());
    await app.run();

    expect(seen.happened).toBe(true);
    expect(moved).toHaveLength(1);
    const queue = await app.rows<WorkflowRow>("workflows");
    expect(queue.find(({ _id }) => _id === moved[0])!.shard).not.toBe(HOT);
    await expectAllOnce(app);
  });

  test("that never arrives leaves the workflow to its owner", async () => {
    const app = new WorkApp(TWO_SEATS);
    const seen = aroundFirstHelp(app, "onCall", ({ index }) => app.faults.crash(index));

    await startOnOneShard(app, works());
    await app.run();

    expect(seen.happened).toBe(true);
    await expectAllOnce(app);
  });
});

describe("a workflow that is canceled", () => {
  test.each([
    ["just before it is moved is never begun", "onCall", 0],
    // Its executor learns of it with the next commit.
    ["just after it was moved records nothing", "onAnswer", 1],
  ] as const)("%s", async (_title, when, attempts) => {
    const app = new WorkApp(TWO_SEATS);
    let canceled: WorkflowId | undefined;
    aroundFirstHelp(app, when, async ({ entries }) => {
      canceled = entries[0]!.workflow as WorkflowId;
      await app.inMutation(async (ctx) =>
        app.executor.cancel(ctx, canceled!, { force: true }),
      );
      expect(await app.audit()).toEqual([]);
    });

    const ids = await startOnOneShard(app, works());
    await app.run();

    expect(await app.status(canceled!)).toMatchObject({ state: "canceled" });
    const steps = (await app.steps(canceled!)).page;
    expect(steps.every(({ state }) => state !== "completed")).toBe(true);
    const key = `w${ids.indexOf(canceled!)}`;
    expect(app.attemptsOf(key)).toBeLessThanOrEqual(attempts);
    const others = ids.filter((id) => id !== canceled);
    for (const id of others) expect((await app.status(id)).state).toBe("completed");
  });
});

describe("a definition that is paused", () => {
  test.each(["onCall", "onAnswer"] as const)(
    "%s of the move loses nothing, and nothing runs twice",
    async (when) => {
      const app = new WorkApp(TWO_SEATS);
      const seen = aroundFirstHelp(app, when, async () => {
        await app.operate("pause", { definition: DEFINITION });
        expect(await app.audit()).toEqual([]);
      });

      await startOnOneShard(app, works());
      await app.run();

      expect(seen.happened).toBe(true);
      const states = (await app.rows<WorkflowRow>("workflows")).map((row) => row.state);
      expect(states.filter((state) => state === "parked").length).toBeGreaterThan(0);
      expect(states).not.toContain("pending");
      await app.runFor(1_000);
      await app.operate("resume", { definition: DEFINITION });
      await app.run();
      await expectAllOnce(app);
    },
  );
});
