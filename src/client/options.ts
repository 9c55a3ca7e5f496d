/**
 * The options of an executor.
 *
 * Owns their types, defaults and checks.
 */
import type { FunctionReference } from "convex/server";
import {
  DRAIN_MS_DEFAULT,
  IDLE_MS_DEFAULT,
  INCARNATIONS_DEFAULT,
  LIFETIME_MS_DEFAULT,
  PLATFORM_ACTION_MS,
  SHARDS_DEFAULT,
  SHARDS_MAX,
  SLOTS_PER_EXECUTOR_MAX,
  SLOTS_PER_SHARD_DEFAULT,
  SLOTS_PER_SHARD_MAX,
} from "../shared/constants.js";
import { executorError } from "../shared/errors.js";
import { computeIncarnations } from "../shared/layout.js";
import type { EntryArgs } from "../shared/model.js";
import { checkEndLimits } from "../shared/ends.js";
import { checkRange, checkWhole } from "../shared/ranges.js";
import { resolveRetry, type RetryOption } from "../shared/retry.js";
import { LOG_LEVELS, type LogLevel, type Transition } from "../shared/transitions.js";
import type { ConsoleLevel } from "./runtime/sandbox.js";

/** Options of an `Executor`. Only `entry` is required. */
export type ExecutorOptions = {
  /** The action made by `executor.entry`, e.g. `internal.shards.run`. */
  entry: FunctionReference<"action", "internal", EntryArgs, null>;
  /**
   * Partitions of the queues, 1 to 1,000. Default 100: fine enough for the largest class.
   * May change at any time; what lies in old shards is finished.
   */
  shards?: number;
  /**
   * Steps that run at once per shard, 1 to 1,000. Default 50: 100 × 50 slots are more than
   * an LLM's API lets through, and 50 responses fit an executor's heap.
   */
  slotsPerShard?: number;
  /**
   * Executors, at most a quarter of the scheduler's slots of the deployment's class.
   * Default: one per shard, as far as the class carries them (2 on S16).
   */
  seats?: number;
  /** Default `retry` of actions and inline code. Default: none. */
  retry?: RetryOption;
  /**
   * Milliseconds an executor serves before it hands over. Default 18 minutes, so that with
   * the drain window it stays within the platform's 30 minutes per action.
   */
  lifetimeMs?: number;
  /** Milliseconds a leaving executor waits for its running steps. Default 8 minutes. */
  drainMs?: number;
  /** Milliseconds without work after which an executor retires. Default 5 seconds. */
  idleMs?: number;
  /**
   * Milliseconds after its end at which a workflow is deleted, with its children, steps and
   * payloads, 0 to 1,000 days; definitions and starts may give another. Default: it is kept
   * for ever, since what is gone cannot be restarted, and nobody asked us to delete it.
   */
  retentionMs?: number;
  /**
   * Which transitions of workflows and steps are printed to `log`, in lines of JSON within
   * the platform's budget: `"off"`, `"problems"` (workflows that failed or were parked),
   * `"workflows"` or `"steps"`. Default `"problems"`. See the README for the fields.
   */
  logLevel?: LogLevel;
  /**
   * Called with all transitions, whatever the level and without a budget, each time a commit
   * has made some durable. It must be quick, and may not throw; what it starts may not
   * outlive the executor.
   */
  onTransitions?: (transitions: readonly Transition[]) => void;
  /** Where the handlers' console goes. Default: the executor action's console. */
  log?: (level: ConsoleLevel, ...args: unknown[]) => void;
};

/** The options that the runtime reads, all resolved. */
export type RuntimeOptions = {
  retry: RetryOption | undefined;
  lifetimeMs: number;
  drainMs: number;
  idleMs: number;
  slots: number;
  logLevel: LogLevel;
  onTransitions: ((transitions: readonly Transition[]) => void) | undefined;
  log: (level: ConsoleLevel, ...args: unknown[]) => void;
};

/** Options resolved: those of the layout, and those of the runtime. */
export type ResolvedOptions = {
  layout: {
    shards: number;
    slotsPerShard: number;
    seats?: number;
    incarnations?: number;
  };
  runtime: RuntimeOptions;
};

/** Resolves options; throws `INVALID_OPTIONS` naming the option, its value and its range. */
export function resolveOptions(options: Omit<ExecutorOptions, "entry">): ResolvedOptions {
  const {
    shards = SHARDS_DEFAULT,
    slotsPerShard = SLOTS_PER_SHARD_DEFAULT,
    lifetimeMs = LIFETIME_MS_DEFAULT,
    drainMs = DRAIN_MS_DEFAULT,
    idleMs = IDLE_MS_DEFAULT,
    seats,
    retry,
    retentionMs,
    logLevel = "problems",
    onTransitions,
  } = options;
  checkWhole("shards", shards, 1, SHARDS_MAX);
  checkWhole("slotsPerShard", slotsPerShard, 1, SLOTS_PER_SHARD_MAX);
  if (seats !== undefined) checkWhole("seats", seats, 1, shards);
  checkRange("lifetimeMs", lifetimeMs, 0, PLATFORM_ACTION_MS);
  checkRange("drainMs", drainMs, 0, PLATFORM_ACTION_MS - lifetimeMs);
  checkRange("idleMs", idleMs, 0, PLATFORM_ACTION_MS);
  resolveRetry(retry);
  const incarnations = computeIncarnations({ lifetimeMs, drainMs });
  checkEndLimits({ retentionMs });
  checkLogLevel(logLevel);
  const log = guardLog(options.log ?? printToConsole);
  return {
    layout: {
      shards,
      slotsPerShard,
      ...(seats === undefined ? {} : { seats }),
      // Left out where it is the default, so that most layouts stay as they are.
      ...(incarnations === INCARNATIONS_DEFAULT ? {} : { incarnations }),
    },
    runtime: {
      retry,
      lifetimeMs,
      drainMs,
      idleMs,
      slots: SLOTS_PER_EXECUTOR_MAX,
      logLevel,
      onTransitions,
      log,
    },
  };
}

function checkLogLevel(level: LogLevel): void {
  if (LOG_LEVELS.includes(level)) return;
  throw executorError(
    "INVALID_OPTIONS",
    `logLevel is ${JSON.stringify(level)}; it must be one of ${LOG_LEVELS.join(", ")}.`,
    { option: "logLevel" },
  );
}

/** A log that fails loses its lines; it must not end the executor with all it runs (P14). */
function guardLog(log: RuntimeOptions["log"]): RuntimeOptions["log"] {
  return (level, ...args) => {
    try {
      // An app may well give an async function where nothing is expected.
      void Promise.resolve(log(level, ...args) as unknown).catch(() => undefined);
    } catch {
      // Nobody is left to be told.
    }
  };
}

function printToConsole(level: ConsoleLevel, ...args: unknown[]): void {
  // eslint-disable-next-line no-console -- the one place where a handler's output leaves us
  console[level](...args);
}
