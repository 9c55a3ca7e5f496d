/**
 * The convex-test profile against convex-test itself: the same random syscalls on both give
 * the same answers, cursors and errors, and cost the same.
 */
import { convexTest } from "convex-test";
import {
  queryGeneric,
  defineSchema,
  defineTable,
  type GenericSchema,
  type SchemaDefinition,
} from "convex/server";
import { v } from "convex/values";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { namespaceSchema } from "../schema/schema.js";
import { CREATION_TIME_START, TestDatabase } from "./testDatabase.js";

type Json = Record<string, unknown>;
interface Calls {
  run(op: string, args: Json): Promise<unknown>;
  sync(op: string, args: Json): unknown;
}

const SCHEMA = defineSchema({
  items: defineTable({
    a: v.optional(v.union(v.number(), v.string(), v.null(), v.int64())),
    b: v.optional(v.number()),
    nested: v.optional(v.object({ c: v.number() })),
    tags: v.optional(v.array(v.string())),
    text: v.optional(v.string()),
    stamp: v.optional(v.commitTs()),
  })
    .index("by_a", ["a"])
    .index("by_a_b", ["a", "b"])
    .index("by_c", ["nested.c"])
    .index("by_stamp", ["stamp"])
    .searchIndex("by_text", { searchField: "text", filterFields: ["b"] }),
});

const MODULES = {
  // convex-test looks for this directory to know where the functions are.
  "./convex/_generated/api.js": () => Promise.resolve({}),
  // A function may ask for one page: each is read by a nested query.
  "./convex/pages.ts": () =>
    Promise.resolve({
      read: queryGeneric({
        handler: (_ctx, { request }: { request: string }) =>
          theirSyscalls().asyncSyscall("1.0/queryPage", request),
      }),
    }),
};

interface ConvexGlobal {
  syscall(op: string, args: string): string;
  asyncSyscall(op: string, args: string): Promise<string>;
}

function theirSyscalls(): ConvexGlobal {
  return (globalThis as unknown as { Convex: ConvexGlobal }).Convex;
}

async function theirAnswer(op: string, args: Json): Promise<string> {
  if (op !== "queryPage") {
    return await theirSyscalls().asyncSyscall(`1.0/${op}`, JSON.stringify(args));
  }
  const call = {
    udfType: "query",
    name: "pages:read",
    args: { request: JSON.stringify(args) },
  };
  const page = await theirSyscalls().asyncSyscall("1.0/runUdf", JSON.stringify(call));
  return JSON.parse(page) as string;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: CREATION_TIME_START });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Answers of both to one script; errors are answers. */
async function expectSame(
  script: (calls: Calls) => Promise<void>,
  schema: SchemaDefinition<GenericSchema, boolean> = SCHEMA,
): Promise<unknown[]> {
  const [theirs, ours] = [[] as unknown[], [] as unknown[]];
  await convexTest(schema, MODULES).run(async () => {
    const convex = theirSyscalls();
    await script({
      run: (op, args) => logged(theirs, () => theirAnswer(op, args)),
      sync: (op, args) =>
        loggedSync(theirs, () => convex.syscall(`1.0/${op}`, JSON.stringify(args))),
    });
    theirs.push(JSON.parse(await convex.asyncSyscall("1.0/getTransactionMetrics", "{}")));
  });
  const database = new TestDatabase("convexTest", {
    schema: namespaceSchema(schema),
    usage: { enforces: false },
    session: { allowsManyPages: true },
  });
  const opened = database.open();
  const parsed = (args: Json): never => JSON.parse(JSON.stringify(args)) as never;
  await script({
    run: (op, args) => logged(ours, async () => opened.session.run(op, parsed(args))),
    sync: (op, args) => loggedSync(ours, () => opened.session.sync(op, parsed(args))),
  });
  ours.push(opened.usage.metrics());
  expect(withoutTimes(ours)).toEqual(withoutTimes(theirs));
  return theirs;
}

async function logged(log: unknown[], call: () => Promise<string>): Promise<unknown> {
  try {
    const answer: unknown = JSON.parse(await call());
    log.push(answer);
    return answer;
  } catch (error) {
    log.push((error as Error).message);
    return null;
  }
}

function loggedSync(log: unknown[], call: () => string): unknown {
  try {
    const answer: unknown = JSON.parse(call());
    // Both number their queries, from different beginnings.
    log.push("queryId" in (answer as Json) ? "started" : answer);
    return answer;
  } catch (error) {
    log.push((error as Error).message);
    return null;
  }
}

/** Creation times differ between the two clocks but not in their order. */
function withoutTimes(log: unknown[]): unknown {
  const times = new Map<string, number>();
  const text = JSON.stringify(log);
  for (const [time] of text.matchAll(/17000000000\d\d(\.\d+)?/g)) {
    times.set(time, 0);
  }
  const sorted = [...times.keys()].sort((x, y) => Number(x) - Number(y));
  sorted.forEach((time, place) => times.set(time, place));
  return JSON.parse(
    text.replace(/17000000000\d\d(\.\d+)?/g, (time) => `${times.get(time)}`),
  );
}

const scalar = fc.oneof(
  fc.constantFrom<unknown>(null, 0, 1, 2, -1, "a", "b", "é", {
    $integer: "AQAAAAAAAAA=",
  }),
  fc.constant({ $undefined: null }),
);
const defined = scalar.filter((value) => !isUndefined(value));

function isUndefined(value: unknown): boolean {
  return typeof value === "object" && value !== null && "$undefined" in value;
}

const fields = fc.record(
  {
    a: defined,
    b: fc.constantFrom<unknown>(0, 1, 2, "not a number"),
    nested: fc.record({ c: fc.constantFrom(0, 1) }),
    tags: fc.constantFrom<unknown>([], ["x"], [1]),
    text: fc.constantFrom("red apple", "green apple pie", "Pear"),
    stamp: fc.constantFrom<unknown>({ $commitTs: null }, { $integer: "AQAAAAAAAAA=" }),
    unknown: fc.constant(1),
  },
  { requiredKeys: [] },
);
/** Mostly documents that the schema lets in. */
const document = fc.oneof(
  { weight: 5, arbitrary: fields.map(({ unknown: _, ...rest }) => valid(rest)) },
  { weight: 1, arbitrary: fields },
);

function valid(value: Json): Json {
  const { b, tags, ...rest } = value;
  return {
    ...rest,
    ...(typeof b === "number" ? { b } : {}),
    ...(Array.isArray(tags) && tags[0] !== 1 ? { tags } : {}),
  };
}

const path = fc.constantFrom("a", "b", "nested.c", "stamp", "_creationTime", "missing.x");
const operand = fc.oneof(
  path.map(($field) => ({ $field })),
  scalar.map(($literal) => ({ $literal })),
);
const comparison = fc
  .tuple(fc.constantFrom("$eq", "$neq", "$lt", "$lte", "$gt", "$gte"), operand, operand)
  .map(([operator, left, right]) => ({ [operator]: [left, right] }));
const filter = fc.oneof(
  comparison,
  fc.array(comparison, { maxLength: 2 }).map(($and) => ({ $and })),
  fc.array(comparison, { maxLength: 2 }).map(($or) => ({ $or })),
  comparison.map(($not) => ({ $not })),
);

const bound = fc.record({
  type: fc.constantFrom("Eq", "Eq", "Gt", "Gte", "Lt", "Lte"),
  fieldPath: fc.constantFrom("a", "b", "nested.c", "_creationTime"),
  value: scalar,
});
/** Mostly a range that its index takes. */
function rangeOf(first: string, second: string) {
  const on = (fieldPath: string, ...types: string[]) =>
    fc.record({
      type: fc.constantFrom(...types),
      fieldPath: fc.constant(fieldPath),
      value: scalar,
    });
  return fc.oneof(
    fc.constant([]),
    fc.tuple(on(first, "Eq", "Gt", "Gte", "Lt", "Lte")),
    fc.tuple(on(first, "Gt", "Gte"), on(first, "Lt", "Lte")),
    fc.tuple(on(first, "Eq"), on(second, "Eq", "Gt", "Gte", "Lt", "Lte")),
    fc.array(bound, { maxLength: 3 }),
  );
}
const order = fc.constantFrom("asc", "desc", null);
const source = fc.oneof(
  order.map((direction) => ({
    type: "FullTableScan",
    tableName: "items",
    order: direction,
  })),
  ...(
    [
      ["by_a", "a", "_creationTime"],
      ["by_a_b", "a", "b"],
      ["by_c", "nested.c", "_creationTime"],
      ["by_stamp", "stamp", "_creationTime"],
      ["by_id", "_id", "a"],
      ["by_creation_time", "_creationTime", "_id"],
      ["undeclared", "a", "b"],
    ] as const
  ).map(([index, first, second]) =>
    fc.record({
      type: fc.constant("IndexRange"),
      indexName: fc.constant(`items.${index}`),
      range: rangeOf(first, second),
      order,
    }),
  ),
  fc.record({
    type: fc.constant("Search"),
    indexName: fc.constant("items.by_text"),
    filters: fc.constantFrom(
      [{ type: "Search", fieldPath: "text", value: "APP" }],
      [
        { type: "Search", fieldPath: "text", value: "pear pie" },
        { type: "Eq", fieldPath: "b", value: 1 },
      ],
    ),
  }),
);
const operators = fc.array(
  fc.oneof(
    filter.map((expression) => ({ filter: expression })),
    fc.nat(4).map((limit) => ({ limit })),
  ),
  { maxLength: 2 },
);
const query = fc.record({ source, operators });

type Step =
  | { kind: "insert"; value: Json }
  | { kind: "shallowMerge" | "replace"; at: number; value: Json }
  | { kind: "remove" | "get"; at: number; table: string | undefined }
  | { kind: "query"; query: Json }
  | { kind: "pages"; query: Json; sizes: number[]; limits: Json };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("insert" as const), value: document }),
  },
  fc.record({
    kind: fc.constantFrom("shallowMerge" as const, "replace" as const),
    at: fc.nat(12),
    value: fc
      .tuple(document, fc.boolean())
      .map(([value, unsets]) => (unsets ? { ...value, b: { $undefined: null } } : value)),
  }),
  fc.record({
    kind: fc.constantFrom("remove" as const, "get" as const),
    at: fc.nat(12),
    table: fc.constantFrom(undefined, "items", "others"),
  }),
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("query" as const), query }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("pages" as const),
      query,
      sizes: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
      limits: fc.record(
        {
          maximumRowsRead: fc.integer({ min: 1, max: 5 }),
          maximumBytesRead: fc.integer({ min: 50, max: 400 }),
        },
        { requiredKeys: [] },
      ),
    }),
  },
);

const PAGES_MAX = 20;

async function take(calls: Calls, steps: readonly Step[]): Promise<void> {
  const ids: string[] = [];
  const idAt = (at: number): string =>
    ids[at] ?? (at === 12 ? "nonsense" : "0000010099items");
  for (const each of steps) {
    if (each.kind === "insert") {
      const answer = await calls.run("insert", { table: "items", value: each.value });
      ids.push(...(answer === null ? [] : [(answer as { _id: string })._id]));
    } else if (each.kind === "query") {
      await readAll(calls, each.query);
    } else if (each.kind === "pages") {
      await readPages(calls, each);
    } else {
      await calls.run(each.kind, { ...each, id: idAt(each.at) });
    }
  }
}

async function readAll(calls: Calls, serialized: Json): Promise<void> {
  const started = calls.sync("queryStream", { query: serialized }) as Json | null;
  for (let done = started === null; !done;) {
    const row = await calls.run("queryStreamNext", { queryId: started!.queryId });
    done = row === null || (row as { done: boolean }).done;
  }
}

/** All pages, then the first two again as one by its end cursor. */
async function readPages(
  calls: Calls,
  { query: serialized, sizes, limits }: Extract<Step, { kind: "pages" }>,
): Promise<void> {
  let cursor: string | null = null;
  const cursors: string[] = [];
  for (let turn = 0; turn < PAGES_MAX; turn += 1) {
    const pageSize = sizes[turn % sizes.length]!;
    const request: Json = {
      query: serialized,
      cursor,
      endCursor: null,
      pageSize,
      ...limits,
    };
    const page = (await calls.run("queryPage", request)) as Json | null;
    if (page === null || page.isDone === true) {
      break;
    }
    cursor = page.continueCursor as string;
    cursors.push(cursor);
  }
  for (const endCursor of [cursors[1], "_end_cursor"]) {
    await calls.run("queryPage", {
      query: serialized,
      cursor: null,
      endCursor,
      pageSize: 1,
    });
  }
  const request = {
    query: serialized,
    cursor: "_end_cursor",
    endCursor: null,
    pageSize: 1,
  };
  await calls.run("queryPage", request);
}

test("random syscalls are answered alike", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
      await expectSame((calls) => take(calls, steps));
    }),
    { numRuns: 150 },
  );
});

test("an end cursor whose row is gone ends the query, as convex-test has it", async () => {
  await expectSame(async (calls) => {
    const ids: string[] = [];
    for (const b of [0, 1, 2]) {
      const inserted = await calls.run("insert", { table: "items", value: { b } });
      ids.push((inserted as { _id: string })._id);
    }
    const serialized = {
      source: { type: "FullTableScan", tableName: "items", order: null },
      operators: [],
    };
    const request = { query: serialized, cursor: null, endCursor: null, pageSize: 2 };
    const page = (await calls.run("queryPage", request)) as { continueCursor: string };
    await calls.run("remove", { id: ids[1] });
    await calls.run("queryPage", { ...request, endCursor: page.continueCursor });
  });
});

test("filters compute with JavaScript's operators", async () => {
  await expectSame(async (calls) => {
    await calls.run("insert", { table: "items", value: { a: "x", b: 3 } });
    for (const operator of ["$add", "$sub", "$mul", "$div", "$mod", "$neg"]) {
      const field = { $field: "b" };
      const value = operator === "$neg" ? field : [field, { $literal: 2 }];
      const source = { type: "FullTableScan", tableName: "items", order: null };
      const operators = [{ filter: { $eq: [{ [operator]: value }, { $literal: 5 }] } }];
      await readAll(calls, { source, operators });
    }
  });
});
