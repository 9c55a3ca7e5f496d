/** How functions end: what is drained, what is undone, and what nobody can catch. */
import { AsyncLocalStorage } from "node:async_hooks";
import { actionGeneric, mutationGeneric, queryGeneric } from "convex/server";
import { describe, expect, test } from "vitest";
import type { ConvexOptions } from "../index.js";
import { action, mutation, openApp, query, sleep, textsOf } from "./testApp.js";

const SETTINGS: Partial<ConvexOptions>[] = [{}, { latency: "none" }];
const ignore = () => undefined;

describe.each(SETTINGS)("with %j, what a function did not await", (settings) => {
  test("is done before its commit, with all that follows from it", async () => {
    const convex = await openApp(
      {
        leave: mutationGeneric(async (ctx) => {
          void (async () => {
            for (const text of "abcde") await ctx.db.insert("notes", { text });
          })();
        }),
      },
      settings,
    );
    await convex.mutation(mutation("leave"));
    expect(textsOf(convex)).toEqual([..."abcde"]);
  });

  test("is undone with it when it throws", async () => {
    const convex = await openApp(
      {
        slow: mutationGeneric(async (ctx) => {
          await ctx.db.insert("notes", { text: "slow" });
          await ctx.db.query("notes").collect();
          await ctx.db.insert("notes", { text: "slower" });
        }),
        fail: mutationGeneric(async (ctx) => {
          await ctx.db.insert("notes", { text: "fail" });
          void ctx.runMutation(mutation("slow"));
          throw new Error("refused");
        }),
        recover: mutationGeneric(async (ctx) => {
          await ctx.runMutation(mutation("fail")).catch(ignore);
          await ctx.db.insert("notes", { text: "x" });
          await ctx.db.insert("notes", { text: "y" });
        }),
      },
      settings,
    );
    await convex.mutation(mutation("recover"));
    expect(textsOf(convex)).toEqual(["x", "y"]);
  });

  test("is undone even when it was through, and only drained", async () => {
    let isThrough = ignore;
    const convex = await openApp(
      {
        drain: mutationGeneric(async (ctx) => {
          for (const text of "abcdefgh") void ctx.db.insert("notes", { text });
          isThrough();
        }),
        fail: mutationGeneric(async (ctx) => {
          await ctx.db.insert("notes", { text: "fail" });
          const through = new Promise<void>((resolve) => {
            isThrough = () => void resolve();
          });
          ctx.runMutation(mutation("drain")).catch(ignore);
          await through;
          throw new Error("refused");
        }),
        recover: mutationGeneric(async (ctx) => {
          await ctx.runMutation(mutation("fail")).catch(ignore);
          await ctx.db.insert("notes", { text: "x" });
        }),
      },
      settings,
    );
    await convex.mutation(mutation("recover"));
    expect(textsOf(convex)).toEqual(["x"]);
  });
});

describe("a mutation that is killed while it is drained", () => {
  const leave = mutationGeneric(async (ctx) => {
    for (const text of "abcdefghijklmnopqrst") void ctx.db.insert("notes", { text });
  });

  test("by a restart fails, and gives its permit back", async () => {
    const convex = await openApp({ leave }, { latency: { writeMs: 100 } });
    const call = convex.mutation(mutation("leave"));
    call.catch(ignore);
    await convex.runFor(500);
    convex.restart();
    await expect(call).rejects.toThrow(/Try again later/);
    expect(convex.permits.mutation.used).toBe(0);
    expect(textsOf(convex)).toEqual([]);
  });

  test("by its limit of syscall time fails, and gives its permit back", async () => {
    const convex = await openApp({ leave }, { latency: { writeMs: 1_000, sigma: 0 } });
    await expect(convex.mutation(mutation("leave"))).rejects.toThrow(
      /^Your request timed out performing too many system operations/,
    );
    expect(convex.permits.mutation.used).toBe(0);
  });
});

describe("an unhandled rejection", () => {
  const reject = async () => {
    void Promise.reject(new Error("unheard"));
    return null;
  };
  const functions = {
    query: queryGeneric(reject),
    mutation: mutationGeneric(async (ctx) => {
      await ctx.db.insert("notes", { text: "x" });
      return await reject();
    }),
    action: actionGeneric(reject),
    caller: mutationGeneric(async (ctx) => {
      await ctx.runMutation(mutation("mutation")).catch(ignore);
      await ctx.db.insert("notes", { text: "y" });
    }),
  };

  test("in the last line of a function ends it", async () => {
    const convex = await openApp(functions);
    await expect(convex.query(query("query"))).rejects.toThrow(/unheard/);
    await expect(convex.mutation(mutation("mutation"))).rejects.toThrow(/unheard/);
    await expect(convex.action(action("action"))).rejects.toThrow(/unheard/);
  });

  test("in a nested function ends the whole transaction uncatchably", async () => {
    const convex = await openApp(functions);
    await expect(convex.mutation(mutation("caller"))).rejects.toThrow(/unheard/);
    expect(textsOf(convex)).toEqual([]);
  });
});

describe("an action's end", () => {
  test("leaves a mutation that it called in line for a retry undone", async () => {
    let runs = 0;
    const convex = await openApp(
      {
        note: mutationGeneric(async (ctx) => {
          runs += 1;
          await ctx.db.insert("notes", { text: "m" });
        }),
        leave: actionGeneric(async (ctx) => {
          ctx.runMutation(mutation("note")).catch(ignore);
          await sleep(30);
        }),
      },
      { latency: "none", faults: { conflict: { probability: 1 } } },
    );
    await convex.action(action("leave"));
    await convex.runUntilIdle();
    expect(runs).toBe(1);
  });

  test("leaves a schedule that it asked for in line for a retry undone", async () => {
    const convex = await openApp(
      {
        leave: actionGeneric(async (ctx) => {
          ctx.scheduler.runAfter(0, mutation("add"), { text: "x" }).catch(ignore);
          await sleep(1);
        }),
      },
      {
        latency: "none",
        faults: { conflict: { schedule: [{ function: "app:leave", nth: 1 }] } },
      },
    );
    await convex.action(action("leave"));
    await convex.runUntilIdle();
    expect(textsOf(convex)).toEqual([]);
  });
});

test.each(SETTINGS)("with %j, no AsyncLocalStorage crosses a call", async (settings) => {
  const storage = new AsyncLocalStorage<string>();
  const enter = (name: string) => async () => {
    const seen = storage.getStore() ?? null;
    storage.enterWith(name);
    return seen;
  };
  const inside = async (call: () => Promise<unknown>[]) =>
    await storage.run("caller", async () => {
      const seen: unknown[] = [];
      for (const called of call()) seen.push(await called, storage.getStore());
      return seen;
    });
  const convex = await openApp(
    {
      q: queryGeneric(enter("q")),
      m: mutationGeneric(enter("m")),
      a: actionGeneric(enter("a")),
      transact: mutationGeneric(async (ctx) =>
        inside(() => [ctx.runMutation(mutation("m")), ctx.runQuery(query("q"))]),
      ),
      act: actionGeneric(async (ctx) =>
        inside(() => [ctx.runMutation(mutation("m")), ctx.runAction(action("a"))]),
      ),
    },
    settings,
  );
  const expected = [null, "caller", null, "caller"];
  await storage.run("test", async () => {
    expect(await convex.mutation(mutation("transact"))).toEqual(expected);
    expect(await convex.action(action("act"))).toEqual(expected);
    expect(storage.getStore()).toBe("test");
  });
});
