/**
 * The app's functions that no engine changes: those that do a call's work, and how both apps
 * name what they register.
 *
 * Owns the arguments of a call, what waits and what writes, and the environment. The probe is
 * the only thing in them that an app would not have.
 */
import {
  defineSchema,
  defineTable,
  internalActionGeneric,
  makeFunctionReference,
  mutationGeneric,
} from "convex/server";
import { v } from "convex/values";
import type { CodeSource } from "../../sim/index.js";
import { SIMULATED_API_KEY } from "../haiku/index.js";
import type { Scenario } from "../scenario.js";
import type { OwnWork } from "./ownWork.js";
import type { Probe } from "./probe.js";

/** Attempts of a call: enough that chance alone never fails a workflow. */
export const RETRY = { maxAttempts: 8, initialBackoffMs: 250 };

export const MAIN = makeFunctionReference<"mutation">("app:main");
/** Asks the API, or waits, within whatever runs it. */
export const CALL = makeFunctionReference<"action">("app:call");
/** Waits, as an action of its own. */
export const WAIT = makeFunctionReference<"action">("app:wait");
export const WRITE = makeFunctionReference<"mutation">("app:write");

/** Starts the workflows numbered from `from`; answers their ids in that order. */
export const START = makeFunctionReference<
  "mutation",
  { from: number; count: number },
  string[]
>("app:start");

export const CALL_ARGS = {
  index: v.number(),
  call: v.number(),
  earlier: v.array(v.string()),
};
export type CallArgs = { index: number; call: number; earlier: string[] };

export interface AppParts {
  readonly scenario: Scenario;
  readonly probe: Probe;
  /** How long a call that only waits takes. */
  readonly waitMs: (index: number, call: number) => number;
  /** Null if the app does nothing of its own. */
  readonly ownWork: OwnWork | null;
}

/** What a deployment of it has beside its modules. */
export const SURROUNDINGS: Pick<CodeSource, "schema" | "env"> = {
  schema: defineSchema({ rows: defineTable({ index: v.number() }) }),
  env: { ANTHROPIC_API_KEY: SIMULATED_API_KEY },
};

/** The functions of module `app` that are registered with no engine. */
export function defineCalls({
  probe,
  waitMs,
  ownWork,
}: AppParts): Record<string, unknown> {
  return {
    wait: internalActionGeneric({
      args: CALL_ARGS,
      returns: v.string(),
      handler: async (_ctx, { index, call }) =>
        await probe.time(index, call, async () => await wait(waitMs(index, call))),
    }),
    write: mutationGeneric({
      args: CALL_ARGS,
      returns: v.string(),
      handler: async (ctx, { index, call }) =>
        await probe.time(index, call, async () => await ctx.db.insert("rows", { index })),
    }),
    ...(ownWork ? { tick: ownWork.define() } : {}),
  };
}

/** A call that has nothing to say. */
export async function wait(ms: number): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return "";
}
