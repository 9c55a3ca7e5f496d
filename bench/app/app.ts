/**
 * The app that the benchmark deploys: one workflow, whose shape and calls are the scenario's.
 *
 * Owns the definitions, made with the public client as any app makes them. The probe is the
 * only thing in them that an app would not have.
 */
import { componentsGeneric, makeFunctionReference, mutationGeneric } from "convex/server";
import { v } from "convex/values";
import type { CodeSource } from "../../sim/index.js";
import {
  Executor,
  type ExecutorComponent,
  type ExecutorOptions,
  type GateOption,
  type StepContext,
  type WorkflowReference,
} from "../../src/client/index.js";
import { resolveOptions } from "../haiku/index.js";
import type { Work } from "../scenario.js";
import {
  CALL,
  CALL_ARGS,
  defineCalls,
  MAIN,
  RETRY,
  SURROUNDINGS,
  wait,
  WAIT,
  WRITE,
  type AppParts,
  type CallArgs,
} from "./calls.js";
import { ask } from "./messages.js";

/** The component, as the app calls it. */
export const COMPONENT = componentsGeneric().executor as unknown as ExecutorComponent;

const WORKFLOW: WorkflowReference = MAIN as never;

/** The gate of every call to the API. */
const GATE = "anthropic";

/** Makes the app's code. */
export function buildApp(parts: AppParts): CodeSource {
  const { shards, slotsPerShard } = parts.scenario;
  const executor = new Executor(COMPONENT, {
    entry: makeFunctionReference("shards:run") as unknown as ExecutorOptions["entry"],
    shards,
    slotsPerShard,
    retry: RETRY,
  });
  const app = defineFunctions(executor, parts);
  return {
    ...SURROUNDINGS,
    modules: { "app.ts": app, "shards.ts": { run: executor.entry({ app }) } },
  };
}

function defineFunctions(executor: Executor, parts: AppParts): Record<string, unknown> {
  const { probe, waitMs } = parts;
  const { stages, work } = parts.scenario;
  const gate = resolveGate(work);
  return {
    main: executor
      .define({ args: { index: v.number() }, returns: v.null() })
      .handler(async (step, { index }): Promise<null> => {
        const answers: string[] = [];
        for (const stage of stages) {
          const earlier = [...answers];
          await Promise.all(
            stage.map(async (call) => {
              answers[call] = await makeCall(step, work, gate, { index, call, earlier });
            }),
          );
        }
        return null;
      }),
    call: executor.action({
      args: CALL_ARGS,
      returns: v.string(),
      handler: async ({ signal, reportLimits }, { index, call, earlier }) =>
        await probe.time(index, call, async () => {
          if (work.kind === "wait") return await wait(waitMs(index, call));
          const listeners = gate?.adaptive ? { signal, reportLimits } : { signal };
          return await ask(index, call, earlier, listeners);
        }),
    }),
    ...defineCalls(parts),
    start: mutationGeneric({
      args: { from: v.number(), count: v.number() },
      returns: v.array(v.string()),
      handler: async (ctx, { from, count }) => {
        const items = Array.from({ length: count }, (_, n) => ({
          args: { index: from + n },
        }));
        return await executor.startMany(ctx, WORKFLOW, items);
      },
    }),
  };
}

async function makeCall(
  step: StepContext,
  work: Work,
  gate: GateOption | null,
  args: CallArgs,
): Promise<string> {
  if (work.kind === "mutation")
    return await step.runMutation(WRITE as never, args as never);
  const action = work.kind === "wait" && work.isOwnAction ? WAIT : CALL;
  return await step.runAction(action as never, args as never, gate ? { gate } : {});
}

/** The gate that keeps the fleet below the API's limit, which it is told or has to learn. */
function resolveGate(work: Work): GateOption | null {
  if (work.kind !== "messages") return null;
  if (work.gate === "adaptive") return { key: GATE, adaptive: true };
  const { rateLimit } = resolveOptions(work.api);
  return rateLimit && { key: GATE, rate: rateLimit.requestsPerMinute };
}
