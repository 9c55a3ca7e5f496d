/**
 * What single scenarios measure beside what all do, by name.
 */
import type { Driven, Fleet } from "./fleet.js";
import { computePercentiles, round } from "./measure/percentiles.js";
import { countRefusals } from "./measure/refusals.js";

const MS_PER_SECOND = 1_000;

/** What is known when the last workflow has ended. */
export function computeExtra(
  fleet: Fleet,
  driven: Driven,
  aloneMs: readonly number[],
): Record<string, number> {
  const { convex, ledger, probe, ownWork } = fleet;
  const beganAt = probe.starts[0] ?? 0;
  const seconds = (ledger.movedAt - beganAt) / MS_PER_SECOND;
  return {
    stepsPerSecond: round(ledger.stepsSettled / seconds),
    executorsMax: ledger.executorsMax,
    schedulerSlotsMax: convex.scheduler.peak,
    actionPermitsMax: convex.permits.action.peak,
    mutationPermitsMax: convex.permits.mutation.peak,
    queryPermitsMax: convex.permits.query.peak,
    ...(ownWork
      ? {
          ownDelayAloneP50Ms: computePercentiles(aloneMs).p50,
          ownDelayAloneP99Ms: computePercentiles(aloneMs).p99,
          ownDelayP50Ms: computePercentiles(ownWork.delaysMs).p50,
          ownDelayP99Ms: computePercentiles(ownWork.delaysMs).p99,
          ownFunctions: ownWork.delaysMs.length,
        }
      : {}),
    ...describeRefusals(fleet, driven),
  };
}

/** Where the API's limit changes: how it was met. */
function describeRefusals({ api }: Fleet, { beganAt }: Driven): Record<string, number> {
  if (!api || api.options.rateLimitChanges.length === 0) return {};
  return countRefusals(
    api.listRefusals().map((at) => at - beganAt),
    api.options.rateLimitChanges.map(({ atMs }) => atMs),
  );
}

/** Counts all calls in a time after the work, once executors had the time to retire. */
export async function countIdleCalls({
  convex,
  scenario,
}: Fleet): Promise<Record<string, number>> {
  if (scenario.idleMs === undefined) return {};
  const before = convex.metrics.snapshot();
  await convex.runFor(scenario.idleMs);
  return { idleCalls: convex.metrics.snapshot(before).total.calls };
}
