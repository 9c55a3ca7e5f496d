import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
import { describe, expect, test } from "vitest";
import { namespaceSchema } from "../schema/schema.js";
import {
  indexRange,
  scan,
  TestDatabase,
  type Json,
  type TestSession,
} from "./testDatabase.js";

const SCHEMA = namespaceSchema(
  defineSchema({
    users: defineTable({ name: v.string(), age: v.optional(v.float64()) }).index(
      "by_name",
      ["name"],
    ),
    posts: defineTable({ author: v.id("users"), at: v.optional(v.commitTs()) }).index(
      "by_at",
      ["at"],
    ),
  }),
);
const PLACEHOLDER = { $commitTs: null };

function open(): TestSession {
  return new TestDatabase("faithful", { schema: SCHEMA }).open();
}

function schemaless(): TestSession {
  return new TestDatabase("faithful").open();
}

describe("reads on the platform", () => {
  test("a document is found by its id, with or without its table", () => {
    const { insert, get } = open();
    const id = insert("users", { name: "Ada" });

    expect(get(id)).toMatchObject({ _id: id, name: "Ada" });
    expect(get(id, "users")).toEqual(get(id));
    expect(() => get(id, "posts")).toThrow(
      'Invalid argument `id` for `db.get`: expected to be an Id<"posts">, got Id<"users"> ' +
        "instead.",
    );
  });

  test("a removed document is null and costs an interval; a string that is no id throws", () => {
    const { insert, run, get, usage } = open();
    const id = insert("users", { name: "Ada" });
    run("remove", { id });

    expect(get(id)).toBeNull();
    expect(usage.metrics()).toMatchObject({
      documentsRead: { used: 1 },
      databaseQueries: { used: 1 },
      documentsWritten: { used: 2 },
    });
    expect(() => get("nobody")).toThrow(
      "Invalid argument `id` for `db.get`: Unable to decode ID: Invalid ID length 6",
    );
  });

  test("system tables are read by system reads only, and written by none", () => {
    const tested = new TestDatabase("faithful");
    const { transaction, run, get, patch, usage, query } = tested.open();
    const app = tested.store.namespace("")!;
    const job = transaction.insert(app, "_scheduled_functions", { name: "f" });

    expect(run("get", { id: job.id, isSystem: true })).toMatchObject({ name: "f" });
    expect(query(scan("_scheduled_functions"))).toHaveLength(1);
    expect(usage.metrics()).toMatchObject({
      documentsRead: { used: 0 },
      databaseQueries: { used: 2 },
    });
    const guard = "System tables can only be accessed with db.system.";
    expect(() => get(job.id)).toThrow(guard);
    expect(() => patch(job.id, {})).toThrow(guard);
    expect(() => run("insert", { table: "_storage", value: {} })).toThrow(guard);
    expect(() => run("remove", { id: job.id })).toThrow(guard);
  });

  test("user tables are not read by system reads", () => {
    const { insert, run } = open();
    const id = insert("users", { name: "Ada" });

    expect(() => run("get", { id, isSystem: true })).toThrow(
      "User tables cannot be accessed with db.system.",
    );
  });

  test("an id is normalized to itself in its own table only", () => {
    const { insert, sync } = open();
    const idString = insert("users", { name: "Ada" });

    expect(sync("db/normalizeId", { table: "users", idString })).toEqual({
      id: idString,
    });
    expect(sync("db/normalizeId", { table: "posts", idString })).toEqual({ id: null });
    expect(sync("db/normalizeId", { table: "users", idString: "x" })).toEqual({
      id: null,
    });
  });

  test("a query costs the rows it has consumed, dropped ones included, and one interval", () => {
    const { insert, query, usage } = open();
    ["a", "b", "c", "d"].forEach((name) => insert("users", { name }));
    const late = { $gt: [{ $field: "name" }, { $literal: "b" }] };
    const filtered = { ...scan("users"), operators: [{ filter: late }, { limit: 1 }] };

    expect(query(filtered).map(({ name }) => name)).toEqual(["c"]);
    expect(usage.metrics()).toMatchObject({
      documentsRead: { used: 3 },
      databaseQueries: { used: 1 },
    });
  });

  test("operators apply in their order", () => {
    const { insert, query } = open();
    ["a", "b", "c"].forEach((name) => insert("users", { name }));
    const filter = { $neq: [{ $field: "name" }, { $literal: "a" }] };

    const limited = { ...scan("users"), operators: [{ limit: 2 }, { filter }] };

    expect(query(limited).map(({ name }) => name)).toEqual(["b"]);
  });

  test("what is unknown is named", () => {
    const { query, run, sync } = open();

    expect(() => query(indexRange("users.by_age"))).toThrow(
      "Index users.by_age not found.",
    );
    expect(() => run("queryStreamNext", { queryId: 7 })).toThrow(
      "in-progress query not found",
    );
    expect(sync("queryCleanup", { queryId: 7 })).toBe(false);
    expect(() => run("frobnicate", {})).toThrow("Unknown async operation 1.0/frobnicate");
    expect(() => sync("frobnicate", {})).toThrow("Unknown operation 1.0/frobnicate");
  });

  test("a count depends on the table and costs no documents", () => {
    const { insert, run, usage } = open();
    insert("users", { name: "a" });

    expect(run("count", { table: "users" })).toBe(1);
    expect(usage.metrics().documentsRead.used).toBe(0);
  });

  test("pages are the app's, one for each function", () => {
    const page = { query: scan("users"), cursor: null, endCursor: null, pageSize: 1 };
    const { run } = open();
    run("queryPage", page);

    expect(() => run("queryPage", page)).toThrow("ran multiple paginated queries");
    const component = new TestDatabase("faithful", { path: "child" }).open();
    expect(() => component.run("queryPage", page)).toThrow(
      "paginate() is only supported in the app.",
    );
  });
});

describe("writes on the platform", () => {
  test("a patch sets, keeps and removes fields", () => {
    const { insert, patch, get } = schemaless();
    const id = insert("t", { a: 1, b: 2 });
    patch(id, { a: { $undefined: null }, c: PLACEHOLDER, _id: id });

    const { _creationTime, ...fields } = get(id)!;
    expect(fields).toEqual({ _id: id, b: 2, c: PLACEHOLDER });
  });

  test("a write that changes nothing is a read", () => {
    const { insert, patch, run, usage } = schemaless();
    const id = insert("t", { a: 1 });
    patch(id, { a: 1, b: { $undefined: null } });
    run("replace", { id, value: { a: 1 } });

    expect(usage.metrics()).toMatchObject({
      documentsWritten: { used: 1 },
      documentsRead: { used: 2 },
    });
  });

  test("documents have to match the schema", () => {
    const { insert, patch } = open();
    const id = insert("users", { name: "Ada" });
    const author = insert("posts", { author: id, at: PLACEHOLDER });

    expect(() => insert("users", {})).toThrow(
      'Failed to insert or update a document in table "users" because it does not match the ' +
        "schema: Object is missing the required field `name`.",
    );
    expect(() => patch(id, { age: "old" })).toThrow('Path: .age\nValue: "old"');
    expect(() => insert("posts", { author })).toThrow(
      `Found ID "${author}" from table \`posts\``,
    );
  });

  const nested = (levels: number): Json =>
    levels === 1 ? {} : { a: nested(levels - 1) };
  const refused: [string, Json, string][] = [
    [
      "too large",
      { text: "x".repeat(1.5 * 2 ** 20) },
      "Value is too large (1.50 MiB > maximum size 1 MiB)",
    ],
    [
      "too nested",
      nested(17),
      "Document is too nested (nested 17 levels deep > maximum nesting 16)",
    ],
    [
      "too long an array",
      { list: Array.from({ length: 8_193 }, () => 0) },
      "Invalid argument `value` for `db.insert`: Array length is too long (8193 > maximum " +
        "length 8192)",
    ],
    [
      "too many fields",
      Object.fromEntries(Array.from({ length: 1_025 }, (_, at) => [`f${at}`, 0])),
      "Object has too many fields (1025 > maximum number 1024)",
    ],
    [
      "a system field",
      { _secret: 1 },
      "Document(value: {_secret: 1.0}) isn't a valid document: Field '_secret' starts with " +
        "an underscore, which is only allowed for system fields like '_id'",
    ],
    ["a foreign _id", { _id: "x" }, "A new document's '_id' field is the system's"],
  ];
  test.each(refused)("%s is refused", (_name, value, words) => {
    const { insert, usage } = schemaless();

    expect(() => insert("t", value)).toThrow(words);
    expect(usage.metrics().documentsWritten.used).toBe(0);
  });

  test("what is at the limits is stored", () => {
    const { insert, get } = schemaless();
    const id = insert("t", {
      ...nested(16),
      list: Array.from({ length: 8_192 }, () => null),
    });

    expect(get(id)).toHaveProperty("list");
  });

  test("tables and values have to be what they should", () => {
    const { insert, run } = schemaless();

    expect(() => insert("my table", {})).toThrow(
      "Invalid argument `table` for `db.insert`: Identifier my table has invalid character",
    );
    expect(() => run("insert", { table: "t", value: 1 })).toThrow(
      "Invalid argument `value` for `db.insert`: Value must be an Object",
    );
  });

  test("a document that is not there can not be written", () => {
    const { insert, run, patch } = schemaless();
    const id = insert("t", {});
    run("remove", { id });

    expect(() => patch(id, {})).toThrow(`Update on nonexistent document ID ${id}`);
    expect(() => run("replace", { id, value: {} })).toThrow("Replace on nonexistent");
    expect(() => run("remove", { id })).toThrow("Delete on nonexistent document");
  });

  test("system fields can be repeated and not changed", () => {
    const { insert, patch, run, get } = schemaless();
    const id = insert("t", { a: 1 });
    run("replace", { id, value: { ...get(id), a: 2 } });

    expect(get(id)).toMatchObject({ a: 2 });
    expect(() => patch(id, { _id: "x" })).toThrow("doesn't match '_id' field \"x\"");
    expect(() => patch(id, { _creationTime: 1 })).toThrow(
      "doesn't match '_creationTime'",
    );
  });

  test("a write beyond the limit counts and does not happen", () => {
    const tested = new TestDatabase("faithful", {
      usage: { limits: { documentsWritten: 1 } },
    });
    const { insert, patch, get, usage } = tested.open();
    const id = insert("t", { a: 1 });

    expect(() => patch(id, { a: 2 })).toThrow(
      "Too many writes in a single function execution (limit: 1)",
    );
    expect(get(id)).toMatchObject({ a: 1 });
    expect(usage.metrics().documentsWritten).toEqual({ used: 2, remaining: -1 });
  });

  test("queries can not write", () => {
    const { insert } = new TestDatabase("faithful", {
      session: { isWritable: false },
    }).open();

    expect(() => insert("t", {})).toThrow("Operation insert not permitted in a query");
  });
});

describe("pending commit timestamps on the platform", () => {
  test("order as the greatest int64 until the commit and are read as placeholders", () => {
    const { insert, query } = open();
    const author = insert("users", { name: "Ada" });
    insert("posts", { author, at: PLACEHOLDER });
    insert("posts", { author, at: { $integer: "AQAAAAAAAAA=" } });

    const all = query(indexRange("posts.by_at"));
    const mine = query(
      indexRange("posts.by_at", [{ type: "Eq", fieldPath: "at", value: PLACEHOLDER }]),
    );

    expect(all.map(({ at }) => at)).toEqual([{ $integer: "AQAAAAAAAAA=" }, PLACEHOLDER]);
    expect(mine).toHaveLength(1);
  });

  test("are int64 to filters", () => {
    const { insert, query } = open();
    insert("posts", { author: insert("users", { name: "Ada" }), at: PLACEHOLDER });
    const one = { $literal: { $integer: "AQAAAAAAAAA=" } };
    const filter = { $gt: [{ $sub: [{ $field: "at" }, one] }, one] };

    expect(query({ ...scan("posts"), operators: [{ filter }] })).toHaveLength(1);
  });
});
