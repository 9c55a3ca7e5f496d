/** Workflows are claimed and their steps started oldest first (D11, I7). */
import { describe, expect, test } from "vitest";
import type { Entry } from "../src/shared/commit.js";
import { HOT_PER_SLOT, HOT_WAIT_MS_MAX } from "../src/shared/constants.js";
import { delay, WorkApp, type Part } from "./harness/work.js";

const ONE_SEAT = { shards: 1, seats: 1 };

function work(...keys: string[]): Part[] {
  return keys.map((key) => ({ kind: "work", key, ms: 100 }));
}

function items(batches: Part[][]): { args: { parts: Part[] } }[] {
  return batches.map((parts) => ({ args: { parts } }));
}

describe("an executor with one slot", () => {
  const ONE_SLOT = { ...ONE_SEAT, slotsPerShard: 1 };

  test("finishes each workflow before it begins the next", async () => {
    const app = new WorkApp(ONE_SLOT);

    for (const name of ["a", "b", "c"]) await app.begin(work(`${name}1`, `${name}2`));
    await app.run();

    expect(app.order).toEqual(["a1", "a2", "b1", "b2", "c1", "c2"]);
    expect(app.concurrencyMax).toBe(1);
  });

  test("runs a batch in the order in which it was given", async () => {
    const app = new WorkApp(ONE_SLOT);
    const keys = Array.from({ length: 30 }, (_, index) => `w${index}`);

    await app.startMany("main", items(keys.map((key) => work(key))));
    await app.run();

    expect(app.order).toEqual(keys);
  });

  test("takes a workflow with a head start first, and one that stands back last", async () => {
    const app = new WorkApp(ONE_SLOT);
    await app.begin(work("running"));
    await app.runUntilWorking("running");

    await app.begin(work("later"), { priority: -60_000 });
    await app.begin(work("ordinary"));
    await app.begin(work("sooner"), { priority: 60_000 });
    await app.run();

    expect(app.order).toEqual(["running", "sooner", "ordinary", "later"]);
  });

  test("lets a head start run out, so that nothing starves", async () => {
    const app = new WorkApp(ONE_SLOT);
    await app.begin([{ kind: "work", key: "running", ms: 5_000 }]);
    await app.runUntilWorking("running");
    await app.begin(work("old"));
    await app.runFor(2_000);

    await app.begin(work("young"), { priority: 1_000 });
    await app.run();

    expect(app.order).toEqual(["running", "old", "young"]);
  });

  test("begins a younger workflow while an older one sleeps, and returns to it", async () => {
    const app = new WorkApp(ONE_SLOT);

    await app.begin([...work("a1"), { kind: "sleep", ms: 150 }, ...work("a2")]);
    await app.begin(work("b1", "b2", "b3", "b4"));
    await app.run();

    expect(app.order).toEqual(["a1", "b1", "b2", "a2", "b3", "b4"]);
  });
});

describe("the slots of an executor", () => {
  const TWO_SLOTS = { ...ONE_SEAT, slotsPerShard: 2 };

  test("go to later steps of older workflows before first steps of younger ones", async () => {
    const app = new WorkApp(TWO_SLOTS);
    const names = ["a", "b", "c", "d", "e", "f"];

    await app.startMany("main", items(names.map((name) => work(`${name}1`, `${name}2`))));
    await app.run();

    const finished = app.order.filter((key) => key.endsWith("2"));
    expect(finished).toEqual(names.map((name) => `${name}2`));
    for (const [index, name] of names.entries()) {
      const younger = names[index + 2];
      if (!younger) continue;
      expect(app.order.indexOf(`${name}2`)).toBeLessThan(
        app.order.indexOf(`${younger}1`),
      );
    }
    expect(app.concurrencyMax).toBe(2);
  });

  test("go to parallel steps of an older workflow before a younger one is claimed", async () => {
    const app = new WorkApp(TWO_SLOTS);

    await app.begin([{ kind: "all", parts: work("a1", "a2", "a3", "a4") }]);
    await app.begin(work("b"));
    await app.run();

    expect(app.order).toEqual(["a1", "a2", "a3", "a4", "b"]);
    expect(app.concurrencyMax).toBe(2);
  });

  test("stay reserved: a younger workflow's parallel steps take only what is left", async () => {
    const app = new WorkApp(TWO_SLOTS);

    await app.begin(work("a1", "a2", "a3"));
    await app.begin([{ kind: "all", parts: work("b1", "b2", "b3", "b4") }]);
    await app.run();

    const old = app.attempts.filter(({ key }) => key.startsWith("a"));
    expect(old.at(-1)!.endedAt! - old[0]!.startedAt).toBeLessThan(350);
    expect(app.concurrencyMax).toBe(2);
  });

  test("go to an older workflow that comes back before a younger one's extra steps", async () => {
    const app = new WorkApp({ ...ONE_SEAT, slotsPerShard: 3 });
    const pairs = (key: string, count: number): Part[] =>
      Array.from({ length: count }, () => ({
        kind: "all",
        parts: [
          { kind: "work", key, ms: 1_000 },
          { kind: "work", key, ms: 1_000 },
        ],
      }));
    const sleepMs = 2 * HOT_WAIT_MS_MAX;
    await app.begin([{ kind: "sleep", ms: sleepMs }, ...pairs("old", 4)]);
    await app.runFor(sleepMs - 3_000);
    await app.begin(pairs("young", 10));
    await app.run();

    const of = (key: string) => app.attempts.filter((one) => one.key === key);
    const [first, last] = [of("old")[0]!, of("old").at(-1)!];
    // Two at a time, as if it had never been away; the third slot is the younger one's.
    expect(last.endedAt! - first.startedAt).toBeLessThan(6_000);
    expect(of("young").at(-1)!.endedAt).toBeGreaterThan(last.endedAt!);
  });

  test("are exceeded by hot workflows only up to the factor for those that wait", async () => {
    const app = new WorkApp(TWO_SLOTS);
    const hot: number[] = [];
    app.faults.onCall = async () => void hot.push((await app.rows("claims")).length);

    const sleepers = Array.from({ length: 12 }, (): Part[] => [
      { kind: "sleep", ms: 500 },
    ]);
    await app.startMany("main", items(sleepers));
    await app.run();

    expect(Math.max(...hot)).toBe(2 * HOT_PER_SLOT);
  });
});

describe("the shards of a seat", () => {
  test("are served as one queue, oldest first", async () => {
    const app = new WorkApp({ shards: 5, seats: 1, slotsPerShard: 1 });
    const keys = Array.from({ length: 40 }, (_, index) => `w${index}`);

    for (const key of keys.slice(0, 20)) await app.begin(work(key));
    await app.startMany("main", items(keys.slice(20).map((key) => work(key))));
    await app.run();

    const rounds = [0, 5, 10, 15, 20, 25, 30, 35].map((from) =>
      app.order.slice(from, from + 5).sort(),
    );
    expect(rounds).toEqual(rounds.map((_, n) => keys.slice(5 * n, 5 * n + 5).sort()));
  });

  test("are split between seats, each of which keeps the order of its own", async () => {
    const app = new WorkApp({ shards: 4, seats: 2, slotsPerShard: 1 });
    const keys = Array.from({ length: 24 }, (_, index) => `w${index}`);

    await app.startMany("main", items(keys.map((key) => work(key))));
    await app.run();

    const workflows = await app.rows<{ shard: number }>("workflows");
    for (const seat of [0, 1]) {
      const own = keys.filter((_, index) => workflows[index]!.shard % 2 === seat);
      const begun = app.order.filter((key) => own.includes(key));
      const pairs = begun.map((_, n) => begun.slice(n - (n % 2), n - (n % 2) + 2).sort());
      expect(pairs).toEqual(
        own.map((_, n) => own.slice(n - (n % 2), n - (n % 2) + 2).sort()),
      );
    }
  });
});

describe("a claim", () => {
  test("is confirmed by the commit: a task canceled after the scan never runs", async () => {
    const app = new WorkApp(ONE_SEAT);
    app.faults.onCall = async (name, args) => {
      if (name !== "executor:commit") return;
      const claimed = (args as { entries: Entry[] }).entries.filter(({ operations }) =>
        operations.some(({ op }) => op === "claimTask"),
      );
      for (const { workflow } of claimed) {
        await app.inMutation(async (ctx) => app.executor.cancel(ctx, workflow as never));
      }
    };

    const ids = await app.startMany("main", items([work("a"), work("b")]));
    await app.run();

    expect(app.attempts).toEqual([]);
    for (const id of ids) expect((await app.status(id)).state).toBe("canceled");
  });

  test("of a new workflow waits for older ones that have to advance, however many", async () => {
    const app = new WorkApp({ ...ONE_SEAT, slotsPerShard: 2 });
    const old = ["a", "b", "c", "d"].map((key): Part[] => [
      { kind: "sleep", ms: 1_000 },
      ...work(key),
    ]);
    await app.startMany("main", items(old));
    await app.runUntil(async () => (await app.rows("claims")).length === old.length);
    await app.crash();
    await app.runFor(5_000);

    await app.startMany("main", items([work("y"), work("z")]));
    await app.run();

    expect(app.order).toEqual(["a", "b", "c", "d", "y", "z"]);
  });

  test("is not taken while an older workflow stood ready in the same scan (I7)", async () => {
    const app = new WorkApp({ shards: 3, seats: 1, slotsPerShard: 2 });
    const claimed: string[] = [];
    app.faults.onCall = async (name, args) => {
      if (name !== "executor:commit") return;
      await delay(3);
      for (const { workflow, operations } of (args as { entries: Entry[] }).entries) {
        if (operations.some(({ op }) => op === "claimTask")) claimed.push(workflow);
      }
    };

    const parts = Array.from({ length: 60 }, (_, n) => work(`w${n}`));
    const ids = await app.startMany("main", items(parts));
    await app.run();

    expect(claimed).toEqual(ids);
  });
});
