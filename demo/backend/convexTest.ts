/**
 * The embedded Convex on `convex-test`, with real timers.
 *
 * It runs one transaction at a time and scans a table for each query: right in what it
 * answers, no measure of a deployment's speed, and without write conflicts.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { convexTest, type TestConvex } from "convex-test";
import type {
  GenericMutationCtx,
  GenericSchema,
  GenericDataModel,
  SchemaDefinition,
} from "convex/server";
import type { EmbeddedConvex } from "./backend.js";
import { TransactionCounter, type ModuleMap } from "./counting.js";
import { APP, componentOf, EXECUTOR, findModules } from "./modules.js";

type Schema = SchemaDefinition<GenericSchema, boolean>;
type Test = Pick<TestConvex<Schema>, "registerComponent"> &
  Pick<EmbeddedConvex, "query" | "mutation"> & {
    /** Part of the accessor, but not of its type. */
    runInComponent<T>(
      component: string,
      read: (ctx: GenericMutationCtx<GenericDataModel>) => Promise<T>,
    ): Promise<T>;
  };

/** The components by the paths that the app's and the components' configs give them. */
const COMPONENTS: Record<string, () => string> = {
  executor: () => EXECUTOR,
  "executor/workpool": () => componentOf("@convex-dev/workpool"),
  "executor/workpool/batchWorker": () => componentOf("@convex-dev/batch-worker"),
};
/** Milliseconds between two looks at whether anything is left to run. */
const IDLE_POLL_MS = 25;

/** Starts the example with its components. */
export async function openConvexTest(): Promise<EmbeddedConvex> {
  const counter = new TransactionCounter();
  const load = async (component: string, directory: string) => {
    const modules = counter.wrapModules(component, await findModules(directory));
    // As a deployment has its code before the first call; else the first workflows wait.
    await Promise.all(Object.values(modules).map((module) => module()));
    return { modules, schema: await loadSchema(modules) };
  };
  const t = convexTest(await load("", APP)) as unknown as Test;
  for (const [component, directoryOf] of Object.entries(COMPONENTS)) {
    const { schema, modules } = await load(component, directoryOf());
    t.registerComponent(component, schema, modules);
  }
  const isIdle = async () => {
    for (const component of ["", ...Object.keys(COMPONENTS)]) {
      if (await hasJobs(t, component)) return false;
    }
    return true;
  };
  return {
    query: async (reference, args) => await t.query(reference, args),
    mutation: async (reference, args) => await t.mutation(reference, args),
    isIdle,
    waitUntilIdle: async (timeoutMs) => {
      const deadline = Date.now() + timeoutMs;
      while (Date.now() < deadline) {
        if (await isIdle()) return true;
        await sleep(IDLE_POLL_MS);
      }
      return false;
    },
    transactions: () => counter.counts(),
  };
}

async function hasJobs(t: Test, component: string): Promise<boolean> {
  return await t.runInComponent(component, async (ctx) => {
    const jobs = await ctx.db.system.query("_scheduled_functions").collect();
    return jobs.some(
      ({ state }) => state.kind === "pending" || state.kind === "inProgress",
    );
  });
}

async function loadSchema(modules: ModuleMap): Promise<Schema> {
  const path = Object.keys(modules).find((file) => /^\.\/schema\.(ts|js)$/.test(file));
  if (path === undefined) throw new Error("a component without a schema");
  return (await modules[path]!()).default as Schema;
}
