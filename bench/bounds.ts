/**
 * The bounds of a run: the oracle's makespans, and the plain ones. Pure.
 */
import { CLASS_LIMITS } from "../sim/index.js";
import { planAttempts } from "./app/messages.js";
import type { Fleet } from "./fleet.js";
import {
  resolveOptions,
  type HaikuOptions,
  type RateLimit,
  type RateLimitChange,
} from "./haiku/index.js";
import { round } from "./measure/percentiles.js";
import { runOracle, type PlannedAttempt } from "./oracle.js";
import type { Bound } from "./result.js";
import { countCalls, type Scenario, type Stages } from "./scenario.js";

const MINUTE_MS = 60_000;
/** Steps take at most one of so many of a class's permits (D7). */
const PERMIT_SHARE = 4;

/** Work as it was planned, or as it was seen. */
export interface Planned {
  readonly stages: Stages;
  readonly slots: number;
  readonly rateLimit: RateLimit | null;
  readonly rateLimitChanges: readonly RateLimitChange[];
  /** Of each workflow, the attempts at each of its calls. */
  readonly plans: readonly (readonly (readonly PlannedAttempt[])[])[];
}

/** Computes all that apply. `createdMs` are the workflows' creations by their numbers. */
export function computeBounds(
  fleet: Pick<Fleet, "scenario" | "seed" | "waitMs">,
  makespanMs: number,
  createdMs: readonly number[],
): Bound[] {
  const api = resolveApi(fleet.scenario);
  const planned = {
    stages: fleet.scenario.stages,
    slots: countSlots(fleet.scenario),
    rateLimit: api?.rateLimit ?? null,
    rateLimitChanges: api?.rateLimitChanges ?? [],
    plans: planAll(fleet),
  };
  return computePlannedBounds(planned, makespanMs, createdMs);
}

/** The bounds of any work whose attempts are known. */
export function computePlannedBounds(
  { plans, ...limits }: Planned,
  makespanMs: number,
  createdMs: readonly number[],
): Bound[] {
  const lastEnd = (created: readonly number[]) => {
    const workflows = plans.map((calls, index) => ({
      createdMs: created[index] ?? 0,
      calls,
    }));
    return Math.max(...runOracle({ ...limits, workflows }));
  };
  const attempts = plans.flat(2);
  const busyMs = attempts.reduce((sum, { ms }) => sum + ms, 0);
  const bounds: [Bound["name"], number][] = [
    ["oracle", lastEnd([])],
    ["oracleAsCreated", lastEnd(createdMs)],
    ["slotSeconds", busyMs / limits.slots],
  ];
  if (limits.rateLimit) {
    const refilled = attempts.length - limits.rateLimit.initialRequests;
    const rates = [{ ...limits.rateLimit, atMs: 0 }, ...limits.rateLimitChanges];
    bounds.push(["apiRate", computeRefillMs(refilled, rates)]);
  }
  return bounds
    .filter(([, ms]) => ms > 0)
    .map(([name, ms]) => ({ name, ms: round(ms), ratio: round(makespanMs / ms) }));
}

/** How long a bucket takes to be refilled with so many requests. */
function computeRefillMs(
  requests: number,
  rates: readonly Pick<RateLimitChange, "atMs" | "requestsPerMinute">[],
): number {
  let left = requests;
  for (const [index, { atMs, requestsPerMinute }] of rates.entries()) {
    const neededMs = (left / requestsPerMinute) * MINUTE_MS;
    const untilMs = rates[index + 1]?.atMs ?? Infinity;
    if (atMs + neededMs <= untilMs) return atMs + neededMs;
    left -= ((untilMs - atMs) / MINUTE_MS) * requestsPerMinute;
  }
  return Infinity;
}

/** How many calls may run at once: actions of their own need a permit each. */
function countSlots({
  shards,
  slotsPerShard,
  work,
  class: name,
}: Fleet["scenario"]): number {
  const slots = shards * slotsPerShard;
  const isOwnAction = work.kind === "wait" && work.isOwnAction;
  return isOwnAction ? Math.min(slots, CLASS_LIMITS[name].actions / PERMIT_SHARE) : slots;
}

/** The API that the work asks; null if it asks none. */
export function resolveApi({ work }: Pick<Scenario, "work">): HaikuOptions | null {
  return work.kind === "messages" ? resolveOptions(work.api) : null;
}

function planAll({
  scenario,
  seed,
  waitMs,
}: Parameters<typeof computeBounds>[0]): PlannedAttempt[][][] {
  const { work, stages, workflows } = scenario;
  const calls = countCalls(stages);
  const options = work.kind === "messages" ? resolveOptions({ ...work.api, seed }) : null;
  return Array.from({ length: workflows }, (_, index) =>
    options
      ? planAttempts(index, options)
      : Array.from({ length: calls }, (_, call) => [{ ms: waitMs(index, call) }]),
  );
}
