/** Validators of arguments, returns and documents. */
import { byMutation, byQuery, defineSubject } from "../case.js";
import { fails } from "../expectation.js";
import type { Deployment } from "../target.js";

const accepts = (name: string, value: unknown) => ({
  rule: `an argument of kind ${name} is accepted`,
  observe: byQuery("validated:accept", { [name]: value }),
  expected: [name],
});

const refuses = (name: string, value: unknown, message = /ArgumentValidationError/) => ({
  rule: `an argument that is no ${name} is refused`,
  observe: byQuery("validated:accept", { [name]: value }),
  expected: fails(message),
});

const documents = (table: string, row: unknown) =>
  byMutation("validated:insertInto", { table, row });
const schemaError = fails(
  /Failed to insert or update a document in table .* does not match the schema/,
);

export const validators = defineSubject("validators", {
  text: accepts("text", "a"),
  number: accepts("number", NaN),
  integer: accepts("integer", 1n),
  flag: accepts("flag", false),
  nothing: accepts("nothing", null),
  bytes: accepts("bytes", new ArrayBuffer(2)),
  list: accepts("list", [1, 2]),
  emptyList: accepts("list", []),
  literal: accepts("literal", "only"),
  either: accepts("either", 1),
  record: accepts("record", { a: 1, b: 2 }),
  object: accepts("object", { inner: "a" }),
  noText: refuses("text", 1),
  noNumber: refuses("number", 1n),
  noInteger: refuses("integer", 1),
  noFlag: refuses("flag", 0),
  noNothing: refuses("nothing", "null"),
  noBytes: refuses("bytes", "bytes"),
  noList: refuses("list", { 0: 1 }),
  noListOfNumbers: refuses("list", [1, "2"]),
  noLiteral: refuses("literal", "other"),
  noUnion: refuses("either", true),
  noRecord: refuses("record", { a: "1" }),
  noObject: refuses("object", { other: "a" }),
  noId: refuses("id", "nonsense"),
  idOfRow: {
    rule: "an id of the table is accepted, of another table refused",
    observe: async (t) => {
      const rows = [{ title: "a" }];
      const [task] = await t.mutation("rows:insert", { table: "tasks", rows });
      const [item] = await t.mutation("rows:insert", { table: "items", rows });
      const wrong = await t
        .query("validated:accept", { id: item })
        .catch(() => "refused");
      return [await t.query("validated:accept", { id: task }), wrong];
    },
    expected: [["id"], "refused"],
  },
  argumentPath: {
    rule: "the message of an argument's violation has its path, value and validator",
    observe: byQuery("validated:accept", { object: { inner: 1 } }),
    expected: fails(/Path: \.object\.inner\s+Value: 1\.0\s+Validator: v\.string\(\)/),
  },
  missing: {
    rule: "a required argument is required",
    observe: byQuery("validated:required", {}),
    expected: fails(
      /ArgumentValidationError: Object is missing the required field `text`/,
    ),
  },
  extra: {
    rule: "an argument that is not declared is refused",
    observe: byQuery("validated:required", { text: "a", other: 1 }),
    expected: fails(/ArgumentValidationError: Object contains extra field `other`/),
  },
  unvalidated: {
    rule: "a function without validators takes anything",
    observe: byQuery("validated:unvalidated", { b: 1, a: [null] }),
    expected: ["a", "b"],
  },
  returns: {
    rule: "a returned value that violates its validator is an error",
    observe: byQuery("validated:returnsText", { value: 1 }),
    expected: fails(/ReturnsValidationError/),
  },
  returnsFits: {
    rule: "a returned value that fits is returned",
    observe: byQuery("validated:returnsText", { value: "fits" }),
    expected: "fits",
  },
  returnsNothing: {
    rule: "nothing returned fits v.null()",
    observe: byQuery("validated:returnsNull"),
    expected: null,
  },
  returnsRollsBack: {
    rule: "a mutation whose return value is refused writes nothing",
    observe: async (t) => {
      const outcome = await t
        .mutation("validated:mutationReturnsText", { value: 1 })
        .catch(() => "refused");
      return { outcome, rows: await t.query("rows:list", { table: "items" }) };
    },
    expected: { outcome: "refused", rows: [] },
  },
  document: {
    rule: "a document that fits its table is written",
    observe: documents("tasks", {
      title: "a",
      stage: "open",
      owner: { name: "b", age: 1n },
      scores: { c: 1 },
    }),
    expected: "written",
  },
  documentMissing: {
    rule: "a document without a required field is refused",
    observe: documents("tasks", {}),
    expected: schemaError,
  },
  documentExtra: {
    rule: "a document with an undeclared field is refused",
    observe: documents("tasks", { title: "a", other: 1 }),
    expected: schemaError,
  },
  documentNested: {
    rule: "a nested field of the wrong kind is refused",
    observe: documents("tasks", { title: "a", owner: { name: 1 } }),
    expected: schemaError,
  },
  documentLiteral: {
    rule: "a literal that is none of the union is refused",
    observe: documents("tasks", { title: "a", stage: "lost" }),
    expected: schemaError,
  },
  documentUnion: {
    rule: "a table of a union takes each of its shapes",
    observe: async (t: Deployment) => {
      const rows = [
        { kind: "circle", radius: 1 },
        { kind: "square", side: 2 },
      ];
      await t.mutation("rows:insert", { table: "shapes", rows });
      return await t.query("rows:list", { table: "shapes" });
    },
    expected: [
      { kind: "circle", radius: 1 },
      { kind: "square", side: 2 },
    ],
  },
  documentOfNoShape: {
    rule: "a mixture of the shapes of a union is refused",
    observe: documents("shapes", { kind: "circle", side: 2 }),
    expected: schemaError,
  },
  documentLink: {
    rule: "a document refers to rows of the declared table",
    observe: byMutation("validated:linkTo", { table: "tasks" }),
    expected: "written",
  },
  documentWrongLink: {
    rule: "an id of another table is refused in a document",
    observe: byMutation("validated:linkTo", { table: "items" }),
    expected: fails(/does not match the table name in validator/),
  },
  patched: {
    rule: "a patch is validated together with what it leaves",
    observe: byMutation("validated:changeTask", {
      how: "patch",
      value: { count: "many" },
    }),
    expected: {
      outcome: { error: /does not match the schema/ },
      title: "first",
      count: 1,
    },
  },
  replaced: {
    rule: "a replacement is validated as a whole",
    observe: byMutation("validated:changeTask", { how: "replace", value: { count: 2 } }),
    expected: {
      outcome: { error: /does not match the schema/ },
      title: "first",
      count: 1,
    },
  },
  survives: {
    rule: "a caught violation leaves the transaction usable",
    observe: byMutation("validated:survivesInvalid"),
    expected: { failed: true, titles: ["after"] },
  },
  ownIdOfComponent: {
    rule: "a component's validator takes ids of its own tables",
    observe: async (t: Deployment) => {
      const id = await t.mutation("parts:call", {
        path: "entries.add",
        args: { label: "a" },
      });
      return await t.query("parts:ask", { path: "entries.take", args: { id } });
    },
    expected: "taken",
  },
  foreignIdOfComponent: {
    rule: "ids of the app pass into a component as strings",
    observe: async (t: Deployment) => {
      const [id] = await t.mutation("rows:insert", { table: "items", rows: [{}] });
      return await t.query("parts:ask", { path: "entries.takeForeign", args: { id } });
    },
    expected: "taken",
  },
});
