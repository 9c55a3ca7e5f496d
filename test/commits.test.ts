/** Commits whose outcome is unknown, refused or poisoned lose and repeat nothing (P4). */
import { describe, expect, test } from "vitest";
import { COMMIT_TRIES, MUTATION_TRIES } from "../src/shared/constants.js";
import type { CommitAnswer, Entry } from "../src/shared/commit.js";
import { PROTOCOL } from "../src/shared/model.js";
import type { Transition, WorkflowId } from "../src/client/index.js";
import { delay, WorkApp, type Part } from "./harness/work.js";

const ONE_SEAT = { shards: 1, seats: 1 };

/** Three sequential steps, then two parallel ones. */
const PARTS: Part[] = [
  { kind: "work", key: "first" },
  { kind: "charge", key: "charged" },
  { kind: "work", key: "second" },
  {
    kind: "all",
    parts: [
      { kind: "work", key: "left" },
      { kind: "work", key: "right" },
    ],
  },
];
const RESULT = ["first", "charged", "second", ["left", "right"]];
const ERROR = { name: "Error", message: "made up" };
const WORK_KEYS = ["first", "left", "right", "second"];

/** Commits that a run of `PARTS` without any fault makes. */
async function countCommits(): Promise<number> {
  const app = new WorkApp(ONE_SEAT);
  await app.begin(PARTS);
  await app.run();
  return app.faults.count("executor:commit");
}

describe("a commit whose outcome is unknown", () => {
  test.each(["before", "after"] as const)(
    "is found out, when each commit in turn fails %s it is applied",
    async (when) => {
      const commits = await countCommits();
      expect(commits).toBeGreaterThan(4);

      for (let skip = 0; skip < commits; skip += 1) {
        const app = new WorkApp(ONE_SEAT);
        app.faults.add({ on: "executor:commit", when, skip });
        const id = await app.begin(PARTS);
        await app.run();

        expect(await app.status(id)).toMatchObject({
          state: "completed",
          result: RESULT,
        });
        expect(app.order.sort()).toEqual(WORK_KEYS);
        expect(await app.charges()).toEqual(["charged"]);
        const numbers = (await app.rows<{ number: number }>("steps")).map(
          ({ number }) => number,
        );
        expect(numbers.sort()).toEqual([0, 1, 2, 3, 4]);
      }
    },
  );

  test.each(["before", "after"] as const)(
    "survives an outage of many tries, %s it is applied",
    async (when) => {
      const app = new WorkApp(ONE_SEAT);
      const times = COMMIT_TRIES * 3;
      app.faults.add({ on: "executor:commit", when, skip: 1, times });
      const id = await app.begin(PARTS);
      await app.run();

      expect(await app.status(id)).toMatchObject({ state: "completed", result: RESULT });
      expect(app.order.sort()).toEqual(WORK_KEYS);
    },
  );
});

describe("a commit that is not heard, of a workflow that somebody else has ended", () => {
  test("is told of as lost, not as completed", async () => {
    const told: Transition[] = [];
    const app = new WorkApp({
      ...ONE_SEAT,
      onTransitions: (some) => void told.push(...some),
    });
    const id = await app.begin([{ kind: "work", key: "a" }]);
    let isLost = false;
    app.faults.onCall = async (name, args) => {
      if (name !== "executor:commit" || isLost) return;
      const { entries } = args as { entries: Entry[] };
      isLost = entries.some(({ operations }) => operations.at(-1)?.op === "finish");
      if (!isLost) return;
      await app.inMutation(async (ctx) => app.executor.cancel(ctx, id, { force: true }));
      app.faults.add({ on: "executor:commit", when: "after" });
    };

    await app.run();

    expect(app.faults.hits.get("executor:commit")).toBe(1);
    expect(await app.status(id)).toMatchObject({ state: "canceled" });
    const ofIt = told.filter(({ workflow }) => workflow === id);
    expect(ofIt.at(-1)).toMatchObject({ event: "workflow.lost" });
    expect(ofIt.map(({ event }) => event)).not.toContain("workflow.completed");
  });
});

describe("a mutation step whose outcome is unknown", () => {
  test.each([
    { when: "before", times: 1 },
    { when: "after", times: 1 },
    { when: "after", times: MUTATION_TRIES },
    { when: "after", times: MUTATION_TRIES * 2 },
  ] as const)("runs once: $times calls fail $when it ran", async ({ when, times }) => {
    const app = new WorkApp(ONE_SEAT);
    app.faults.add({ on: "executor:runMutation", when, times });

    const id = await app.begin(PARTS);
    await app.run();

    expect(await app.charges()).toEqual(["charged"]);
    expect(await app.status(id)).toMatchObject({ state: "completed", result: RESULT });
  });

  test("fails, catchably and durably, if it can never commit", async () => {
    const app = new WorkApp(ONE_SEAT);
    app.faults.add({ on: "executor:runMutation", when: "before", times: 1_000 });

    const id = await app.begin([{ kind: "charge", key: "never" }]);
    await app.run();

    expect(await app.status(id)).toMatchObject({
      state: "failed",
      error: { code: "TRANSACTION_DIED" },
    });
    const [step] = await app.rows<{ outcome?: { kind: string } }>("steps");
    expect(step?.outcome?.kind).toBe("failed");
    expect(app.faults.count("executor:runMutation")).toBe(MUTATION_TRIES);
  });
});

describe("content that keeps failing", () => {
  test("fails its own step with COMMIT_REJECTED; the neighbors in its batch complete", async () => {
    const app = new WorkApp(ONE_SEAT);
    const batch: number[] = [];
    app.faults.onCall = async (name, args) => {
      if (name !== "executor:commit") return;
      await delay(5); // what becomes ready meanwhile forms the next commit
      const { entries } = args as { entries: Entry[] };
      if (!isPoisoned(entries)) return;
      batch.push(entries.length);
      throw new Error("this content can never be written");
    };

    const [other, poison, ...more] = await app.startMany(
      "main",
      ["a", "poison", "b", "c"].map((key) => ({
        args: { parts: [{ kind: "work", key }] },
      })),
    );
    await app.run();

    expect(Math.max(...batch)).toBeGreaterThan(1);
    expect(batch.at(-1)).toBe(1);
    const error = {
      code: "COMMIT_REJECTED",
      message: expect.stringContaining('"poison"'),
    };
    expect(await app.status(poison!)).toMatchObject({ state: "failed", error });
    expect((await app.steps(poison!)).page).toMatchObject([{ outcome: { error } }]);
    for (const id of [other!, ...more]) {
      expect(await app.status(id)).toMatchObject({ state: "completed" });
    }
    expect(app.order.sort()).toEqual(["a", "b", "c", "poison"]);
  });

  test("is caught by a handler, whose other steps keep what they had", async () => {
    const app = new WorkApp({ ...ONE_SEAT, slotsPerShard: 8 });
    app.faults.onCall = async (name, args) => {
      if (name !== "executor:commit") return;
      await delay(5);
      if (isPoisoned((args as { entries: Entry[] }).entries)) throw new Error("never");
    };
    const keys = ["a", "b", "poison", "c", "d"];
    const works = keys.map((key): Part => ({ kind: "work", key }));

    const id = await app.begin([
      { kind: "caught", parts: works },
      { kind: "work", key: "e" },
    ]);
    await app.run();

    const { state, result } = await app.status(id);
    expect({ state, result }).toEqual({
      state: "completed",
      result: [["a", "b", "COMMIT_REJECTED", "c", "d"], "e"],
    });
    expect(app.order.sort()).toEqual(["a", "b", "c", "d", "e", "poison"]);
  });

  test("that is a child to start fails that step; its workflow goes on", async () => {
    const app = new WorkApp(ONE_SEAT);
    app.faults.onCall = (name, args) => {
      if (name !== "executor:commit") return;
      const { entries } = args as { entries: Entry[] };
      const isChild = entries.some(({ operations }) =>
        operations.some((one) => one.op === "step" && one.child),
      );
      if (isChild) throw new Error("Too many writes in a single function execution");
    };

    const id = await app.begin([
      { kind: "work", key: "a" },
      { kind: "caught", parts: [{ kind: "child", parts: [] }] },
      { kind: "work", key: "b" },
    ]);
    await app.run();

    expect(await app.status(id)).toMatchObject({
      state: "completed",
      result: ["a", ["COMMIT_REJECTED"], "b"],
    });
    expect(app.order).toEqual(["a", "b"]);
  });

  test("fails a workflow whose step cannot even be recorded as failed", async () => {
    const app = new WorkApp(ONE_SEAT);
    app.faults.onCall = (name, args) => {
      if (name !== "executor:commit") return;
      const { entries } = args as { entries: Entry[] };
      const isFirst = entries.some(({ operations }) =>
        operations.some(({ op }) => op === "step"),
      );
      if (isFirst) throw new Error("this content can never be written");
    };

    const id = await app.begin([{ kind: "work", key: "a" }]);
    await app.run();

    expect(await app.status(id)).toMatchObject({
      state: "failed",
      error: { code: "COMMIT_REJECTED" },
    });
    expect(app.attempts).toEqual([]);
  });

  /** The result of the work "poison" can never be written. */
  function isPoisoned(entries: Entry[]): boolean {
    return entries.some(({ operations }) =>
      operations.some(
        (one) =>
          one.op === "settle" &&
          one.outcome.kind === "completed" &&
          one.outcome.value === "poison",
      ),
    );
  }
});

describe("the commit mutation", () => {
  /** A workflow whose step runs, its executor cut off, so that a test commits for it. */
  async function createHeld() {
    const app = new WorkApp(ONE_SEAT);
    const id = await app.begin([{ kind: "work", key: "long", ms: 60_000 }]);
    await app.runUntilWorking("long");
    app.faults.onCall = async (name) => {
      if (name === "executor:commit") await new Promise<never>(() => undefined);
    };
    const [claim] = await app.rows<{ _id: string; executor: string }>("claims");
    const [heartbeat] = await app.rows<{ _id: string; commitSeq: number }>("heartbeats");
    const held = { id, claim: claim!._id, executor: heartbeat!._id };
    return { app, ...held, seq: heartbeat!.commitSeq };
  }

  async function commit(
    app: WorkApp,
    args: { executor: string; seq: number; entries: Entry[]; protocol?: number },
  ): Promise<CommitAnswer> {
    const all = { protocol: PROTOCOL, seat: 0, ...args };
    return await app.call("mutation", app.component.executor.commit, all);
  }

  function settle(id: WorkflowId, claim: string): Entry {
    const outcome = { kind: "completed" as const, value: "forged" };
    const operation = { op: "settle" as const, number: 0, outcome, settledAt: 0 };
    return { workflow: id, generation: 0, claim, operations: [operation] };
  }

  async function outcomes(app: WorkApp): Promise<unknown[]> {
    const steps = await app.rows<{ outcome?: unknown }>("steps");
    return steps.map(({ outcome }) => outcome ?? null);
  }

  test("applies the number after the stored one", async () => {
    const { app, id, claim, executor, seq } = await createHeld();

    const entries = [settle(id, claim)];
    const answer = await commit(app, { executor, seq: seq + 1, entries });

    expect(answer.kind).toBe("applied");
    expect(answer.entries).toEqual([{ kind: "applied", claim }]);
    expect(await outcomes(app)).toEqual([{ kind: "completed", value: "forged" }]);
  });

  test.each([
    { title: "the stored number", by: 0, kind: "repeated" },
    { title: "an older number", by: -1, kind: "refused" },
    { title: "a number too far ahead", by: 2, kind: "refused" },
  ])("writes nothing for $title", async ({ by, kind }) => {
    const { app, id, claim, executor, seq } = await createHeld();

    const entries = [settle(id, claim)];
    const answer = await commit(app, { executor, seq: seq + by, entries });

    expect(answer.kind).toBe(kind);
    expect(await outcomes(app)).toEqual([null]);
  });

  test.each([
    { title: "an executor that no seat knows", wrong: { executor: "nobody" } },
    { title: "another protocol", wrong: { protocol: PROTOCOL + 1 } },
  ])("refuses $title", async ({ wrong }) => {
    const { app, id, claim, executor, seq } = await createHeld();

    const entries = [settle(id, claim)];
    const answer = await commit(app, { executor, seq: seq + 1, entries, ...wrong });

    expect(answer).toEqual({ kind: "refused", membership: "none", entries: [] });
    expect(await outcomes(app)).toEqual([null]);
  });

  test("answers that a claim is lost, and writes nothing of that entry alone", async () => {
    const { app, id, claim, executor, seq } = await createHeld();
    const [other] = await app.startMany("main", [{ args: { parts: [] } }]);
    const [task] = await app.rows<{ _id: string }>("taskQueue");
    await app.inMutation(async (ctx) => app.executor.cancel(ctx, id, { force: true }));

    const claimTask = { op: "claimTask" as const, task: task!._id, startedAt: 1 };
    const begun: Entry = { workflow: other!, generation: 0, operations: [claimTask] };
    const entries = [settle(id, claim), begun];
    const answer = await commit(app, { executor, seq: seq + 1, entries });

    expect(answer.entries[0]).toEqual({ kind: "lost" });
    expect(answer.entries[1]?.kind).toBe("applied");
    expect(await outcomes(app)).toEqual([null]);
  });

  test("answers a repetition with the claims that still stand", async () => {
    const { app, id, claim, executor, seq } = await createHeld();
    const entry = settle(id, claim);
    const finish = { op: "release" as const, requeue: true };
    const ended = { ...entry, operations: [...entry.operations, finish] };

    const before = await commit(app, { executor, seq, entries: [entry, ended] });
    await app.inMutation(async (ctx) => app.executor.cancel(ctx, id));
    const after = await commit(app, { executor, seq, entries: [entry] });

    expect(before.entries).toEqual([
      { kind: "applied", claim },
      { kind: "applied", claim: null },
    ]);
    expect(after.entries).toEqual([{ kind: "lost" }]);
  });

  test.each([
    {
      op: "finish" as const,
      outcome: { kind: "failed" as const, error: ERROR },
      after: [],
    },
    { op: "release" as const, requeue: false },
    { op: "park" as const, error: ERROR, fingerprint: "other code" },
  ])("answers the repetition of a lost $op that it was lost", async (last) => {
    const { app, id, claim, executor, seq } = await createHeld();
    await app.inMutation(async (ctx) => app.executor.cancel(ctx, id, { force: true }));
    const entries = [{ workflow: id, generation: 0, claim, operations: [last] }];
    const sent = { executor, seq: seq + 1, entries };

    const first = await commit(app, sent);
    const second = await commit(app, sent);
    const empty = await commit(app, { ...sent, entries: [] });

    expect(first).toMatchObject({ kind: "applied", entries: [{ kind: "lost" }] });
    expect(second).toEqual({ ...first, kind: "repeated" });
    expect(empty).toMatchObject({ kind: "repeated", entries: [] });
  });

  test("lets a draining executor commit, but take no claim", async () => {
    const { app, id, claim, executor, seq } = await createHeld();
    const [other] = await app.startMany("main", [{ args: { parts: [] } }]);
    const [task] = await app.rows<{ _id: string }>("taskQueue");
    await app.operate("bumpEpoch");

    const claimTask = { op: "claimTask" as const, task: task!._id, startedAt: 1 };
    const begun: Entry = { workflow: other!, generation: 0, operations: [claimTask] };
    const entries = [settle(id, claim), begun];
    const answer = await commit(app, { executor, seq: seq + 1, entries });

    expect(answer.membership).toBe("draining");
    expect(answer.entries).toEqual([{ kind: "applied", claim }, { kind: "lost" }]);
    expect((await app.status(other!)).state).toBe("pending");
  });

  test("writes nothing under a claim that another incarnation of the seat holds", async () => {
    const { app, id, claim, executor } = await createHeld();
    await app.operate("bumpEpoch", { restart: true });
    await app.runFor(100);
    const heartbeats = await app.rows<{ _id: string; commitSeq: number }>("heartbeats");
    const successor = heartbeats.find(({ _id }) => _id !== executor)!;

    const seq = successor.commitSeq + 1;
    const entries = [settle(id, claim)];
    const answer = await commit(app, { executor: successor._id, seq, entries });

    expect(answer).toMatchObject({ membership: "current", entries: [{ kind: "lost" }] });
    expect(await outcomes(app)).toEqual([null]);
  });

  test("writes nothing for another generation than the claimed one", async () => {
    const { app, id, claim, executor, seq } = await createHeld();

    const entries = [{ ...settle(id, claim), generation: 1 }];
    const answer = await commit(app, { executor, seq: seq + 1, entries });

    expect(answer.entries).toEqual([{ kind: "lost" }]);
    expect(await outcomes(app)).toEqual([null]);
  });
});
