/**
 * convex-test, or whatever has its interface, as a target: time is vitest's fake clock.
 *
 * Owns: driving that clock. A call that does not settle by itself waits for a timer, so the
 * clock is moved to the next one; a call that needs none never moves it.
 */
import { setImmediate as realImmediate } from "node:timers";

import type { convexTest } from "convex-test";
import { makeFunctionReference } from "convex/server";
import { vi } from "vitest";

import type { Deployment, DeployOptions, Target } from "../target.js";
import { app, components } from "./application.js";

type ConvexTest = typeof convexTest;
type Accessor = ReturnType<ReturnType<ConvexTest>["withIdentity"]>;

const START = Date.UTC(2026, 0, 1);
const DRAIN_TURNS = 30;
const SCHEDULED_RUNS_MAX = 1000;

const lacks: Target["lacks"] = {
  occ: "it runs one transaction at a time",
  permits: "it bounds no concurrency",
};

/** The target of this name that the constructor builds. */
export function createConvexTestTarget(name: string, construct: ConvexTest): Target {
  return {
    name,
    profile: "convexTest",
    lacks,
    deploy: async (options) => deploy(construct, options),
  };
}

function deploy(construct: ConvexTest, { enforcesLimits }: DeployOptions): Deployment {
  vi.useFakeTimers({ now: START });
  const root = construct({
    schema: app.schema,
    modules: toGlob(app.modules),
    transactionLimits: enforcesLimits ?? false,
  });
  for (const [path, { schema, modules }] of Object.entries(components)) {
    root.registerComponent(path, schema as never, toGlob(modules));
  }
  return toDeployment(root);
}

/** Modules as import.meta.glob gives them; convex-test finds their root by "_generated". */
function toGlob(modules: Record<string, unknown>): Record<string, () => Promise<any>> {
  const glob: Record<string, () => Promise<any>> = {
    "./_generated/api.ts": async () => ({}),
  };
  for (const [path, module] of Object.entries(modules)) {
    glob[`./${path}`] = async () => module;
  }
  return glob;
}

function toDeployment(t: Accessor): Deployment {
  return {
    query: (name, args) => t.query(makeFunctionReference<"query">(name), args ?? {}),
    mutation: (name, args) =>
      drive(t.mutation(makeFunctionReference<"mutation">(name), args ?? {})),
    action: (name, args) =>
      drive(t.action(makeFunctionReference<"action">(name), args ?? {})),
    settle: () => t.finishAllScheduledFunctions(vi.runAllTimers, SCHEDULED_RUNS_MAX),
    withIdentity: (identity) => toDeployment(t.withIdentity(identity as never)),
    now: () => Date.now(),
    advance: async (ms) => {
      await vi.advanceTimersByTimeAsync(ms);
      await drainTurns();
    },
    fetch: (path, init) => t.fetch(path, init),
    collectRejections,
    conflicts: () => 0,
    dispose: async () => {
      vi.clearAllTimers();
      vi.useRealTimers();
    },
  };
}

/** Moves the clock to the next timer whenever the call waits for nothing else. */
async function drive<T>(call: Promise<T>): Promise<T> {
  let isSettled = false;
  const settled = call.finally(() => (isSettled = true));
  settled.catch(() => undefined);
  for (;;) {
    for (let turn = 0; turn < DRAIN_TURNS && !isSettled; turn += 1) {
      await new Promise((resolve) => realImmediate(resolve));
    }
    if (isSettled || vi.getTimerCount() === 0) {
      return await settled;
    }
    await vi.advanceTimersToNextTimerAsync();
  }
}

/** Stands in for the process's own listeners, which would fail the run, during the call. */
async function collectRejections(call: () => Promise<unknown>): Promise<string[]> {
  const messages: string[] = [];
  const listeners = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", (reason) => messages.push((reason as Error).message));
  try {
    await call();
    await drainTurns();
  } finally {
    process.removeAllListeners("unhandledRejection");
    for (const listener of listeners) {
      process.on("unhandledRejection", listener);
    }
  }
  return messages;
}

async function drainTurns(): Promise<void> {
  for (let turn = 0; turn < DRAIN_TURNS; turn += 1) {
    await new Promise((resolve) => realImmediate(resolve));
  }
}
