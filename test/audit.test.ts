/**
 * The audit names every invariant that is made false by hand, and the row that breaks it.
 *
 * Each case breaks one, looks, and repairs: the harness audits once more at the end.
 */
import type { AnyDataModel, GenericDatabaseWriter } from "convex/server";
import type { GenericId } from "convex/values";
import { describe, expect, test } from "vitest";
import { HOT_GRACE_MS } from "../src/shared/constants.js";
import { TestApp, workflowRef } from "./harness/app.js";

type Db = GenericDatabaseWriter<AnyDataModel>;
type Row = { _id: GenericId<string>; [field: string]: unknown };
type Violation = { invariant: string; message: string; row: string };

/** A finished workflow, a queued one, a hot one, and a cold one that waits for a child. */
async function createScene() {
  const never = new Promise<never>(() => undefined);
  const app = new TestApp({ shards: 1 }, (executor) => ({
    done: executor.define({}).handler(async () => null),
    hold: executor
      .define({})
      .handler(async (step) => await step.run("hold", () => never)),
    parent: executor
      .define({})
      .handler(async (step) => await step.runWorkflow(workflowRef("hold"), {})),
  }));
  const done = await app.start("done");
  const hot = await app.start("hold");
  const parent = await app.start("parent");
  await app.runUntil(async () => (await app.rows("steps")).length === 3);
  await app.runFor(2 * HOT_GRACE_MS); // until the parent is cold
  const queued = await app.start("done");
  return { app, done, hot, parent, queued };
}

type Scene = Awaited<ReturnType<typeof createScene>>;

async function find(db: Db, table: string, workflow?: string): Promise<Row> {
  const rows = (await db.query(table).collect()) as Row[];
  return rows.find((row) => workflow === undefined || row.workflow === workflow)!;
}

/** Inserts a copy of a row; answers how to undo it. */
async function copy(db: Db, table: string, row: Row, changes: object = {}) {
  const { _id, _creationTime, ...fields } = row;
  return await insert(db, table, { ...fields, ...changes });
}

async function insert(db: Db, table: string, fields: object) {
  const id = await db.insert(table, { ...fields });
  return async (undo: Db) => await undo.delete(table, id);
}

async function remove(db: Db, table: string, row: Row) {
  await db.delete(table, row._id);
  return async (undo: Db) => void (await copy(undo, table, row));
}

async function patch(db: Db, table: string, row: Row, changes: Record<string, unknown>) {
  await db.patch(table, row._id, changes);
  const old = Object.fromEntries(
    Object.keys(changes).map((field) => [field, row[field]]),
  );
  return async (undo: Db) => await undo.patch(table, row._id, old);
}

type Break = (db: Db, scene: Scene) => Promise<(undo: Db) => Promise<void>>;

const broken: [invariant: string, what: string, message: RegExp, breakIt: Break][] = [
  [
    "I1",
    "an unfinished workflow that stands nowhere",
    /is pending but has no task, claim, replayQueue row or pending wait/,
    async (db, { queued }) =>
      await remove(db, "taskQueue", await find(db, "taskQueue", queued)),
  ],
  [
    "I1",
    "a hot workflow without its claim",
    /is running but has no task, claim/,
    async (db, { hot }) => await remove(db, "claims", await find(db, "claims", hot)),
  ],
  [
    "I1",
    "a cold workflow whose child is finished",
    /is running but has no task, claim/,
    async (db, { parent, done }) =>
      await patch(db, "steps", await find(db, "steps", parent), { child: done }),
  ],
  [
    "I2",
    "a finished workflow that is queued",
    /is finished but still queued or claimed/,
    async (db, { queued, done }) =>
      await copy(db, "taskQueue", await find(db, "taskQueue", queued), {
        workflow: done,
      }),
  ],
  [
    "I2",
    "a queue's row of a finished workflow",
    /in taskQueue belongs to workflow .* finished or gone/,
    async (db, { queued, done }) =>
      await copy(db, "taskQueue", await find(db, "taskQueue", queued), {
        workflow: done,
      }),
  ],
  [
    "I2",
    "a queue's row of another generation",
    /in taskQueue belongs to generation 7/,
    async (db, { queued }) =>
      await patch(db, "taskQueue", await find(db, "taskQueue", queued), {
        generation: 7,
      }),
  ],
  [
    "I3",
    "a task in a queue and in a claim",
    /waits to begin and is queued or claimed too/,
    async (db, { queued, hot }) =>
      await copy(db, "taskQueue", await find(db, "taskQueue", queued), { workflow: hot }),
  ],
  [
    "I3",
    "a task that is queued twice",
    /has more than one row in taskQueue/,
    async (db, { queued }) =>
      await copy(db, "taskQueue", await find(db, "taskQueue", queued)),
  ],
  [
    "I3",
    "a workflow that is claimed twice",
    /is claimed more than once/,
    async (db, { hot }) => await copy(db, "claims", await find(db, "claims", hot)),
  ],
  [
    "I4",
    "a step with two rows",
    /is one of several rows of step 0/,
    async (db, { parent }) => await copy(db, "steps", await find(db, "steps", parent)),
  ],
  [
    "I4",
    "a step without the one before it",
    /is step 7 of .*, which has no step 6/,
    async (db, { parent }) =>
      await copy(db, "steps", await find(db, "steps", parent), { number: 7 }),
  ],
  [
    "I4",
    "a step with a time of settling and no outcome",
    /has an outcome without its time, or a time without its outcome/,
    async (db, { parent }) =>
      await copy(db, "steps", await find(db, "steps", parent), {
        number: 1,
        settledAt: 1,
      }),
  ],
  [
    "I5",
    "a claim of an executor that no seat knows",
    /is held by executor .*, which no seat knows/,
    async (db) =>
      await patch(db, "seats", await find(db, "seats"), { current: null, draining: [] }),
  ],
  [
    "I5",
    "a claim on another generation",
    /holds generation 7 of workflow/,
    async (db, { hot }) =>
      await patch(db, "claims", await find(db, "claims", hot), { generation: 7 }),
  ],
  [
    "V1",
    "a revocation of a claim that stands",
    /revokes claim .*, which still stands/,
    async (db, { hot }) => {
      const { _id: claim, executor } = await find(db, "claims", hot);
      return await insert(db, "revocations", { claim, executor });
    },
  ],
  [
    "I8",
    "a second row of a seat",
    /is one of several rows of seat 0/,
    async (db) => await copy(db, "seats", await find(db, "seats")),
  ],
  [
    "I8",
    "an executor in two roles",
    /has an executor in two roles/,
    async (db) => {
      const seat = await find(db, "seats");
      return await patch(db, "seats", seat, { draining: [seat.current] });
    },
  ],
  [
    "I8",
    "an executor that its seat does not know",
    /is an executor that seat 5 does not know/,
    async (db) => await copy(db, "heartbeats", await find(db, "heartbeats"), { seat: 5 }),
  ],
  [
    "I9",
    "a commit over half of a limit",
    /made a commit that used 0.75 of a platform limit/,
    async (db) =>
      await patch(db, "heartbeats", await find(db, "heartbeats"), { limitShare: 0.75 }),
  ],
];

describe("audit", () => {
  test("finds nothing in a scene with work of every kind", async () => {
    const { app } = await createScene();

    expect(await app.audit()).toEqual([]);
  });

  test.each(broken)("%s: names %s", async (invariant, _what, message, breakIt) => {
    const scene = await createScene();
    const { app } = scene;
    let undo!: (db: Db) => Promise<void>;
    await app.inComponent(async (db) => {
      undo = await breakIt(db, scene);
    });

    const violations = (await app.audit()) as Violation[];
    await app.inComponent(undo);

    const found = violations.find(
      (one) => one.invariant === invariant && message.test(one.message),
    );
    expect(found?.row).toBeTruthy();
    expect(found?.message).toContain(found?.row);
  });

  test("from the dashboard is called page by page, and says what it checked", async () => {
    const { app } = await createScene();
    type Page = { violations: Violation[]; checked: number; cursor: string | null };
    const pages: Page[] = [];

    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = (await app.operate("audit", { cursor })) as Page;
      pages.push(page);
      cursor = page.cursor;
    }

    const checked = pages.reduce((sum, page) => sum + page.checked, 0);
    const tables = ["workflows", "taskQueue", "replayQueue", "claims", "seats"];
    const counts = await Promise.all(
      [...tables, "heartbeats", "steps"].map(
        async (table) => (await app.rows(table)).length,
      ),
    );
    expect(checked).toBe(counts.reduce((sum, count) => sum + count, 0));
  });
});
