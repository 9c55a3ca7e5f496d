/** Scenarios of what surrounds functions: jobs, globals, files, requests, limits, search. */
import { vi } from "vitest";
import { at, inCounter } from "./app.js";
import { scenario, type Accessor, type Scenario, type See } from "./scenario.js";

export const surroundingScenarios: Scenario[] = [
  scenario("scheduled functions", async (t, see) => {
    await see("schedule", () =>
      t.mutation(async (ctx) => {
        await ctx.scheduler.runAfter(0, at("main:add"), { key: "now" });
        await ctx.scheduler.runAt(Date.now() + 1_000, at("main:action"), {});
        await ctx.scheduler.runAfter(10, at("main:addThenFail"), { key: "fails" });
        const id = await ctx.scheduler.runAfter(20, at("main:add"), {
          key: "canceled",
        });
        await ctx.scheduler.cancel(id);
      }),
    );
    await see("of a component", () => t.mutation(inCounter("counting/later"), {}));
    vi.advanceTimersByTime(0);
    await see("those due", () => t.finishInProgressScheduledFunctions());
    await see("states", () => jobs(t));
    await see("from an action", () =>
      t.action(
        async (ctx) => await ctx.scheduler.runAfter(2_000, at("main:add"), { key: "z" }),
      ),
    );
    await t.finishAllScheduledFunctions(vi.runAllTimers);
    await see("states at last", () => jobs(t));
    await see("a placeholder", () =>
      t.mutation(async (ctx) => {
        const args = { key: ctx.db.vars.commitTs };
        return await ctx.scheduler.runAfter(0, at("main:add"), args);
      }),
    );
    await see("cancel what is over", () =>
      t.run(async (ctx) => {
        const [job] = await ctx.db.system.query("_scheduled_functions").collect();
        await ctx.scheduler.cancel(job!._id);
        return (await ctx.db.system.get(job!._id))?.state;
      }),
    );
    await see("cancel no job", () =>
      t.run(async (ctx) => {
        const id = await ctx.db.insert("items", { key: "no job" });
        await ctx.scheduler.cancel(id as never);
      }),
    );
  }),
  scenario("functions that schedule without end", async (t, see) => {
    const rounds = 3;
    await t.mutation(async (ctx) => {
      for (let delay = 0; delay < 10; delay += 1) {
        await ctx.scheduler.runAfter(delay * 1_000, at("main:add"), { key: "again" });
      }
    });
    const advance = () => vi.advanceTimersByTime(1_000);
    await see("too many rounds", () => t.finishAllScheduledFunctions(advance, rounds));
  }),
  scenario("globals of transactions and actions", async (t, see) => {
    await see("timers in a transaction", () =>
      t.run(async () => setTimeout(() => undefined, 0) as never),
    );
    await see("fetch in a query", () =>
      t.query(async () => (await fetch("x:")) as never),
    );
    await see("replaced for one call", () =>
      t.run(async () => {
        globalThis.Date = class extends Date {
          static override now = () => 7;
        } as DateConstructor;
        await Promise.resolve();
        return Date.now();
      }),
    );
    await see("not for the next", () => t.run(async () => Date.now()));
    await see("nor outside", () => Date.now());
    vi.stubGlobal("fetch", async () => new Response("stubbed"));
    await see("a stub", () => t.action(async () => await (await fetch("x:")).text()));
    vi.unstubAllGlobals();
    await see("a creation time by a replaced clock", () =>
      t.run(async (ctx) => {
        globalThis.Date = { now: () => 9e12 } as DateConstructor;
        const id = await ctx.db.insert("items", { key: "future" });
        return (await ctx.db.get(id))?._creationTime;
      }),
    );
  }),
  scenario("files", seeFiles),
  scenario("identities and requests", async (t, see) => {
    const who = (as: Pick<Accessor, "query">) =>
      as.query(async (ctx) => await ctx.auth.getUserIdentity());
    await see("nobody", () => who(t));
    await see("made up", () => who(t.withIdentity({ name: "Ada" })));
    await see("given", () =>
      who(t.withIdentity({ subject: "s", issuer: "i", email: "e" })),
    );
    const ada = t.withIdentity({ name: "Ada", subject: "ada", custom: "x" });
    await see("request", () => ada.action(at("main:request"), {}));
    const from = ada.withRequestMetadata({ ip: "1.2.3.4" });
    await see("request from", () => from.action(at("main:request"), {}));
    await see("in a query", () =>
      t.query(async (ctx) => await (ctx.meta as never as Meta).getRequestMetadata()),
    );
    await see("token", () =>
      ada.run(async (ctx) => (ctx.auth as { token?: string }).token),
    );
    const post = { method: "POST", body: "sent" };
    await see("http", async () => await bodyOf(ada.fetch("/echo/x?y=1", post)));
    await see("http to nowhere", async () => await bodyOf(t.fetch("/nowhere")));
    await see("http without a slash", () => t.fetch("nowhere"));
    await see("deployment", () => t.query((ctx) => ctx.meta.getDeploymentMetadata()));
  }),
  scenario("commit timestamps", async (t, see) => {
    await see("written and returned", () => t.mutation(at("main:stamp"), {}));
    await see("again at the same time", () => t.mutation(at("main:stamp"), {}));
    await see("stored", () => t.run((ctx) => ctx.db.query("items").collect()));
    await see("nested", () =>
      t.mutation(async (ctx) =>
        String((await ctx.runMutation(at("main:stamp"), {})).written),
      ),
    );
    await see("from a query", () =>
      t.query(async (ctx) => (ctx.db as never as Vars).vars),
    );
  }),
  scenario(
    "limits that are enforced",
    async (t, see) => {
      const write = (count: number) =>
        t.mutation(async (ctx) => {
          for (let n = 0; n < count; n += 1)
            await ctx.db.insert("items", { key: `${n}` });
          return await ctx.meta.getTransactionMetrics();
        });
      await see("within", () => write(2));
      await see("beyond", () => write(3));
      await see("reads beyond", () =>
        t.query(async (ctx) => {
          for (let n = 0; n < 3; n += 1) await ctx.db.query("items").collect();
        }),
      );
      await see("a nested budget", () =>
        t.mutation(async (ctx) => {
          const options = { transactionLimits: { documentsWritten: 0 } };
          await ctx.runMutation(at("main:add"), { key: "x" }, options as never);
        }),
      );
      await see("one page only", () =>
        t.query(async (ctx) => {
          const page = { cursor: null, numItems: 1 };
          await ctx.db.query("items").paginate(page);
          return await ctx.db.query("items").paginate(page);
        }),
      );
    },
    { documentsWritten: 2, documentsRead: 3, databaseQueries: 4 },
  ),
  scenario("vectors", async (t, see) => {
    await t.run(async (ctx) => {
      for (const vector of [
        [1, 0],
        [0, 1],
        [1, 1],
        [0, 0],
      ]) {
        await ctx.db.insert("vectors", { tag: vector.join(), vector });
      }
    });
    await see("nearest", () =>
      t.action((ctx) =>
        ctx.vectorSearch("vectors", "by_vector", { vector: [1, 0.5], limit: 3 }),
      ),
    );
    await see("filtered", () =>
      t.action((ctx) =>
        ctx.vectorSearch("vectors", "by_vector", {
          vector: [1, 0],
          filter: (q) => q.or(q.eq("tag", "1,0"), q.eq("tag", "0,0")),
        }),
      ),
    );
    await see("no such index", () =>
      t.action((ctx) => ctx.vectorSearch("items", "by_rank" as never, { vector: [1] })),
    );
  }),
];

interface Meta {
  getRequestMetadata(): Promise<unknown>;
}

interface Vars {
  vars: unknown;
}

async function seeFiles(t: Accessor, see: See): Promise<void> {
  const id = (await see("store", () =>
    t.action((ctx) => ctx.storage.store(new Blob(["content"]))),
  )) as never;
  await see("read", () =>
    t.action(async (ctx) => await (await ctx.storage.get(id))?.text()),
  );
  await see("url", () => t.query((ctx) => ctx.storage.getUrl(id)));
  await see("document", () => t.run((ctx) => ctx.db.system.get(id)));
  await see("in run", () => t.run((ctx) => ctx.storage.store(new Blob(["more"]))));
  await see(
    "upload address",
    async () =>
      (await t.mutation((ctx) => ctx.storage.generateUploadUrl())).split("=")[0],
  );
  await see("delete", () => t.mutation((ctx) => ctx.storage.delete(id)));
  await see("deleted", () => t.action((ctx) => ctx.storage.get(id)));
  await see("url of none", () => t.query((ctx) => ctx.storage.getUrl(id)));
  await see("delete again", () => t.mutation((ctx) => ctx.storage.delete(id)));
}

async function jobs(t: Accessor): Promise<unknown> {
  return await t.run(
    async (ctx) => await ctx.db.system.query("_scheduled_functions").collect(),
  );
}

async function bodyOf(responding: Promise<Response>): Promise<unknown> {
  const response = await responding;
  return [response.status, await response.text()];
}
