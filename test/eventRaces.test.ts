/**
 * Senders and waiters that meet: neither passes the other by, whoever commits first (E1), and
 * the order of sending is kept whatever else happens (E2).
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Entry } from "../src/shared/commit.js";
import { KiB, LIMIT_SHARE_MAX } from "../src/shared/constants.js";
import type { TestApp } from "./harness/app.js";
import { countEventRows, createEventApp } from "./harness/events.js";

/** Whether a commit carries the beginning of a wait for an event. */
function carriesWait(args: unknown): boolean {
  const { entries } = args as { entries: Entry[] };
  return entries.some(({ operations }) =>
    operations.some((one) => one.op === "step" && one.event),
  );
}

async function countConflicts(app: TestApp, name: string): Promise<number> {
  return (await app.convex()).metrics.of(name).conflicts;
}

describe("a sender and the commit of a waiter in the same moment", () => {
  /** Sends `ms` after the executor has called the commit that begins the wait. */
  async function sendDuringCommit(ms: number) {
    const deployment = { class: "s16", latency: undefined, seed: 1 } as never;
    const { app, send } = createEventApp(
      async (step) => await step.awaitEvent({ name: "go" }),
      { deployment },
    );
    const id = await app.start("main");
    let status: string | undefined;
    app.faults.onCall = (name, args) => {
      if (name !== "executor:commit" || !carriesWait(args)) return;
      app.later(async () => (status = await send(id, "go", { value: ms })), ms);
    };
    await app.run();
    return {
      result: (await app.status(id)).result as unknown,
      status,
      commits: await countConflicts(app, "executor/executor:commit"),
      sends: await countConflicts(app, "app:send"),
    };
  }

  test("never pass each other by, at any distance, whichever of them has to look again", async () => {
    const distances = Array.from({ length: 21 }, (_, n) => 2 * n);
    const runs = [];
    for (const ms of distances) runs.push(await sendDuringCommit(ms));

    expect(runs.map(({ result }) => result)).toEqual(distances);
    const statuses = new Set(runs.map(({ status }) => status));
    expect(statuses).toEqual(new Set(["kept", "delivered"]));
    expect(runs.filter(({ commits }) => commits > 0)).not.toEqual([]);
    expect(runs.filter(({ sends }) => sends > 0)).not.toEqual([]);
  }, 60_000);
});

describe("events larger than a commit", () => {
  const COUNT = 12;
  const value = (n: number) => `${n} ${"x".repeat(900 * KiB)}`;

  test("are handed over in their order, in transactions of their own", async () => {
    const { app, send } = createEventApp(async (step) => {
      const wait = async () => await step.awaitEvent({ name: "big" });
      const got = await Promise.all(Array.from({ length: COUNT }, wait));
      return got.map((one) => (one as string).slice(0, 2).trim());
    });
    const id = await app.start("main");
    for (let n = 0; n < COUNT; n += 1) await send(id, "big", { value: value(n) });
    await app.runUntil(async () => (await app.rows("steps")).length > 0);

    // The commit took what it had room for; the rest waits for timers that are due at once.
    const left = (await app.rows("events")).length;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(COUNT);
    expect(await send(id, "big", { value: "too late" })).toBe("kept");
    const shares = async () =>
      (await app.rows<{ limitShare: number }>("heartbeats")).map((one) => one.limitShare);
    expect(Math.max(...(await shares()))).toBeLessThan(LIMIT_SHARE_MAX);
    await app.run();

    const order = Array.from({ length: COUNT }, (_, n) => `${n}`);
    expect(await app.status(id)).toMatchObject({ state: "completed", result: order });
  }, 30_000);
});

describe("what an event costs", () => {
  const SEND = "app:send";
  const COMMIT = "executor/executor:commit";

  /** Documents that sending and committing wrote, and the transactions of executors. */
  async function measure(isSentFirst: boolean) {
    const { app, send } = createEventApp(
      async (step) => await step.awaitEvent({ name: "go" }),
    );
    const id = await app.start("main");
    if (!isSentFirst) await app.run();
    await send(id, "go", { value: 1 });
    await app.run();
    const { metrics } = await app.convex();
    return {
      sendWrites: metrics.of(SEND).documentsWritten,
      commitWrites: metrics.of(COMMIT).documentsWritten,
      commits: app.faults.count("executor:commit"),
      journals: app.faults.count("executor:journals"),
    };
  }

  test("is one transaction of the sender's, and a replay if it comes after its waiter", async () => {
    // Step, waiter, signal; and a seat, a heartbeat and a job to wake the executor.
    expect(await measure(false)).toEqual({
      sendWrites: 6,
      commitWrites: 11,
      commits: 2,
      journals: 1,
    });
  });

  test("sent before, is taken by the commit that asks for it", async () => {
    // Mailbox, event, value: the commit takes two of them away, and signals.
    expect(await measure(true)).toEqual({
      sendWrites: 3,
      commitWrites: 13,
      commits: 2,
      journals: 1,
    });
  });
});

/** What a random workflow does: waits in groups, each group at once. */
type Group = { names: readonly ("a" | "b")[]; isRace: boolean }[];
/** What happens around it. */
type Happening =
  | { do: "send"; name: "a" | "b"; id?: number | undefined }
  | { do: "pause"; ms: number }
  | { do: "crash" };

const anyName = fc.constantFrom("a" as const, "b" as const);
const anyWait = fc.oneof(
  anyName.map((name) => ({ names: [name], isRace: false })),
  fc.constant({ names: ["a" as const, "b" as const], isRace: true }),
);
const anyGroups = fc.array(fc.array(anyWait, { minLength: 1, maxLength: 3 }), {
  minLength: 1,
  maxLength: 4,
});
const anyHappening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("send" as const),
      name: anyName,
      id: fc.option(fc.nat(3), { nil: undefined }),
    }),
  },
  { weight: 3, arbitrary: fc.nat(400).map((ms) => ({ do: "pause" as const, ms })) },
  { weight: 1, arbitrary: fc.constant({ do: "crash" as const }) },
);

type StepRow = { number: number; outcome?: { value: unknown } };

/** Runs a program; answers per name what was sent, and what steps got in their order. */
async function runProgram(groups: Group[], happenings: Happening[]) {
  const { app, send } = createEventApp(async (step) => {
    for (const group of groups) {
      await Promise.all(
        group.map(async ({ names, isRace }) =>
          isRace ? step.awaitEvent(names) : step.awaitEvent({ name: names[0]! }),
        ),
      );
    }
  });
  const id = await app.start("main");
  const sent: Record<string, number[]> = { a: [], b: [] };
  let next = 0;
  for (const one of happenings) {
    if (one.do === "pause") await app.runFor(one.ms);
    if (one.do === "crash" && app.faults.incarnations.some(({ isCut }) => !isCut)) {
      await app.crash();
      await app.inMutation(async (ctx) => app.executor.startExecutors(ctx));
    }
    if (one.do !== "send") continue;
    const key = one.id === undefined ? {} : { id: `id ${one.id}` };
    const status = await send(id, one.name, { value: next, ...key });
    if (status === "kept" || status === "delivered") sent[one.name]!.push(next);
    next += 1;
  }
  await app.run();
  const waits = groups.flat();
  const got: Record<string, number[]> = { a: [], b: [] };
  const rows = (await app.rows<StepRow>("steps")).sort((x, y) => x.number - y.number);
  for (const { number, outcome } of rows) {
    if (!outcome) continue;
    const { names, isRace } = waits[number]!;
    const value = outcome.value as { name: string; value: number };
    if (isRace) got[value.name]!.push(value.value);
    else got[names[0]!]!.push(outcome.value as number);
  }
  const { state } = await app.status(id);
  const open = rows.filter(({ outcome }) => !outcome).map(({ number }) => waits[number]!);
  return { app, sent, got, state, open, left: await countEventRows(app) };
}

describe("whatever is sent and awaited, in whatever order", () => {
  test("each name is delivered in its order, without a gap, and nothing that fits waits", async () => {
    await fc.assert(
      fc.asyncProperty(
        anyGroups,
        fc.array(anyHappening, { maxLength: 16 }),
        async (groups, happenings) => {
          const { sent, got, state, open, left } = await runProgram(groups, happenings);
          for (const name of ["a", "b"] as const) {
            expect(got[name]).toEqual(sent[name]!.slice(0, got[name]!.length));
            const isAwaited = open.some(({ names }) => names.includes(name));
            if (state === "running" && isAwaited) expect(got[name]).toEqual(sent[name]);
          }
          const taken = got.a!.length + got.b!.length;
          const all = sent.a!.length + sent.b!.length;
          expect(left.events).toBe(state === "running" ? all - taken : 0);
        },
      ),
      { numRuns: 60, seed: 20_261_121 },
    );
  }, 120_000);
});
