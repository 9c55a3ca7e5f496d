/**
 * The benchmark's app on `@convex-dev/workflow`: the same workflow, calls and rows as in
 * `app.ts`, written as that package's README does it.
 *
 * Owns the definitions. A step is a Convex function of its own, as everywhere in that package.
 */
import { start, WorkflowManager, type WorkflowCtx } from "@convex-dev/workflow";
import {
  componentsGeneric,
  defineSchema,
  defineTable,
  internalActionGeneric,
  makeFunctionReference,
  mutationGeneric,
} from "convex/server";
import { v } from "convex/values";
import type { CodeSource } from "../../sim/index.js";
import { SIMULATED_API_KEY } from "../haiku/index.js";
import type { Work } from "../scenario.js";
import { RETRY, type AppParts } from "./app.js";
import { ask } from "./messages.js";

/** As the package doubles by default; the executor's default too. */
const BACKOFF_BASE = 2;

const MAIN = makeFunctionReference<"mutation">("app:main") as never;
const CALL = makeFunctionReference<"action">("app:call") as never;
const WRITE = makeFunctionReference<"mutation">("app:write") as never;
const CALL_ARGS = { index: v.number(), call: v.number(), earlier: v.array(v.string()) };

/** Makes the app's code, with a pool of `maxParallelism`. */
export function buildWorkflowApp(parts: AppParts, maxParallelism: number): CodeSource {
  const manager = new WorkflowManager(componentsGeneric().workflow as never, {
    workpoolOptions: {
      maxParallelism,
      retryActionsByDefault: true,
      defaultRetryBehavior: { ...RETRY, base: BACKOFF_BASE },
    },
  });
  return {
    schema: defineSchema({ rows: defineTable({ index: v.number() }) }),
    modules: { "app.ts": defineFunctions(manager, parts) },
    env: { ANTHROPIC_API_KEY: SIMULATED_API_KEY },
  };
}

function defineFunctions(
  manager: WorkflowManager,
  { scenario, probe, waitMs, ownWork }: AppParts,
): Record<string, unknown> {
  const { stages, work } = scenario;
  return {
    main: manager
      .define({ args: { index: v.number() } })
      .handler(async (step, { index }): Promise<void> => {
        const answers: string[] = [];
        for (const stage of stages) {
          const earlier = [...answers];
          await Promise.all(
            stage.map(async (call) => {
              answers[call] = await makeCall(step, work, { index, call, earlier });
            }),
          );
        }
      }),
    call: internalActionGeneric({
      args: CALL_ARGS,
      returns: v.string(),
      handler: async (_ctx, { index, call, earlier }) =>
        await probe.time(index, call, async () => {
          if (work.kind === "messages") return await ask(index, call, earlier);
          await new Promise((resolve) => setTimeout(resolve, waitMs(index, call)));
          return "";
        }),
    }),
    ...(ownWork ? { tick: ownWork.define() } : {}),
    write: mutationGeneric({
      args: CALL_ARGS,
      returns: v.string(),
      handler: async (ctx, { index, call }) =>
        await probe.time(index, call, async () => await ctx.db.insert("rows", { index })),
    }),
    start: mutationGeneric({
      args: { from: v.number(), count: v.number() },
      returns: v.array(v.string()),
      handler: async (ctx, { from, count }) => {
        const ids: string[] = [];
        // By default the handler runs here until its first step is queued, which saves the
        // pool one job of each workflow.
        for (let index = from; index < from + count; index += 1)
          ids.push(await start(ctx as never, MAIN, { index } as never));
        return ids;
      },
    }),
  };
}

async function makeCall(
  step: WorkflowCtx,
  work: Work,
  args: { index: number; call: number; earlier: string[] },
): Promise<string> {
  if (work.kind === "mutation") return await step.runMutation(WRITE, args as never);
  return await step.runAction(CALL, args as never);
}
