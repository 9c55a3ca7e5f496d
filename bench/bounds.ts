/**
 * The bounds of a run: the oracle's makespans, and the plain ones. Pure.
 */
import { CLASS_LIMITS } from "../sim/index.js";
import { planAttempts } from "./app/messages.js";
import type { Fleet } from "./fleet.js";
import { resolveOptions, type RateLimit } from "./haiku/index.js";
import { round } from "./measure/percentiles.js";
import { runOracle, type PlannedAttempt } from "./oracle.js";
import type { Bound } from "./result.js";
import { countCalls, type Stages } from "./scenario.js";

const MINUTE_MS = 60_000;
/** Steps take at most one of so many of a class's permits (D7). */
const PERMIT_SHARE = 4;

/** Work as it was planned, or as it was seen. */
export interface Planned {
  readonly stages: Stages;
  readonly slots: number;
  readonly rateLimit: RateLimit | null;
  /** Of each workflow, the attempts at each of its calls. */
  readonly plans: readonly (readonly (readonly PlannedAttempt[])[])[];
}

/** Computes all that apply. `createdMs` are the workflows' creations by their numbers. */
export function computeBounds(
  fleet: Pick<Fleet, "scenario" | "seed" | "waitMs">,
  makespanMs: number,
  createdMs: readonly number[],
): Bound[] {
  const planned = {
    stages: fleet.scenario.stages,
    slots: countSlots(fleet.scenario),
    rateLimit: resolveRateLimit(fleet),
    plans: planAll(fleet),
  };
  return computePlannedBounds(planned, makespanMs, createdMs);
}

/** The bounds of any work whose attempts are known. */
export function computePlannedBounds(
  { stages, slots, rateLimit, plans }: Planned,
  makespanMs: number,
  createdMs: readonly number[],
): Bound[] {
  const lastEnd = (created: readonly number[]) => {
    const workflows = plans.map((calls, index) => ({
      createdMs: created[index] ?? 0,
      calls,
    }));
    return Math.max(...runOracle({ stages, slots, rateLimit, workflows }));
  };
  const attempts = plans.flat(2);
  const busyMs = attempts.reduce((sum, { ms }) => sum + ms, 0);
  const bounds: [Bound["name"], number][] = [
    ["oracle", lastEnd([])],
    ["oracleAsCreated", lastEnd(createdMs)],
    ["slotSeconds", busyMs / slots],
  ];
  if (rateLimit) {
    const { requestsPerMinute, initialRequests } = rateLimit;
    const refilled = attempts.length - initialRequests;
    bounds.push(["apiRate", (refilled / requestsPerMinute) * MINUTE_MS]);
  }
  return bounds
    .filter(([, ms]) => ms > 0)
    .map(([name, ms]) => ({ name, ms: round(ms), ratio: round(makespanMs / ms) }));
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

/** The limit that the work meets; null if there is none. */
export function resolveRateLimit({
  scenario,
}: Pick<Fleet, "scenario">): RateLimit | null {
  const { work } = scenario;
  return work.kind === "messages" ? resolveOptions(work.api).rateLimit : null;
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
