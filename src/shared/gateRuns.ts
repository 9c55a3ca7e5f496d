/**
 * Waiting steps in few words, and grants in few rows (P15).
 *
 * Owns the arithmetic on groups of waiting steps and on runs of grants. Pure.
 */
import type { GateGroup, GateRun } from "./gates.js";

/** Something that waits at a gate, in the order of its workflow. */
type Waiter = { createdAt: number; weight: number };

/**
 * Puts waiters, given oldest first, into at most `groupsMax` groups: the first half of them
 * one by one, so that the heads of all executors are merged exactly; the others in groups
 * of one weight that count as old as their oldest.
 */
export function groupWaiters(waiters: readonly Waiter[], groupsMax: number): GateGroup[] {
  const singles = Math.floor(groupsMax / 2);
  const perGroup = Math.ceil((waiters.length - singles) / (groupsMax - singles));
  const groups: GateGroup[] = [];
  for (const [index, { createdAt, weight }] of waiters.entries()) {
    const last = groups.at(-1);
    const joins = index > singles && last?.weight === weight && last.count < perGroup;
    if (last && joins) last.count += 1;
    else if (groups.length < groupsMax) groups.push({ createdAt, weight, count: 1 });
    else break;
  }
  return groups;
}

/** Takes the last grants of some runs, of at least this weight in all. */
export function takeLast(runs: readonly GateRun[], weight: number): GateRun[] {
  const taken: GateRun[] = [];
  let left = weight;
  for (let index = runs.length - 1; index >= 0 && left > 0; index -= 1) {
    const run = runs[index]!;
    const count = Math.min(run.count, Math.ceil(left / run.weight));
    taken.unshift({ ...run, at: run.at + (run.count - count) * run.everyMs, count });
    left -= count * run.weight;
  }
  return taken;
}

/** Computes the weight of some runs in all. */
export function weigh(runs: readonly GateRun[]): number {
  return runs.reduce((sum, run) => sum + run.weight * run.count, 0);
}

/** Lists when each grant of these runs is due. */
export function expandRuns(
  runs: readonly GateRun[],
): { dueAt: number; weight: number }[] {
  return runs.flatMap(({ at, everyMs, weight, count }) =>
    Array.from({ length: count }, (_, index) => ({
      dueAt: at + index * everyMs,
      weight,
    })),
  );
}
