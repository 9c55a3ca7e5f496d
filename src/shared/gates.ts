/**
 * Who may pass a gate, and when (P15).
 *
 * Owns the shapes of limits, demands and grants, and the one decision of an allocation.
 * Pure: no ctx, no clock.
 *
 * Invariants of {@link planAllocation}:
 * - G1 Grants are dealt oldest first over all executors; nobody passes one that waits, so a
 *   heavy step is not starved by light ones.
 * - G2 A rate spaces grants evenly: all that are due in any window weigh at most what the
 *   rate gives in the window and `burstMs`, and one grant more.
 * - G3 What is held and what is dealt never exceed the concurrency, but for one step that
 *   alone is heavier: it runs alone.
 * - G4 Whatever fits is dealt at once.
 */
import { v, type Infer } from "convex/values";
import {
  GATE_AHEAD_MS_MAX,
  GATE_AHEAD_MS_MIN,
  GATE_BURST_MS,
  GATE_FIRST_GRANTS,
  GATE_GRANTS_AHEAD,
  GATE_GRANTS_MAX,
  GATE_PER_MS_DEFAULT,
  GATE_RAMP_MS,
  GATE_RAMP_START,
  SECOND,
} from "./constants.js";

/** What a gate lets through; a limit that is absent does not limit. */
export const vGateLimits = v.object({
  /** Weight per `per`. */
  rate: v.optional(v.number()),
  /** Milliseconds. */
  per: v.optional(v.number()),
  /** Weight at a time. */
  concurrency: v.optional(v.number()),
  /** Whether the rate is the most, and the provider's answers say how much it is. */
  adaptive: v.optional(v.boolean()),
});
export type GateLimits = Infer<typeof vGateLimits>;

/** A gate as a workflow takes it: which one, its limits as the code has them, its weight. */
export const vGateUse = v.object({
  key: v.string(),
  weight: v.number(),
  limits: vGateLimits,
});
export type GateUse = Infer<typeof vGateUse>;

/** Waiting steps of one weight, keyed by the workflow of the oldest. */
export const vGateGroup = v.object({
  createdAt: v.number(),
  weight: v.number(),
  count: v.number(),
});
export type GateGroup = Infer<typeof vGateGroup>;

/** Grants of one weight: the first is due at `at`, each next `everyMs` later. */
export const vGateRun = v.object({
  at: v.number(),
  everyMs: v.number(),
  weight: v.number(),
  count: v.number(),
});
export type GateRun = Infer<typeof vGateRun>;

/** What an executor asks for. Counters grow only, so that a repeated trade changes nothing. */
type GateDemand = {
  executor: string;
  /** Weight it knew to be granted when it asked: what it has not seen covers its oldest. */
  seen: number;
  waiting: readonly GateGroup[];
};

/** What an executor holds: weight ever granted to it, less what it has ever given back. */
export type GateAccount = { executor: string; granted: number; released: number };

/** All that an allocation depends on. Times are in milliseconds. */
export type AllocationInput = {
  now: number;
  limits: GateLimits;
  /** Nothing is due before. */
  closedUntil: number;
  /** When the rate allows the next grant. */
  nextAt: number;
  /** How much of an unused rate is kept, in milliseconds. */
  burstMs: number;
  /** Weight of the workflows that passed and have not ended. */
  kept: number;
  /**
   * Whether nobody was left waiting before, so that whoever allocates is merely the first
   * to ask: it takes its share of what is there, as others may have older workflows.
   */
  isFirst: boolean;
  /** Executors that may ask. */
  seats: number;
  accounts: readonly GateAccount[];
  demands: readonly GateDemand[];
};

/** The grants of an allocation, by executor, and where it leaves the gate. */
export type Allocation = {
  nextAt: number;
  runs: Map<string, GateRun[]>;
  /** Whether nobody is left waiting. */
  hasServedAll: boolean;
};

/** Computes the weight held at a gate: by executors, and by workflows that passed it. */
export function computeHeld(accounts: readonly GateAccount[], kept: number): number {
  return accounts.reduce((sum, { granted, released }) => sum + granted - released, kept);
}

/**
 * Computes how far ahead grants are dealt to those who wait: the more seldom each has one,
 * the more seldom it commits, and hears of the next. Nearer is better: it is dealt in order
 * of those who wait now, at the rate that is in force now.
 */
export function computeAheadMs(
  { rate, per = GATE_PER_MS_DEFAULT }: GateLimits,
  demands: readonly Pick<GateDemand, "waiting">[],
): number {
  const executors = demands.filter(({ waiting }) => waiting.length > 0).length;
  if (rate === undefined || executors < 2) return GATE_AHEAD_MS_MIN;
  const eachMs = (executors * per) / rate;
  const aheadMs = Math.max(GATE_AHEAD_MS_MIN, GATE_GRANTS_AHEAD * eachMs);
  return Math.min(GATE_AHEAD_MS_MAX, aheadMs);
}

/** Decides who passes next, and when each may (G1 to G4). */
export function planAllocation(input: AllocationInput): Allocation {
  const { now, limits, closedUntil, burstMs, isFirst } = input;
  // Who comes first gets what a burst would be, at once or in its time.
  const aheadMs = computeAheadMs(limits, input.demands);
  const until = now + (isFirst ? GATE_BURST_MS - burstMs : aheadMs);
  const runs = new Map<string, GateRun[]>();
  const room = {
    held: computeHeld(input.accounts, input.kept),
    left: countGrantsMax(input),
  };
  const pace = { nextAt: Math.max(input.nextAt, closedUntil, now - burstMs) };
  for (const group of listOldestFirst(input)) {
    const run: GateRun = {
      at: 0,
      everyMs: computeSpacingMs(limits, closedUntil, pace.nextAt) * group.weight,
      weight: group.weight,
      count: 0,
    };
    while (run.count < group.count) {
      if (pace.nextAt > until || room.left <= 0 || !fits(limits, room.held, group.weight))
        break;
      if (run.count === 0) run.at = Math.max(now, pace.nextAt);
      pace.nextAt += run.everyMs;
      room.held += group.weight;
      room.left -= 1;
      run.count += 1;
    }
    if (run.count > 0) addRun(runs, group.executor, run);
    if (run.count < group.count) {
      return { nextAt: pace.nextAt, runs, hasServedAll: false };
    }
  }
  return { nextAt: pace.nextAt, runs, hasServedAll: true };
}

function addRun(runs: Map<string, GateRun[]>, executor: string, run: GateRun): void {
  const known = runs.get(executor);
  if (known) known.push(run);
  else runs.set(executor, [run]);
}

function countGrantsMax({ isFirst, seats, limits }: AllocationInput): number {
  if (!isFirst) return GATE_GRANTS_MAX;
  const { rate = Infinity, per = GATE_PER_MS_DEFAULT, concurrency = Infinity } = limits;
  const room = Math.min((rate / per) * GATE_BURST_MS, concurrency);
  const share = Math.max(GATE_FIRST_GRANTS, Math.ceil(room / seats));
  return Math.min(GATE_GRANTS_MAX, share);
}

function fits({ concurrency }: GateLimits, held: number, weight: number): boolean {
  return concurrency === undefined || held === 0 || held + weight <= concurrency;
}

/**
 * Computes the milliseconds that one unit of weight takes. A gate without a rate takes its
 * time after it was closed, so that not everybody who waited knocks at once.
 */
function computeSpacingMs(
  { rate, per = GATE_PER_MS_DEFAULT }: GateLimits,
  closedUntil: number,
  at: number,
): number {
  if (rate !== undefined) return per / rate;
  const openMs = at - closedUntil;
  if (openMs >= GATE_RAMP_MS) return 0;
  return SECOND / (GATE_RAMP_START * 2 ** (openMs / SECOND));
}

/**
 * Says whether an executor has named a workflow of this age among those that wait, and nothing
 * was granted for it since. Beyond GATE_GROUPS_MAX of them it names crowds, by their oldest.
 */
export function isNamed(
  { seen, waiting }: Pick<GateDemand, "seen" | "waiting">,
  granted: number,
  createdAt: number,
): boolean {
  return skipCovered(waiting, granted - seen).some(({ createdAt: at, count }) =>
    count === 1 ? at === createdAt : at <= createdAt,
  );
}

/** Merges what all executors wait for, less what they have been granted unseen (G1). */
function listOldestFirst({
  demands,
  accounts,
}: AllocationInput): (GateGroup & { executor: string })[] {
  const granted = new Map(accounts.map((one) => [one.executor, one.granted]));
  const groups = demands.flatMap(({ executor, seen, waiting }) => {
    const unseen = (granted.get(executor) ?? seen) - seen;
    return skipCovered(waiting, unseen).map((group) => ({ ...group, executor }));
  });
  return groups.sort(
    (a, b) => a.createdAt - b.createdAt || (a.executor < b.executor ? -1 : 1),
  );
}

function skipCovered(waiting: readonly GateGroup[], unseen: number): GateGroup[] {
  let covered = unseen;
  const left: GateGroup[] = [];
  for (const group of waiting) {
    const count = Math.min(group.count, Math.ceil(covered / group.weight));
    covered -= count * group.weight;
    if (count < group.count) left.push({ ...group, count: group.count - count });
    if (covered < 0) covered = 0;
  }
  return left;
}
