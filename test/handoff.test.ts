/** An ageing or unwanted executor gives its work away and loses none of it (P5). */
import { describe, expect, test } from "vitest";
import { WorkApp, type Part } from "./harness/work.js";
import { IS_CONCURRENT } from "./harness/deployment.js";

/** Until a sleeper that was given back is taken up; replaying it takes a few transactions. */
const LATE_MS_MAX = IS_CONCURRENT ? 500 : 200;
/** Old after a second, gone half a second later. */
const SHORT_LIVED = { shards: 1, seats: 1, lifetimeMs: 1_000, drainMs: 500 };

function work(key: string, ms: number): Part {
  return { kind: "work", key, ms };
}

type Seat = {
  state: string;
  epoch: number;
  current: { executor: string } | null;
  draining: { executor: string }[];
};

async function seat(app: WorkApp): Promise<Seat> {
  const [row] = await app.rows<Seat>("seats");
  return row!;
}

describe("an executor at the end of its life", () => {
  test("starts its successor and finishes a step that runs", async () => {
    const app = new WorkApp({ ...SHORT_LIVED, lifetimeMs: 2_000, drainMs: 1_000 });

    const id = await app.begin([work("a", 2_300), work("b", 10)]);
    await app.run();

    expect(await app.status(id)).toMatchObject({ result: ["a", "b"] });
    expect(app.attempts.map(({ attempt }) => attempt)).toEqual([1, 1]);
    expect(app.faults.incarnations).toHaveLength(2);
  });

  test("interrupts a step that outlasts the drain window; the successor runs it again", async () => {
    const app = new WorkApp({ ...SHORT_LIVED, lifetimeMs: 10_000, drainMs: 2_000 });

    const id = await app.begin([work("a", 8_500), work("b", 4_000)]);
    await app.run();

    expect((await app.status(id)).state).toBe("completed");
    const [, first, second] = app.attempts;
    expect(first).toMatchObject({ key: "b", attempt: 1, isAborted: true });
    expect(second).toMatchObject({ key: "b", attempt: 2, isAborted: false });
    expect(app.overlaps).toEqual([]);
    expect((await app.steps(id)).page[1]).toMatchObject({ attempts: 2, failures: 0 });
  });

  test("gives sleepers back at once; they wake on time", async () => {
    const app = new WorkApp(SHORT_LIVED);

    const id = await app.begin([{ kind: "sleep", ms: 5_000 }, work("woken", 1)]);
    await app.runUntil(() => app.faults.incarnations.length === 2);
    const handedOverAt = app.now();
    const successor = (await seat(app)).current!.executor;
    await app.runUntil(async () =>
      (await app.rows<{ executor: string }>("claims")).some(
        ({ executor }) => executor === successor,
      ),
    );
    const heldAt = app.now();
    await app.run();

    expect(heldAt - handedOverAt).toBeLessThan(SHORT_LIVED.drainMs);
    const [sleep] = (await app.steps(id)).page;
    const late = app.attempts[0]!.startedAt - (sleep!.startedAt + 5_000);
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(LATE_MS_MAX);
    expect(app.faults.incarnations.length).toBeGreaterThanOrEqual(4);
  });

  test("keeps a backoff going in its successor, without counting failures", async () => {
    const app = new WorkApp({ ...SHORT_LIVED, lifetimeMs: 300 });

    const id = await app.begin([{ kind: "work", key: "flaky", failures: 3 }]);
    await app.run();

    expect((await app.status(id)).state).toBe("completed");
    expect(app.attemptsOf("flaky")).toBe(4);
    expect((await app.steps(id)).page[0]).toMatchObject({ failures: 3 });
  });

  test("takes no new work while it drains", async () => {
    const app = new WorkApp(SHORT_LIVED);
    await app.begin([work("a", 1_400)]);
    await app.runUntil(() => app.faults.incarnations.length === 2);

    await app.begin([work("b", 10)]);
    await app.runUntilWorking("b");

    const claims = await app.rows<{ executor: string }>("claims");
    const { current, draining } = await seat(app);
    expect(claims.map(({ executor }) => executor)).toEqual([
      draining[0]!.executor,
      current!.executor,
    ]);
  });

  test("is forgotten once it holds nothing", async () => {
    const app = new WorkApp(SHORT_LIVED);
    await app.begin([work("a", 1_300), { kind: "sleep", ms: 300 }]);
    await app.runUntil(() => app.faults.incarnations.length === 2);
    expect((await seat(app)).draining).toHaveLength(1);

    await app.runUntil(async () => (await seat(app)).draining.length === 0);

    expect(await app.rows("heartbeats")).toHaveLength(1);
  });

  test("leaves nothing behind over many handoffs of a long workflow", async () => {
    const app = new WorkApp({ ...SHORT_LIVED, slotsPerShard: 2 });
    const parts = Array.from({ length: 30 }, (_, n): Part =>
      n % 5 === 4 ? { kind: "charge", key: `c${n}` } : work(`w${n}`, 250),
    );
    const parallel: Part[] = Array.from({ length: 12 }, (_, n) => work(`p${n}`, 350));

    const ids = [
      await app.begin(parts),
      await app.begin([{ kind: "all", parts: parallel }]),
    ];
    await app.run();

    for (const id of ids) expect((await app.status(id)).state).toBe("completed");
    expect(app.faults.incarnations.length).toBeGreaterThan(5);
    expect(app.overlaps).toEqual([]);
    expect(await app.charges()).toEqual(["c14", "c19", "c24", "c29", "c4", "c9"]);
    const completed = app.attempts.filter(({ isAborted }) => !isAborted);
    expect(completed).toHaveLength(24 + 12);
  });
});

describe("the slots of a seat", () => {
  // The longest step may be interrupted once, and not for ever.
  const FOUR_SLOTS = { ...SHORT_LIVED, drainMs: 1_000, slotsPerShard: 4 };

  test("are shared with a predecessor that still runs steps", async () => {
    const app = new WorkApp(FOUR_SLOTS);
    for (const key of ["a", "b", "c"]) await app.begin([work(key, 1_400)]);
    await app.runUntil(() => app.faults.incarnations.length === 2);

    for (const key of ["d", "e", "f", "g"]) await app.begin([work(key, 100)]);
    await app.run();

    expect(app.concurrencyMax).toBe(4);
    expect(app.order).toEqual(["a", "b", "c", "d", "e", "f", "g"]);
  });

  test("all belong to the successor as soon as the predecessor has left", async () => {
    const app = new WorkApp({ ...FOUR_SLOTS, lifetimeMs: 10_000, drainMs: 5_000 });
    for (const key of ["a", "b", "c"]) await app.begin([work(key, 11_000)]);
    await app.runUntil(() => app.faults.incarnations.length === 2);

    for (const key of ["d", "e", "f", "g"]) await app.begin([work(key, 8_000)]);
    await app.runUntil(async () => (await seat(app)).draining.length === 0);
    await app.runFor(2_000);

    expect(app.order.slice(3)).toEqual(["d", "e", "f", "g"]);
    await app.run();
  });
});

describe("bumpEpoch", () => {
  const ONE_SEAT = { shards: 1, seats: 1, drainMs: 500 };

  test("drains and stops: running steps finish, later ones wait", async () => {
    const app = new WorkApp(ONE_SEAT);
    const id = await app.begin([work("a", 300), work("b", 10)]);
    await app.runUntilWorking("a");

    await app.operate("bumpEpoch");
    await app.run();

    expect(app.order).toEqual(["a"]);
    expect((await app.status(id)).state).toBe("running");
    expect(await seat(app)).toMatchObject({
      state: "stopped",
      epoch: 1,
      current: null,
      draining: [],
    });
    expect(await app.audit()).toEqual([]);
  });

  test("keeps new work waiting until startExecutors", async () => {
    const app = new WorkApp(ONE_SEAT);
    await app.begin([work("a", 10)]);
    await app.run();
    await app.operate("bumpEpoch");
    const begun = app.faults.incarnations.length;

    const id = await app.begin([work("b", 10)]);
    await app.run();
    expect(app.faults.incarnations).toHaveLength(begun);
    expect((await app.status(id)).state).toBe("pending");

    expect(await app.operate("startExecutors")).toEqual({ started: 1 });
    await app.run();
    expect((await app.status(id)).state).toBe("completed");
  });

  test("takes up again what it stopped, without repeating finished steps", async () => {
    const app = new WorkApp(ONE_SEAT);
    const id = await app.begin([
      work("a", 300),
      { kind: "charge", key: "c" },
      work("b", 1),
    ]);
    await app.runUntilWorking("a");
    await app.operate("bumpEpoch");
    await app.run();

    await app.operate("startExecutors");
    await app.run();

    expect((await app.status(id)).state).toBe("completed");
    expect(app.order).toEqual(["a", "b"]);
    expect(await app.charges()).toEqual(["c"]);
  });

  test("with restart hands every seat over at once", async () => {
    const app = new WorkApp({ ...ONE_SEAT, shards: 2, seats: 2 });
    const ids = await app.startMany(
      "main",
      ["a", "b"].map((key) => ({
        args: { parts: [work(key, 300), work(`${key}2`, 1)] },
      })),
    );
    await app.runUntil(() => app.attempts.length === 2);

    expect(await app.operate("bumpEpoch", { restart: true })).toEqual({
      seats: 2,
      epoch: 1,
    });
    await app.run();

    for (const id of ids) expect((await app.status(id)).state).toBe("completed");
    expect(app.faults.incarnations).toHaveLength(4);
    expect(app.attempts.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1]);
  });

  test("twice in a row keeps both predecessors known until they have left", async () => {
    const app = new WorkApp(ONE_SEAT);
    const id = await app.begin([work("a", 400)]);
    await app.runUntilWorking("a");

    await app.operate("bumpEpoch", { restart: true });
    await app.runFor(20);
    await app.operate("bumpEpoch", { restart: true });
    await app.run();

    expect(await app.status(id)).toMatchObject({ state: "completed", result: ["a"] });
    expect(app.attemptsOf("a")).toBe(1);
    expect(await seat(app)).toMatchObject({ state: "idle", epoch: 2, draining: [] });
  });
});
