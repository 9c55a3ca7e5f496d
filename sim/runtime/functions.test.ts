/** What functions see of each other: code, identity, requests, and the end of the line. */
import {
  actionGeneric,
  componentsGeneric,
  createFunctionHandle,
  makeFunctionReference,
  mutationGeneric,
  type Auth,
  type FunctionReference,
} from "convex/server";
import { describe, expect, test } from "vitest";
import { createConvex, type ConvexOptions } from "../index.js";
import {
  action,
  appOf,
  jobsOf,
  mutation,
  openApp,
  sleep,
  statesOf,
  textsOf,
} from "./testApp.js";

const SETTINGS: Partial<ConvexOptions>[] = [{}, { latency: "none" }];
type Mutation = FunctionReference<"mutation", "public", Record<string, unknown>, unknown>;
const { child } = componentsGeneric() as unknown as {
  child: { lib: Record<"who" | "schedule", Mutation> };
};

const who = async ({ auth }: { auth: Auth }) =>
  (await auth.getUserIdentity())?.subject ?? null;

describe.each(SETTINGS)("with %j", (settings) => {
  test("an action keeps its code, and calls what is deployed now", async () => {
    const version = (value: unknown) => mutationGeneric(async () => value as string);
    const convex = await openApp(
      {
        version: version("old"),
        ask: actionGeneric(async (ctx) => {
          const before: unknown = await ctx.runMutation(mutation("version"));
          await sleep(1_000);
          return [
            before,
            (await ctx.runMutation(mutation("version"))) as unknown,
            "still old",
          ];
        }),
      },
      settings,
    );
    const call = convex.action(action("ask"));
    await convex.runFor(500);
    await convex.deploy({ app: appOf({ version: version("new") }) });
    expect(await call).toEqual(["old", "new", "still old"]);
  });

  test("an identity stays in a transaction, and leaves an action for the app only", async () => {
    const convex = await createConvex({
      ...settings,
      app: appOf({
        who: mutationGeneric(who),
        transact: mutationGeneric(async (ctx) => [
          await who(ctx),
          (await ctx.runMutation(mutation("who"))) as unknown,
          await ctx.runMutation(child.lib.who, {}),
        ]),
        act: actionGeneric(async (ctx) => [
          await who(ctx),
          (await ctx.runMutation(mutation("who"))) as unknown,
          await ctx.runMutation(child.lib.who, {}),
        ]),
      }),
      components: { child: { modules: { "lib.ts": { who: mutationGeneric(who) } } } },
    });
    const user = convex.withIdentity({ subject: "user" });
    expect(await user.mutation(mutation("transact"))).toEqual(["user", "user", "user"]);
    expect(await user.action(action("act"))).toEqual(["user", "user", null]);
  });

  test("a job lives where it was scheduled, and all that it calls knows it", async () => {
    const convex = await createConvex({
      ...settings,
      app: appOf({
        note: mutationGeneric(async (ctx) => {
          const { scheduledFunctionId: text } = await ctx.meta.getRequestMetadata();
          await ctx.db.insert("notes", { text });
        }),
        start: mutationGeneric(async (ctx) => {
          const handle = await createFunctionHandle(mutation("note"));
          return await ctx.runMutation(child.lib.schedule, { handle });
        }),
      }),
      components: {
        child: {
          modules: {
            "lib.ts": {
              schedule: mutationGeneric(async (ctx, args: { handle: string }) => {
                const act = makeFunctionReference<"action">("lib:act");
                return await ctx.scheduler.runAfter(0, act, args);
              }),
              act: actionGeneric(async (ctx, args: { handle: string }) => {
                await ctx.runMutation(args.handle as never, {});
              }),
            },
          },
        },
      },
    });
    const id: unknown = await convex.mutation(mutation("start"));
    await convex.runUntilIdle();
    expect(statesOf(convex)).toEqual([]);
    expect(statesOf(convex, "child")).toEqual(["success"]);
    expect(textsOf(convex)).toEqual([id]);
  });

  test("a crashed action runs no further line", async () => {
    const convex = await openApp(
      {
        start: mutationGeneric(async (ctx) => {
          await ctx.scheduler.runAfter(0, action("tidy"), {});
        }),
        tidy: actionGeneric(async (ctx) => {
          try {
            await ctx.runMutation(mutation("add"), { text: "x" });
          } finally {
            await ctx.runMutation(mutation("add"), { text: "tidied" });
          }
        }),
      },
      {
        ...settings,
        faults: {
          crash: { schedule: [{ function: "app:tidy", nth: 1, phase: "after" }] },
        },
      },
    );
    await convex.mutation(mutation("start"));
    await convex.runUntilIdle();
    expect(textsOf(convex)).toEqual(["x"]);
    expect(statesOf(convex)).toEqual(["failed"]);
  });

  test("a transaction that waits for nothing fails, and its job with it", async () => {
    const convex = await openApp(
      {
        wait: mutationGeneric(async () => await new Promise<null>(() => undefined)),
        start: mutationGeneric(async (ctx) => {
          await ctx.scheduler.runAfter(0, mutation("wait"), {});
        }),
      },
      settings,
    );
    const error = "Returned promise will never resolve";
    await expect(convex.mutation(mutation("wait"))).rejects.toThrow(error);
    await convex.mutation(mutation("start"));
    await convex.runUntilIdle();
    expect(jobsOf(convex).map(({ state }) => state)).toEqual([{ kind: "failed", error }]);
    expect(convex.permits.mutation.used).toBe(0);
  });

  test("a module that does not load fails those who call it, without its own words", async () => {
    const broken = "/home/someone/app/missing.js";
    const modules = {
      "app.ts": {
        start: mutationGeneric(async (ctx) => {
          await ctx.scheduler.runAfter(1_000, mutation("later"), {});
        }),
        later: mutationGeneric(async () => null),
      },
    };
    const convex = await createConvex({ ...settings, app: { modules } });
    await convex.mutation(mutation("start"));
    await convex.deploy({
      app: { modules: { "app.ts": () => Promise.reject(new Error(broken)) } },
    });
    const error = "Failed to analyze app.js: its import failed.";
    await expect(convex.mutation(mutation("start"))).rejects.toThrow(error);
    await convex.runUntilIdle();
    expect(jobsOf(convex).map(({ state }) => state)).toEqual([{ kind: "failed", error }]);
  });
});
