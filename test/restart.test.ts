/** A workflow restarts, whole or from a step, whatever it is doing; nothing old is recorded. */
import { describe, expect, test } from "vitest";
import type { WorkflowId } from "../src/client/index.js";
import { reach, STATES, type StateName } from "./harness/states.js";
import { catchRefusal } from "./harness/refusal.js";
import { WorkApp, type Part } from "./harness/work.js";

type Options = { fromStep?: number | string };

async function restart(app: WorkApp, id: WorkflowId, options: Options = {}) {
  return await app.inMutation(async (ctx) => app.executor.restart(ctx, id, options));
}

const work = (key: string, ms?: number): Part => ({
  kind: "work",
  key,
  ...(ms === undefined ? {} : { ms }),
});
const charge = (key: string): Part => ({ kind: "charge", key });

/** The generations whose rows the journal of a workflow is read from, in its order. */
async function owners(app: WorkApp, id: WorkflowId): Promise<number[]> {
  const rows = await app.rows<{ workflow: string; generation: number; number: number }>(
    "steps",
  );
  const { page } = await app.steps(id);
  const { inherits = [], generation } = (
    await app.rows<{
      _id: string;
      generation: number;
      inherits?: { generation: number; below: number }[];
    }>("workflows")
  ).find(({ _id }) => _id === id)!;
  return page.map(({ number }) => {
    const owner = inherits.find(({ below }) => number < below)?.generation ?? generation;
    const found = rows.filter(
      (row) => row.workflow === id && row.number === number && row.generation === owner,
    );
    expect(found).toHaveLength(1);
    return owner;
  });
}

describe("restart of a whole workflow", () => {
  /** How each state's workflow ends after a restart; the rest completes. */
  const ENDS: Partial<Record<StateName, string>> = { W9_FAILED: "failed" };

  test.each(STATES)("in %s begins anew, and completes", async (state) => {
    const { app, id, child } = await reach(state);
    await app.runFor(1);

    const answer = await restart(app, id);

    expect(answer).toEqual({ generation: 1 });
    expect(await app.audit()).toEqual([]);
    expect(await app.status(id)).toMatchObject({ state: "pending", generation: 1 });
    await app.operate("startExecutors");
    await app.run();
    const status = await app.status(id);
    expect(status.state).toBe(ENDS[state] ?? "completed");
    if (child) expect((await app.status(child)).state).not.toBe("running");
    expect(await app.rows("claims")).toEqual([]);
    expect(await app.rows("replayQueue")).toEqual([]);
    expect(app.overlaps).toEqual([]);
  });

  test.each(STATES)("in %s twice in a row leaves one generation", async (state) => {
    const { app, id } = await reach(state);
    await app.runFor(1);

    await restart(app, id);
    await restart(app, id);

    expect(await app.audit()).toEqual([]);
    await app.operate("startExecutors");
    await app.run();
    expect(await app.status(id)).toMatchObject({
      state: ENDS[state] ?? "completed",
      generation: 2,
    });
  });

  test("aborts what runs, and takes the new generation up without waiting", async () => {
    const app = new WorkApp({ shards: 1, seats: 1 });
    const id = await app.begin([work("a"), work("long", 60_000)]);
    await app.runUntilWorking("long");
    const restartedAt = app.now();

    await restart(app, id);
    await app.runUntil(() => app.attemptsOf("a") === 2);

    expect(app.now() - restartedAt).toBeLessThan(2_000);
    expect(app.attempts.find(({ key }) => key === "long")?.isAborted).toBe(true);
    await app.run();
    expect(await app.status(id)).toMatchObject({ result: ["a", "long"] });
  });

  test("keeps the arguments and the place in line, and forgets the old outcome", async () => {
    const app = new WorkApp();
    const id = await app.begin([work("a")]);
    await app.run();
    const [before] = await app.rows<{ workflowCreatedAt: number }>("workflows");

    await restart(app, id);
    const status = await app.status(id);

    expect(status.result).toBeUndefined();
    expect(status.finishedAt).toBeUndefined();
    expect(status.startedAt).toBeUndefined();
    expect(await app.rows("taskQueue")).toMatchObject([
      { workflowCreatedAt: before!.workflowCreatedAt, generation: 1 },
    ]);
    expect(await app.rows("payloads")).toHaveLength(1);
    await app.run();
    expect(await app.status(id)).toMatchObject({ state: "completed", result: ["a"] });
  });

  test("gives steps new idempotency keys", async () => {
    const app = new WorkApp();
    const id = await app.begin([work("a")]);
    await app.run();
    await restart(app, id);
    await app.run();

    expect(app.attempts.map(({ step }) => step)).toEqual([`${id}/0/0`, `${id}/1/0`]);
  });

  test("cancels the children of the old generation alone", async () => {
    const app = new WorkApp({ shards: 1, seats: 1 });
    const id = await app.begin([{ kind: "child", parts: [work("grown", 500)] }]);
    await app.runUntilWorking("grown");

    await restart(app, id);
    await app.run();

    const children = await app.rows<{ parent?: { generation: number }; state: string }>(
      "workflows",
    );
    const ends = children
      .filter(({ parent }) => parent)
      .map(({ parent, state }) => [parent!.generation, state]);
    expect(ends).toEqual([
      [0, "canceled"],
      [1, "completed"],
    ]);
    expect(await app.status(id)).toMatchObject({ result: [["grown"]] });
  });
});

describe("restart from a step", () => {
  const PARTS = [work("a"), charge("b"), work("c"), charge("d")];

  async function complete(parts: Part[] = PARTS) {
    const app = new WorkApp();
    const id = await app.begin(parts);
    await app.run();
    return { app, id };
  }

  test.each([
    [0, { a: 2, c: 2 }, ["b", "b", "d", "d"], [1, 1, 1, 1]],
    [1, { a: 1, c: 2 }, ["b", "b", "d", "d"], [0, 1, 1, 1]],
    [2, { a: 1, c: 2 }, ["b", "d", "d"], [0, 0, 1, 1]],
    [3, { a: 1, c: 1 }, ["b", "d", "d"], [0, 0, 0, 1]],
    [4, { a: 1, c: 1 }, ["b", "d"], [0, 0, 0, 0]],
    ["c", { a: 1, c: 2 }, ["b", "d", "d"], [0, 0, 1, 1]],
  ])("%s runs it and what follows again", async (fromStep, runs, charges, expected) => {
    const { app, id } = await complete();

    await restart(app, id, { fromStep });
    expect(await app.audit()).toEqual([]);
    await app.run();

    expect(await app.status(id)).toMatchObject({
      state: "completed",
      generation: 1,
      result: ["a", "b", "c", "d"],
    });
    expect({ a: app.attemptsOf("a"), c: app.attemptsOf("c") }).toEqual(runs);
    expect(await app.charges()).toEqual(charges);
    expect(await owners(app, id)).toEqual(expected);
  });

  test("again and again reads a chain of generations", async () => {
    const { app, id } = await complete();

    for (const fromStep of [3, 1, 3, 2, 4]) {
      await restart(app, id, { fromStep });
      await app.run();
      expect((await app.status(id)).state).toBe("completed");
    }

    // The third restart went back to 1, so the second generation holds 1, and so on.
    expect(await owners(app, id)).toEqual([0, 2, 4, 4]);
    const { page } = await app.executor.listSteps(app.reader, {
      workflow: id,
      limit: 1,
    });
    expect(page.map(({ number }) => number)).toEqual([0]);
  });

  test("pages through a chain with listSteps", async () => {
    const { app, id } = await complete();
    await restart(app, id, { fromStep: 2 });
    await app.run();

    const numbers: number[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const args = { workflow: id, limit: 1, cursor };
      const answer = await app.executor.listSteps(app.reader, args);
      numbers.push(...answer.page.map(({ number }) => number));
      cursor = answer.cursor;
    }

    expect(numbers).toEqual([0, 1, 2, 3]);
  });

  test("while it is hot keeps what has settled, and drops the rest", async () => {
    const app = new WorkApp({ shards: 1, seats: 1 });
    const id = await app.begin([work("a"), work("long", 60_000)]);
    await app.runUntilWorking("long");

    await restart(app, id, { fromStep: 1 });
    await app.run();

    expect(app.attemptsOf("a")).toBe(1);
    expect(app.attemptsOf("long")).toBe(2);
    expect(await app.status(id)).toMatchObject({ result: ["a", "long"] });
    expect(app.overlaps).toEqual([]);
  });

  test("keeps the handler's clock and random numbers where they are replayed", async () => {
    const { app, id } = await complete();
    const before = await app.status(id);

    app.clock.jump(60_000);
    await restart(app, id, { fromStep: 3 });
    await app.run();

    expect((await app.status(id)).startedAt).toBe(before.startedAt);
  });

  test("a crash right after it loses nothing", async () => {
    const app = new WorkApp({ shards: 1, seats: 1 });
    const id = await app.begin([work("a"), work("b", 60_000), work("c")]);
    await app.runUntilWorking("b");

    await restart(app, id, { fromStep: 1 });
    await app.crash();
    await app.operate("startExecutors");
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed", generation: 1 });
    expect(app.attemptsOf("a")).toBe(1);
  });

  test("of two thousand steps reads each once, and writes none", async () => {
    const app = new WorkApp({ shards: 1, seats: 1 });
    const all = Array.from({ length: 200 }, (_, index) => work(`w${index}`, 1));
    const rounds = Array.from({ length: 10 }, (): Part => ({ kind: "all", parts: all }));
    const id = await app.begin([...rounds, charge("last")]);
    await app.run();
    const before = await app.rows("steps");

    await restart(app, id, { fromStep: 2_000 });
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed", generation: 1 });
    expect(before).toHaveLength(2_001);
    expect(await app.rows("steps")).toHaveLength(2_002);
    expect(await app.charges()).toEqual(["last", "last"]);
    expect(app.attempts).toHaveLength(2_000);
  });
});

describe("restart is refused", () => {
  async function startAndRun() {
    const app = new WorkApp();
    const id = await app.begin([work("a"), work("b")]);
    await app.run();
    return { app, id };
  }

  test.each([
    [3, "has no step 3: its journal has 2 steps"],
    [-1, "has no step -1"],
    [0.5, "has no step 0.5"],
    ["nobody", 'none of its last 2 steps is named "nobody"'],
  ])("from step %s", async (fromStep, text) => {
    const { app, id } = await startAndRun();

    const error = await catchRefusal(async () => restart(app, id, { fromStep }));

    expect(error).toMatchObject({ code: "RESTART_REFUSED" });
    expect(error.message).toContain(text);
    expect(await app.status(id)).toMatchObject({ state: "completed", generation: 0 });
  });

  test("from a step after one that has not settled", async () => {
    const app = new WorkApp({ shards: 1, seats: 1 });
    const parts = [work("long", 60_000), work("short", 10)];
    const id = await app.begin([{ kind: "all", parts }]);
    await app.runUntil(async () => {
      const { page } = await app.steps(id);
      return page[1]?.settledAt !== undefined;
    });

    const error = await catchRefusal(async () => restart(app, id, { fromStep: 1 }));

    expect(error.message).toContain('step 0 ("long") before step 1 has not settled');
    await app.run();
    expect((await app.status(id)).state).toBe("completed");
  });

  test("when the journal would be spread over too many generations", async () => {
    const app = new WorkApp();
    const parts = Array.from({ length: 40 }, (_, index) => work(`w${index}`, 1));
    const id = await app.begin(parts);
    await app.run();
    for (let fromStep = 1; fromStep <= 32; fromStep += 1) {
      await restart(app, id, { fromStep });
      await app.run();
    }

    const error = await catchRefusal(async () => restart(app, id, { fromStep: 34 }));

    expect(error.message).toContain("already spread over 32 generations");
    await restart(app, id, { fromStep: 20 });
    await app.run();
    expect((await app.status(id)).state).toBe("completed");
  });
});
