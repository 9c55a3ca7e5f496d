/**
 * Small programs of reads and writes, to be run by many clients at once.
 *
 * Owns what a program can say and its interpreter, a mutation. A program speaks of rows by
 * key and rank, never by id, so that two deployments can run it and be compared.
 */
import {
  defineSchema,
  defineTable,
  makeFunctionReference,
  mutationGeneric,
  type GenericDatabaseWriter,
  type GenericDataModel,
  type GenericMutationCtx,
} from "convex/server";
import { ConvexError, v, type Value } from "convex/values";
import fc from "fast-check";

/** One step of a program. */
export type Step =
  | { do: "get"; key: number }
  | { do: "range"; from: number; to: number; take: number; desc: boolean }
  | { do: "put"; key: number; rank: number }
  /** Another row of that key, which reading by key then fails on. */
  | { do: "insert"; key: number; rank: number }
  /** Adds to the rank what the last read said. */
  | { do: "add"; key: number }
  | { do: "remove"; key: number }
  /** A sub-transaction; with `fails` it is undone, and only what it read comes back. */
  | { do: "nested"; steps: Step[]; fails: boolean }
  /** Counts one more, later. */
  | { do: "schedule"; ms: number };

/** What the steps of a program read, in order. */
export type Answers = Value[];

export const schema = defineSchema({
  rows: defineTable({ key: v.number(), rank: v.number() })
    .index("by_key", ["key"])
    .index("by_rank", ["rank", "key"]),
  ticks: defineTable({}),
});

/** What a nested call answers that failed by itself. */
export const FAILED = "failed";

const run = makeFunctionReference<"mutation">("programs:nested") as never;
const tick = makeFunctionReference<"mutation">("programs:tick") as never;

type Ctx = GenericMutationCtx<GenericDataModel>;
type Db = GenericDatabaseWriter<GenericDataModel>;
type Row = { _id: never; key: number; rank: number };

async function execute(ctx: Ctx, steps: readonly Step[]): Promise<Answers> {
  const answers: Answers = [];
  for (const step of steps) answers.push(await executeStep(ctx, step, answers));
  return answers;
}

async function executeStep(ctx: Ctx, step: Step, before: Answers): Promise<Value> {
  const { db } = ctx;
  switch (step.do) {
    case "get":
      return (await find(db, step.key))?.rank ?? null;
    case "range":
      return await readRange(db, step);
    case "put": {
      const row = await find(db, step.key);
      if (row) await db.replace(row._id, { key: step.key, rank: step.rank });
      else await db.insert("rows", { key: step.key, rank: step.rank });
      return null;
    }
    case "insert":
      await db.insert("rows", { key: step.key, rank: step.rank });
      return null;
    case "add": {
      const row = await find(db, step.key);
      if (row) await db.patch(row._id, { rank: addedRank(row.rank, before) });
      return null;
    }
    case "remove": {
      const row = await find(db, step.key);
      if (row) await db.delete(row._id);
      return row === null;
    }
    case "nested":
      return await runNested(ctx, step);
    case "schedule":
      await ctx.scheduler.runAfter(step.ms, tick);
      return null;
  }
}

async function find(db: Db, key: number): Promise<Row | null> {
  const query = db.query("rows").withIndex("by_key", (q) => q.eq("key", key));
  return (await query.unique()) as Row | null;
}

async function readRange(db: Db, step: Step & { do: "range" }): Promise<Value> {
  const query = db
    .query("rows")
    .withIndex("by_rank", (q) => q.gte("rank", step.from).lte("rank", step.to))
    .order(step.desc ? "desc" : "asc");
  const rows = (await query.take(step.take)) as Row[];
  return rows.map(({ key, rank }) => [key, rank]);
}

async function runNested(ctx: Ctx, step: Step & { do: "nested" }): Promise<Value> {
  try {
    return await ctx.runMutation(run, step as never);
  } catch (error) {
    return (error as Partial<ConvexError<Value>>).data ?? FAILED;
  }
}

/** Depends on all that was read before: a wrong answer does not stay hidden. */
export function addedRank(rank: number, answers: Answers): number {
  return (rank + JSON.stringify(answers).length) % RANKS;
}

/** The module that a deployment needs to run programs. */
export const programs = {
  /** Runs a program; answers also when it was committed. */
  run: mutationGeneric(async (ctx, { steps }: { steps: Step[] }) => ({
    answers: await execute(ctx as Ctx, steps),
    ts: ctx.db.vars.commitTs,
  })),
  nested: mutationGeneric(
    async (ctx, { steps, fails }: { steps: Step[]; fails: boolean }) => {
      const answers = await execute(ctx as Ctx, steps);
      if (fails) throw new ConvexError(answers);
      return answers;
    },
  ),
  tick: mutationGeneric(async (ctx) => {
    await ctx.db.insert("ticks", {});
  }),
};

const KEYS = 6;
const RANKS = 10;
const key = fc.nat(KEYS - 1);
const rank = fc.nat(RANKS - 1);

/** Programs that often meet: few keys, few ranks. */
export const anyProgram = fc.array(anyStep(1, []), { minLength: 1, maxLength: 4 });

/** Programs of which some fail on what others have left. */
export const anyFailingProgram = fc.array(
  anyStep(1, [fc.record({ do: fc.constant("insert" as const), key, rank })]),
  { minLength: 1, maxLength: 4 },
);

function anyStep(depth: number, others: fc.Arbitrary<Step>[]): fc.Arbitrary<Step> {
  const flat: fc.Arbitrary<Step>[] = [
    ...others,
    fc.record({ do: fc.constant("get" as const), key }),
    fc.record({
      do: fc.constant("range" as const),
      from: rank,
      to: rank,
      take: fc.integer({ min: 1, max: 4 }),
      desc: fc.boolean(),
    }),
    fc.record({ do: fc.constant("put" as const), key, rank }),
    fc.record({ do: fc.constant("add" as const), key }),
    fc.record({ do: fc.constant("remove" as const), key }),
    fc.record({ do: fc.constant("schedule" as const), ms: fc.nat(50) }),
  ];
  if (depth === 0) return fc.oneof(...flat);
  const steps = fc.array(anyStep(depth - 1, others), { minLength: 1, maxLength: 3 });
  return fc.oneof(
    ...flat,
    fc.record({ do: fc.constant("nested" as const), steps, fails: fc.boolean() }),
  );
}

/** Steps that are kept of a program, nested ones and what is undone apart. */
export function countScheduled(steps: readonly Step[]): number {
  let count = 0;
  for (const step of steps) {
    if (step.do === "schedule") count += 1;
    if (step.do === "nested" && !step.fails) count += countScheduled(step.steps);
  }
  return count;
}
