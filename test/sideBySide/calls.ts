/** Scenarios of functions that call functions: types, components, errors, turns. */
import type { GenericMutationCtx, GenericDataModel } from "convex/server";
import { at, inCounter } from "./app.js";
import { scenario, type Scenario } from "./scenario.js";

type Ctx = GenericMutationCtx<GenericDataModel>;

export const callScenarios: Scenario[] = [
  scenario("functions of each type, called right and wrong", async (t, see) => {
    await see("query", () => t.query(at("main:list"), {}));
    await see("mutation", () => t.mutation(at("main:add"), { key: "a" }));
    await see("action", () => t.action(at("main:action"), {}));
    await see("not a query", () => t.query(at("main:add"), { key: "b" }));
    await see("not an action", () => t.action(at("main:add"), { key: "b" }));
    await see("no such export", () => t.query(at("main:nothing"), {}));
    await see("no such module", () => t.query(at("nowhere:list"), {}));
    await see("no default export", () => t.query(at("main"), {}));
    await see("missing argument", () => t.mutation(at("main:add"), {}));
    await see("wrong argument", () => t.mutation(at("main:add"), { key: 1 }));
    await see("extra argument", () => t.mutation(at("main:add"), { key: "b", x: 1 }));
    await see("arguments that are no object", () => t.query(at("main:list"), [1]));
    await see("wrong result", () => t.query(at("main:wrongReturn"), {}));
    await see("after all of these", () => t.query(at("main:list"), {}));
  }),
  scenario("errors keep their class and data", async (t, see) => {
    await see("ConvexError", () => t.mutation(at("main:addThenFail"), { key: "a" }));
    await see("another error", () =>
      t.mutation(at("main:addThenFail"), { key: "a", plain: true }),
    );
    await see("caught inside", () =>
      t.mutation(async (ctx) => {
        const first = await ctx
          .runMutation(at("main:addThenFail"), { key: "a" })
          .catch(asText);
        const second = await ctx
          .runMutation(at("main:addThenFail"), { key: "a", plain: true })
          .catch(asText);
        return [first, second];
      }),
    );
    await see("thrown by no error", () => t.run(rejectWithText));
    await see("rolled back", () => t.query(at("main:list"), {}));
  }),
  scenario("handlers written in place", async (t, see) => {
    const add = (ctx: Ctx) => ctx.db.insert("items", { key: "inline" });
    await see("mutation", () => t.mutation(add));
    await see("query", () =>
      t.query(async (ctx) => await ctx.db.query("items").collect()),
    );
    await see("action", () =>
      t.action(async (ctx) => await ctx.runQuery(at("main:list"), {})),
    );
    await see("run", () => t.run(async (ctx) => Object.keys(ctx).sort()));
    await see("undefined", () => t.run(async () => undefined));
    await see("no value", () => t.run(async () => new Map()));
    await see("a query", () => t.query(async (ctx) => ctx.db.query("items") as never));
  }),
  scenario("components", async (t, see) => {
    const nest = (ctx: Ctx) => ctx.runMutation(inCounter("counting/add"), { amount: 2 });
    await see("from the app", () => t.mutation(nest));
    await see("from a test", () => t.mutation(inCounter("counting/add"), { amount: 3 }));
    const user = t.withIdentity({ name: "Ada" });
    await see("auth stays behind", () => user.query(inCounter("counting/whoAmI"), {}));
    await see("auth inside", () =>
      user.mutation(async (ctx) => [
        (await ctx.auth.getUserIdentity())?.name,
        await ctx.runQuery(inCounter("counting/whoAmI"), {}),
      ]),
    );
    await see("a failing child", () =>
      t.mutation(async (ctx) => {
        const caught = await ctx
          .runMutation(inCounter("counting/fail"), {})
          .catch(asText);
        return [caught, await ctx.runMutation(inCounter("counting/add"), { amount: 1 })];
      }),
    );
    const handle = await t.query(at("main:handleOf"), { name: "main:add" });
    await see("a handle", () => handle);
    await see("calling back", () =>
      t.mutation(inCounter("counting/callBack"), { handle }),
    );
    await see("its tables", () =>
      t.runInComponent(
        "counter",
        async (ctx: Ctx) => await ctx.db.query("counts").collect(),
      ),
    );
    await see("not registered", () =>
      t.runInComponent(
        "other",
        async (ctx: Ctx) => await ctx.db.query("counts").collect(),
      ),
    );
    const path = { componentPath: "counter", udfPath: "counting:add" };
    await see("by path", () => t.fun(path, { amount: 1 }));
  }),
  scenario("calls at once take turns", async (t, see) => {
    await see("from a test", () =>
      Promise.all(["a", "b", "c"].map((key) => t.mutation(at("main:add"), { key }))),
    );
    await see("from a mutation", () =>
      t.mutation(async (ctx) => {
        const adds = ["d", "e"].map((key) => ctx.runMutation(at("main:add"), { key }));
        return await Promise.all([...adds, ctx.runQuery(at("main:list"), {})]);
      }),
    );
    await see("from an action", () =>
      t.action(async (ctx) => {
        const adds = ["f", "g"].map((key) => ctx.runMutation(at("main:add"), { key }));
        return await Promise.all([...adds, ctx.runQuery(at("main:list"), {})]);
      }),
    );
    await see("stale and own snapshots", () =>
      t.mutation(async (ctx) => {
        await ctx.db.insert("items", { key: "pending" });
        const stale = { useStaleSnapshot: true } as never;
        return [
          await ctx.runQuery(at("main:list"), {}, stale),
          await ctx.runQuery(at("main:list"), {}),
        ];
      }),
    );
  }),
];

function rejectWithText(): Promise<never> {
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- what is tested
  return Promise.reject("text");
}

function asText(error: unknown): string {
  const { name, message, data } = error as Error & { data?: unknown };
  return `${name}: ${message} ${JSON.stringify(data)}`;
}
