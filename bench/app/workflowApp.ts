/**
 * The benchmark's app on `@convex-dev/workflow`: the same workflow, calls and rows as in
 * `app.ts`, written as that package's README does it.
 *
 * Owns the definitions. A step is a Convex function of its own, as everywhere in that package.
 */
import { start, WorkflowManager, type WorkflowCtx } from "@convex-dev/workflow";
import { componentsGeneric, internalActionGeneric, mutationGeneric } from "convex/server";
import { v } from "convex/values";
import type { CodeSource } from "../../sim/index.js";
import type { Work } from "../scenario.js";
import {
  CALL,
  CALL_ARGS,
  defineCalls,
  MAIN,
  RETRY,
  SURROUNDINGS,
  WAIT,
  WRITE,
  type AppParts,
  type CallArgs,
} from "./calls.js";
import { ask } from "./messages.js";

/** As the package doubles by default; the executor's default too. */
const BACKOFF_BASE = 2;

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
    ...SURROUNDINGS,
    modules: { "app.ts": defineFunctions(manager, parts) },
  };
}

function defineFunctions(
  manager: WorkflowManager,
  parts: AppParts,
): Record<string, unknown> {
  const { probe } = parts;
  const { stages, work } = parts.scenario;
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
        await probe.time(index, call, async () => await ask(index, call, earlier, {})),
    }),
    ...defineCalls(parts),
    start: mutationGeneric({
      args: { from: v.number(), count: v.number() },
      returns: v.array(v.string()),
      handler: async (ctx, { from, count }) => {
        const ids: string[] = [];
        // By default the handler runs here until its first step is queued, which saves the
        // pool one job of each workflow.
        for (let index = from; index < from + count; index += 1)
          ids.push(await start(ctx as never, MAIN as never, { index } as never));
        return ids;
      },
    }),
  };
}

async function makeCall(step: WorkflowCtx, work: Work, args: CallArgs): Promise<string> {
  if (work.kind === "mutation")
    return await step.runMutation(WRITE as never, args as never);
  const action = work.kind === "wait" ? WAIT : CALL;
  return await step.runAction(action as never, args as never);
}
