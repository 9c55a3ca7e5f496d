/** Values on their way in, out, and into documents. */
import { actionGeneric, mutationGeneric, queryGeneric } from "convex/server";
import { v } from "convex/values";

import { attemptEach } from "./attempt.js";

const echo = {
  args: { value: v.any() },
  handler: async (_: unknown, args: any) => args.value,
};

export const echoQuery = queryGeneric(echo);
export const echoMutation = mutationGeneric(echo);
export const echoAction = actionGeneric(echo);

/** Writes the value into a document and reads it back in the same transaction. */
export const store = mutationGeneric({
  args: { value: v.any() },
  handler: async (ctx, { value }) => {
    const id = await ctx.db.insert("items", { value });
    const row = await ctx.db.get(id);
    return row?.value;
  },
});

/** What JavaScript sees of stored values. */
export const describeKinds = mutationGeneric({
  args: { values: v.array(v.any()) },
  handler: async (ctx, { values }) => {
    const id = await ctx.db.insert("items", { values });
    const row: any = await ctx.db.get(id);
    return row.values.map((value: any) =>
      value === null ? "null" : (value.constructor?.name ?? typeof value),
    );
  },
});

export const returnNothing = queryGeneric({ args: {}, handler: async () => undefined });

export const returnUndefinedField = queryGeneric({
  args: {},
  handler: async () => ({ kept: 1, dropped: undefined, list: [{ dropped: undefined }] }),
});

/** What is not a Convex value is refused wherever it is given. */
export const refused = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    const write = (value: any) => () => ctx.db.insert("items", { value });
    class Point {}
    return await attemptEach({
      date: write(new Date(0)),
      map: write(new Map()),
      set: write(new Set()),
      instance: write(new Point()),
      symbol: write(Symbol("s")),
      hugeBigint: write(2n ** 63n),
      undefinedInArray: write([undefined]),
      dollarField: write({ $field: 1 }),
      accentedField: write({ "\u00e9t\u00e9": 1 }),
      typedArray: write(new Uint8Array(1)),
    });
  },
});

/** Deep and wide values: the limits of a document. */
export const limits = mutationGeneric({
  args: {},
  handler: async (ctx) => {
    const nest = (levels: number): any =>
      levels === 0 ? 1 : { inner: nest(levels - 1) };
    const wide = (count: number, field: (index: number) => string) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [field(index), 1]));
    const write = (value: any) => async () => {
      await ctx.db.insert("items", { value });
    };
    return await attemptEach({
      nestedEnough: write(nest(14)),
      nestedTooDeep: write(nest(16)),
      arrayEnough: write(new Array(8192).fill(0)),
      arrayTooLong: write(new Array(8193).fill(0)),
      fieldsEnough: write(wide(1024, (index) => `f${index}`)),
      fieldsTooMany: write(wide(1025, (index) => `f${index}`)),
      sizeEnough: write("x".repeat((1 << 20) - 1000)),
      sizeTooLarge: write("x".repeat((1 << 20) + 1)),
    });
  },
});

/** A document's top level takes no field of the system's namespace. */
export const systemFields = mutationGeneric({
  args: {},
  handler: async (ctx) =>
    await attemptEach({
      underscore: async () => {
        await ctx.db.insert("items", { _other: 1 });
      },
      nestedUnderscore: async () => {
        await ctx.db.insert("items", { nested: { _other: 1 } });
      },
    }),
});
