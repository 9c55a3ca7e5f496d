/**
 * The app that the benchmark deploys: one workflow, whose shape and calls are the scenario's.
 *
 * Owns the definitions, made with the public client as any app makes them. The probe is the
 * only thing in them that an app would not have.
 */
import {
  componentsGeneric,
  defineSchema,
  defineTable,
  makeFunctionReference,
  internalActionGeneric,
  mutationGeneric,
} from "convex/server";
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
import { DEFAULT_OPTIONS, SIMULATED_API_KEY } from "../haiku/index.js";
import type { Scenario, Work } from "../scenario.js";
import { ask } from "./messages.js";
import type { OwnWork } from "./ownWork.js";
import type { Probe } from "./probe.js";

/** Attempts of a call: enough that chance alone never fails a workflow. */
export const RETRY = { maxAttempts: 8, initialBackoffMs: 250 };

const MAIN = makeFunctionReference<"mutation">(
  "app:main",
) as unknown as WorkflowReference;
const CALL = makeFunctionReference<"action">("app:call") as never;
const WAIT = makeFunctionReference<"action">("app:wait") as never;
const WRITE = makeFunctionReference<"mutation">("app:write") as never;

/** Starts the workflows numbered from `from`; answers their ids in that order. */
export const START = makeFunctionReference<
  "mutation",
  { from: number; count: number },
  string[]
>("app:start");

/** The component, as the app calls it. */
export const COMPONENT = componentsGeneric().executor as unknown as ExecutorComponent;

export interface AppParts {
  readonly scenario: Scenario;
  readonly probe: Probe;
  /** How long a call that only waits takes. */
  readonly waitMs: (index: number, call: number) => number;
  /** Null if the app does nothing of its own. */
  readonly ownWork: OwnWork | null;
}

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
  const schema = defineSchema({ rows: defineTable({ index: v.number() }) });
  return {
    schema,
    modules: { "app.ts": app, "shards.ts": { run: executor.entry({ app }) } },
    env: { ANTHROPIC_API_KEY: SIMULATED_API_KEY },
  };
}

function defineFunctions(
  executor: Executor,
  { scenario, probe, waitMs, ownWork }: AppParts,
): Record<string, unknown> {
  const { stages, work } = scenario;
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
      handler: async ({ signal }, { index, call, earlier }) =>
        await probe.time(index, call, async () => {
          if (work.kind === "messages") return await ask(index, call, earlier, signal);
          await new Promise((resolve) => setTimeout(resolve, waitMs(index, call)));
          return "";
        }),
    }),
    // The same for everybody who calls it: an action of its own, with a permit of its own.
    wait: internalActionGeneric({
      args: CALL_ARGS,
      returns: v.string(),
      handler: async (_ctx, { index, call }) =>
        await probe.time(index, call, async () => {
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
        const items = Array.from({ length: count }, (_, n) => ({
          args: { index: from + n },
        }));
        return await executor.startMany(ctx, MAIN, items);
      },
    }),
  };
}

const CALL_ARGS = { index: v.number(), call: v.number(), earlier: v.array(v.string()) };
type CallArgs = { index: number; call: number; earlier: string[] };

async function makeCall(
  step: StepContext,
  work: Work,
  gate: GateOption | null,
  args: CallArgs,
): Promise<string> {
  if (work.kind === "mutation") return await step.runMutation(WRITE, args as never);
  const action = work.kind === "wait" && work.isOwnAction ? WAIT : CALL;
  return await step.runAction(action, args as never, gate ? { gate } : {});
}

/** The gate that keeps the fleet below the API's limit. */
function resolveGate(work: Work): GateOption | null {
  if (work.kind !== "messages") return null;
  const { rateLimit } = { ...DEFAULT_OPTIONS, ...work.api };
  return rateLimit && { key: "anthropic", rate: rateLimit.requestsPerMinute };
}
