import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
import { describe, expect, test } from "vitest";
import { TestDatabase, type Json, type TestSession } from "../database/testDatabase.js";
import { namespaceSchema } from "../schema/schema.js";

const SCHEMA = namespaceSchema(
  defineSchema({
    notes: defineTable(v.any())
      .searchIndex("by_text", { searchField: "text", filterFields: ["owner"] })
      .vectorIndex("by_vector", {
        vectorField: "vector",
        dimensions: 2,
        filterFields: ["owner"],
      }),
  }),
);

function open(profile: "faithful" | "convexTest"): TestSession {
  return new TestDatabase(profile, { schema: SCHEMA }).open();
}

function search(...filters: Json[]) {
  return {
    source: { type: "Search", indexName: "notes.by_text", filters },
    operators: [],
  };
}

const forText = (value: string) => ({ type: "Search", fieldPath: "text", value });

describe.each(["faithful", "convexTest"] as const)("full-text search, %s", (profile) => {
  test("finds documents with a word that begins with a term", () => {
    const { insert, query } = open(profile);
    ["Red apple", "green pear", "Pineapple"].forEach((text) =>
      insert("notes", { text, owner: "a" }),
    );

    const found = query(
      search(forText("APP pea"), { type: "Eq", fieldPath: "owner", value: "a" }),
    );

    expect(found.map(({ text }) => text)).toEqual(["Red apple", "green pear"]);
    expect(query(search(forText(" ")))).toEqual([]);
  });
});

describe("full-text search on the platform", () => {
  const failing: [string, Json[], string][] = [
    [
      "another field",
      [{ type: "Search", fieldPath: "title", value: "x" }],
      'Search query against notes.by_text contains a search filter against "title", which ' +
        'doesn\'t match the indexed `searchField` "text".',
    ],
    ["no search", [], "does not contain any search filters"],
    ["two searches", [forText("a"), forText("b")], "contains multiple search filters"],
    [
      "a filter on a field that is not for filtering",
      [forText("a"), { type: "Eq", fieldPath: "title", value: 1 }],
      'contains an equality filter on "title"',
    ],
  ];
  test.each(failing)("%s is refused", (_name, filters, words) => {
    expect(() => open("faithful").query(search(...filters))).toThrow(words);
  });

  test("passes over documents without the field", () => {
    const { insert, query } = open("faithful");
    insert("notes", { text: 1 });

    expect(query(search(forText("a")))).toEqual([]);
  });
});

describe.each(["faithful", "convexTest"] as const)("vector search, %s", (profile) => {
  const asked = {
    indexName: "notes.by_vector",
    vector: [1, 0],
    limit: 2,
    expressions: null,
  };

  test("gives the nearest first, of those that the filter lets pass", () => {
    const { insert, run } = open(profile);
    const far = insert("notes", { vector: [0, 1], owner: "a" });
    const near = insert("notes", { vector: [2, 0], owner: "a" });
    insert("notes", { vector: [1, 0], owner: "b" });
    const expressions = { $eq: [{ $field: "owner" }, { $literal: "a" }] };

    const found = run("actions/vectorSearch", { query: { ...asked, expressions } });

    expect(found).toEqual({
      results: [
        { _id: near, _score: 1 },
        { _id: far, _score: 0 },
      ],
    });
  });

  test("an index that is not declared is named", () => {
    const query = { ...asked, indexName: "notes.none" };

    expect(() => open(profile).run("actions/vectorSearch", { query })).toThrow(
      profile === "faithful"
        ? "Index notes.none not found."
        : 'Cannot use vector index "none" for table "notes" because it is not declared in ' +
            "the schema.",
    );
  });
});

describe("vector search on the platform", () => {
  test.each([
    ["limit", { limit: 257 }, "limit between 1 and 256"],
    ["number of dimensions", { vector: [1] }, "The vector has 1 dimensions"],
  ])("a wrong %s is refused", (_name, change, words) => {
    const query = {
      indexName: "notes.by_vector",
      vector: [1, 0],
      expressions: null,
      ...change,
    };

    expect(() => open("faithful").run("actions/vectorSearch", { query })).toThrow(words);
  });
});
