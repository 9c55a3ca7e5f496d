import { v, type Validator, type Value } from "convex/values";
import { describe, expect, test } from "vitest";
import { checkConvexTestValidator } from "./convexTestValidator.js";
import {
  renderArgumentFailure,
  renderDocumentFailure,
  renderPlatform,
  renderReturnsFailure,
} from "./renderPlatform.js";
import { checkValidator, type ValidatorJSON } from "./validator.js";

/** Ids here are "<table>:<anything>". */
const tableOf = (id: string): string | null =>
  id.includes(":") ? id.split(":")[0]! : null;

function json(
  validator: Validator<unknown, "required" | "optional", string>,
): ValidatorJSON {
  return (validator as unknown as { json: ValidatorJSON }).json;
}

const COMMIT_TS = json(v.int64());
const PLACEHOLDER = { type: "commitTs" } as const;

describe("checkValidator", () => {
  const matching: [string, ValidatorJSON, Value][] = [
    ["any", json(v.any()), { a: [1n] }],
    ["null", json(v.null()), null],
    ["float64", json(v.float64()), NaN],
    ["int64", COMMIT_TS, 3n],
    ["commitTs", PLACEHOLDER, 3n],
    ["boolean", json(v.boolean()), false],
    ["string", json(v.string()), ""],
    ["bytes", json(v.bytes()), new ArrayBuffer(2)],
    ["a literal", json(v.literal("x")), "x"],
    ["a bigint literal", json(v.literal(5n)), 5n],
    ["an id of the table", json(v.id("users")), "users:1"],
    ["an array", json(v.array(v.number())), [1, 2]],
    ["a record", json(v.record(v.string(), v.number())), { a: 1, b: 2 }],
    ["an absent optional field", json(v.object({ a: v.optional(v.string()) })), {}],
    ["one member of a union", json(v.union(v.null(), v.string())), "s"],
  ];
  test.each(matching)("%s matches", (_name, validator, value) => {
    expect(checkValidator(validator, value, tableOf)).toBeNull();
  });

  const failing: [string, ValidatorJSON, Value, string][] = [
    [
      "a missing field",
      json(v.object({ y: v.optional(v.number()), x: v.string() })),
      { y: 1 },
      "Object is missing the required field `x`. Consider wrapping the field validator in " +
        "`v.optional(...)` if this is expected.\n\nObject: {y: 1.0}\n" +
        "Validator: v.object({x: v.string(), y: v.optional(v.float64())})",
    ],
    [
      "an extra field, below",
      json(v.object({ a: v.array(v.object({})) })),
      { a: [{}, { b: null }] },
      "Object contains extra field `b` that is not in the validator.\nPath: .a[1]\n" +
        "Object: {b: null}\nValidator: v.object({})",
    ],
    [
      "another type",
      json(v.object({ n: v.int64() })),
      { n: 1.5 },
      "Value does not match validator.\nPath: .n\nValue: 1.5\nValidator: v.int64()",
    ],
    [
      "a literal",
      json(v.literal(2)),
      1,
      "`1.0` does not match literal validator `v.literal(2.0)`.",
    ],
    [
      "no member of a union",
      json(v.union(v.null(), v.literal("a"))),
      "b",
      'Value does not match validator.\n\nValue: "b"\n' +
        'Validator: v.union(v.null(), v.literal("a"))',
    ],
    [
      "the only member of a union",
      json(v.union(v.literal(true))),
      false,
      "`false` does not match literal validator `v.literal(true)`.",
    ],
    [
      "an id of another table",
      json(v.object({ user: v.id("users") })),
      { user: "posts:1" },
      'Found ID "posts:1" from table `posts`, which does not match the table name in ' +
        'validator `v.id("users")`.Path: .user',
    ],
    [
      "an id of a system table",
      json(v.id("users")),
      "_storage:1",
      'Found ID "_storage:1" from a system table, which does not match the table name in ' +
        'validator `v.id("users")`.',
    ],
    [
      "a string that is no id",
      json(v.id("users")),
      "nobody",
      'Value does not match validator.\n\nValue: "nobody"\nValidator: v.id("users")',
    ],
    [
      "a value in a record",
      json(v.record(v.string(), v.number())),
      { a: 1, b: "2" },
      'Value does not match validator.\nPath: .values()\nValue: "2"\nValidator: v.float64()',
    ],
    [
      "a key of a record",
      json(v.record(v.id("users"), v.number())),
      { a: 1 },
      'Value does not match validator.\nPath: .keys()\nValue: "a"\nValidator: v.id("users")',
    ],
    [
      "bytes",
      json(v.string()),
      new Uint8Array([1, 2]).buffer,
      'Value does not match validator.\n\nValue: b"AQI="\nValidator: v.string()',
    ],
  ];
  test.each(failing)(
    "%s fails in the backend's words",
    (_name, validator, value, words) => {
      const failure = checkValidator(validator, value, tableOf);

      expect(failure && renderPlatform(failure)).toBe(words);
    },
  );

  test("each use puts its own name in front", () => {
    const failure = checkValidator(json(v.null()), 1, tableOf)!;

    expect(renderArgumentFailure(failure)).toMatch(
      /^ArgumentValidationError: Value does/,
    );
    expect(renderReturnsFailure(failure)).toMatch(/^ReturnsValidationError: Value does/);
    expect(renderDocumentFailure("t", failure)).toMatch(
      /^Failed to insert or update a document in table "t" because it does not match the schema: Value does/,
    );
  });
});

describe("checkConvexTestValidator", () => {
  const cases: [string, ValidatorJSON, Value, string | null][] = [
    ["records are not looked into", json(v.record(v.string(), v.number())), 7, null],
    [
      "a bigint literal never matches",
      json(v.literal(5n)),
      5n,
      "Validator error: Expected `[object Object]`, got `5`",
    ],
    [
      "null for an object",
      json(v.object({})),
      null,
      "Cannot convert undefined or null to object",
    ],
    [
      "an undefined field counts as unexpected",
      json(v.object({})),
      { a: undefined },
      "Validator error: Unexpected field `a` in object",
    ],
    [
      "a union names the kinds of its members",
      json(v.union(v.null(), v.literal("a"))),
      { b: 1n },
      'Validator error: Expected one of null, literal, got `{"b":{"$integer":"AQAAAAAAAAA="}}`',
    ],
  ];
  test.each(cases)("%s", (_name, validator, value, words) => {
    expect(checkConvexTestValidator(validator, value, tableOf)).toBe(words);
  });
});
