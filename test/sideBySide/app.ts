/** The app that both implementations run: its functions, and a component with one of its own. */
import {
  actionGeneric,
  createFunctionHandle,
  defineSchema,
  defineTable,
  httpActionGeneric,
  httpRouter,
  internalMutationGeneric,
  makeFunctionReference,
  mutationGeneric,
  queryGeneric,
  type FunctionHandle,
  type FunctionReference,
} from "convex/server";
import { ConvexError, v } from "convex/values";
import type { ModuleGlob } from "../../sim/compat/modules.js";

/** A function of any kind; what it takes and returns is not typed here. */
export type AnyReference = FunctionReference<any, any, any, any>;

/** A function by its path, as generated code would name it. */
export function at(path: string): AnyReference {
  return makeFunctionReference<"mutation">(path);
}

/** A function of the component "counter", as `components.counter` would name it. */
export function inCounter(name: string): AnyReference {
  const key = Symbol.for("toReferencePath");
  return { [key]: `_reference/childComponent/counter/${name}` } as never;
}

export const schema = defineSchema({
  items: defineTable({
    key: v.string(),
    rank: v.optional(v.union(v.number(), v.int64(), v.null())),
    at: v.optional(v.commitTs()),
  }).index("by_rank", ["rank", "key"]),
  vectors: defineTable({ tag: v.string(), vector: v.array(v.float64()) }).vectorIndex(
    "by_vector",
    { vectorField: "vector", dimensions: 2, filterFields: ["tag"] },
  ),
});

export const counterSchema = defineSchema({ counts: defineTable({ count: v.number() }) });

const counter = {
  add: mutationGeneric({
    args: { amount: v.number() },
    returns: v.number(),
    handler: async (ctx, { amount }) => {
      const found = await ctx.db.query("counts").first();
      const count = ((found?.count as number | undefined) ?? 0) + amount;
      if (found === null) await ctx.db.insert("counts", { count });
      else await ctx.db.patch(found._id, { count });
      return count;
    },
  }),
  whoAmI: queryGeneric({
    handler: async (ctx) => [
      await ctx.auth.getUserIdentity(),
      await ctx.meta.getFunctionMetadata(),
    ],
  }),
  callBack: mutationGeneric({
    args: { handle: v.string() },
    handler: async (ctx, { handle }) =>
      await ctx.runMutation(handle as FunctionHandle<"mutation">, {
        key: "from a child",
      }),
  }),
  later: mutationGeneric({
    handler: async (ctx) =>
      await ctx.scheduler.runAfter(5, at("counting:add"), { amount: 7 }),
  }),
  fail: mutationGeneric({
    handler: async (ctx) => {
      await ctx.db.insert("counts", { count: 1000 });
      throw new ConvexError({ code: "child" });
    },
  }),
};

const main = {
  list: queryGeneric({
    args: {},
    handler: async (ctx) => (await ctx.db.query("items").collect()).map(({ key }) => key),
  }),
  add: mutationGeneric({
    args: { key: v.string(), rank: v.optional(v.number()) },
    returns: v.id("items"),
    handler: async (ctx, args) => await ctx.db.insert("items", args),
  }),
  addThenFail: internalMutationGeneric({
    args: { key: v.string(), plain: v.optional(v.boolean()) },
    handler: async (ctx, { key, plain }) => {
      await ctx.db.insert("items", { key });
      throw plain ? new RangeError(`no ${key}`) : new ConvexError({ key });
    },
  }),
  wrongReturn: queryGeneric({ returns: v.string(), handler: async () => 5 as never }),
  stamp: mutationGeneric({
    handler: async (ctx) => {
      const id = await ctx.db.insert("items", {
        key: "stamped",
        at: ctx.db.vars.commitTs,
      });
      const seen = (await ctx.db.get(id))!;
      return { seen, written: ctx.db.vars.commitTs };
    },
  }),
  action: actionGeneric({
    handler: async (ctx) => {
      await ctx.runMutation(at("main:add"), { key: "by an action" });
      const caught = await ctx
        .runMutation(at("main:addThenFail"), { key: "lost", plain: true })
        .catch((error: unknown) => (error as Error).constructor.name);
      const job = await ctx.scheduler.runAfter(50, at("main:add"), { key: "scheduled" });
      await ctx.scheduler.cancel(job);
      return [caught, await ctx.runQuery(at("main:list"), {})];
    },
  }),
  handleOf: queryGeneric({
    args: { name: v.string() },
    handler: async (_ctx, { name }) => await createFunctionHandle(at(name)),
  }),
  request: actionGeneric({
    handler: async (ctx) => {
      const { requestId: _id, ...rest } = await ctx.meta.getRequestMetadata();
      return rest;
    },
  }),
};

const http = httpRouter();
http.route({
  pathPrefix: "/echo/",
  method: "POST",
  handler: httpActionGeneric(async (ctx, request) => {
    const keys = await ctx.runQuery(at("main:list"), {});
    const identity = await ctx.auth.getUserIdentity();
    const body = [
      new URL(request.url).search,
      await request.text(),
      keys,
      identity?.subject,
    ];
    return Response.json(body, { status: 201 });
  }),
});

/** A glob of one component. */
function modulesOf(modules: Record<string, unknown>): ModuleGlob {
  const entries = Object.entries({ "_generated/api": {}, ...modules });
  return Object.fromEntries(
    entries.map(([path, module]) => [`./app/${path}.ts`, () => Promise.resolve(module)]),
  );
}

export const appModules = modulesOf({ main, http: { default: http } });
export const counterModules = modulesOf({ counting: counter });
