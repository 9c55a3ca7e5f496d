/** Values: what survives the way in and out, what is refused, how large they may be. */
import { byMutation, byQuery, defineSubject } from "../case.js";
import { fails, findMismatch, show } from "../expectation.js";

const BYTES = new Uint8Array([0, 1, 254, 255]).buffer;

const SPECIMENS: Record<string, unknown> = {
  null: null,
  true: true,
  number: 1.5,
  negativeZero: -0,
  nan: NaN,
  infinity: Infinity,
  minusInfinity: -Infinity,
  hugeNumber: Number.MAX_VALUE,
  integer: 5n,
  minInteger: -(2n ** 63n),
  maxInteger: 2n ** 63n - 1n,
  string: "text",
  emptyString: "",
  wideString: "\u00e9\u{1f600}\u0000",
  bytes: BYTES,
  emptyBytes: new ArrayBuffer(0),
  array: [1, "two", [3n, null]],
  object: { a: 1, b: { c: [], d: {} } },
  strangeFields: { "with space": 1, "0": 2, "a.b": 3 },
};

export const values = defineSubject("values", {
  throughQuery: {
    rule: "every kind of value passes through a query unchanged",
    observe: async (t) => {
      const value = await t.query("values:echoQuery", { value: SPECIMENS });
      return findMismatch(value, SPECIMENS);
    },
    expected: null,
  },
  throughMutation: {
    rule: "every kind of value passes through a mutation unchanged",
    observe: async (t) => {
      const value = await t.mutation("values:echoMutation", { value: SPECIMENS });
      return findMismatch(value, SPECIMENS);
    },
    expected: null,
  },
  throughAction: {
    rule: "every kind of value passes through an action unchanged",
    observe: async (t) => {
      const value = await t.action("values:echoAction", { value: SPECIMENS });
      return findMismatch(value, SPECIMENS);
    },
    expected: null,
  },
  throughDocument: {
    rule: "every kind of value can be stored in a document",
    observe: async (t) => {
      const value = await t.mutation("values:store", { value: SPECIMENS });
      return findMismatch(value, SPECIMENS);
    },
    expected: null,
  },
  kinds: {
    rule: "stored values come back as the same kinds of JavaScript values",
    observe: byMutation("values:describeKinds", {
      values: [null, true, 1, 1n, "", new ArrayBuffer(1), [], {}],
    }),
    expected: [
      "null",
      "Boolean",
      "Number",
      "BigInt",
      "String",
      "ArrayBuffer",
      "Array",
      "Object",
    ],
  },
  undefinedReturn: {
    rule: "a function that returns nothing returns null",
    observe: byQuery("values:returnNothing"),
    expected: null,
  },
  undefinedFields: {
    rule: "undefined fields of a returned object are left out",
    observe: byQuery("values:returnUndefinedField"),
    expected: { kept: 1, list: [{}] },
  },
  refused: {
    rule: "what is not a Convex value is refused, with its path",
    observe: byMutation("values:refused"),
    expected: {
      date: { error: /Date .* is not a supported Convex type \(present at path \.value/ },
      map: { error: /Map.* is not a supported Convex type/ },
      set: { error: /Set.* is not a supported Convex type/ },
      instance: { error: /Point.* is not a supported Convex type/ },
      symbol: { error: /is not a supported Convex type|Cannot/ },
      hugeBigint: { error: /does not fit into a 64-bit signed integer/ },
      undefinedInArray: { error: /undefined is not a valid Convex value.*\.value\[0\]/ },
      dollarField: { error: /starts with a '\$', which is reserved/ },
      accentedField: { error: /non-control ASCII characters/ },
      typedArray: { error: /Uint8Array.* is not a supported Convex type/ },
    },
  },
  documentLimits: {
    rule: "a document has 16 levels, arrays of 8192, objects of 1024 fields, 1 MiB at most",
    observe: byMutation("values:limits"),
    expected: {
      nestedEnough: { ok: null },
      nestedTooDeep: { error: /too nested/ },
      arrayEnough: { ok: null },
      arrayTooLong: { error: /Array length is too long|array/i },
      fieldsEnough: { ok: null },
      fieldsTooMany: { error: /too many fields/i },
      sizeEnough: { ok: null },
      sizeTooLarge: { error: /too large/i },
    },
  },
  systemFields: {
    rule: "fields that start with an underscore are reserved at a document's top level",
    observe: byMutation("values:systemFields"),
    expected: {
      underscore: { error: /_other.*(reserved|starts with|underscore)|'_'/i },
      nestedUnderscore: { ok: null },
    },
  },
  argumentsAreAnObject: {
    rule: "a function takes one object of arguments",
    observe: (t) => t.query("values:echoQuery", [] as never),
    expected: fails(/object/i),
  },
  largeValue: {
    rule: "a megabyte passes as an argument and as a result",
    observe: async (t) => {
      const value = "x".repeat(1 << 20);
      return show((await t.query("values:echoQuery", { value })) === value);
    },
    expected: "true",
  },
});
