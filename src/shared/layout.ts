/**
 * How work is spread: shards over seats, workflows over shards, permits over seats (D7).
 *
 * Owns: pure arithmetic on a layout and a deployment class. No ctx, no clock.
 */
import {
  INCARNATIONS_DEFAULT,
  INCARNATIONS_MAX,
  LIFETIME_JITTER,
  LOCAL_SHARE,
  LOCAL_STEPS_MIN,
  PERMIT_SHARE,
  PERMITS,
  QUARANTINE_SEAT,
  QUARANTINE_SHARD,
  SCHEDULER_SHARE,
  SCHEDULER_SLOTS,
  SLOTS_PER_EXECUTOR_MAX,
} from "./constants.js";

/** A deployment's class, as `ctx.meta.getDeploymentMetadata()` names it. */
export type DeploymentClass = keyof typeof SCHEDULER_SLOTS;

/**
 * How many shards there are, and how many executors serve them. `served` counts shards that
 * ever were: after `shards` is lowered, what lies in the others is still finished.
 */
export type Layout = {
  shards: number;
  served: number;
  seats: number;
  slotsPerShard: number;
};

/** Says which class to size for; one that is not known counts as the smallest. */
export function resolveClass(name: string | undefined): DeploymentClass {
  return name !== undefined && Object.hasOwn(SCHEDULER_SLOTS, name)
    ? (name as DeploymentClass)
    : "s16";
}

/**
 * Computes how many incarnations of a seat may be there at once: one serves, and as many
 * drain as can begin to within one drain window (D7).
 */
export function computeIncarnations(options: {
  lifetimeMs: number;
  drainMs: number;
}): number {
  const lifetimeMs = Math.max(1, options.lifetimeMs * (1 - LIFETIME_JITTER));
  return Math.min(
    INCARNATIONS_MAX,
    1 + Math.max(1, Math.ceil(options.drainMs / lifetimeMs)),
  );
}

/**
 * Computes the most seats a class can carry: each incarnation holds one of the scheduler's
 * slots for life, and all together hold at most half. At least one, however short they live.
 */
export function computeSeatsMax(
  deployment: DeploymentClass,
  incarnations = INCARNATIONS_DEFAULT,
): number {
  const slots = SCHEDULER_SLOTS[deployment] * SCHEDULER_SHARE;
  return Math.max(1, Math.floor(slots / incarnations));
}

/** Computes the seats for a layout: one per shard, as far as the class carries them. */
export function computeSeats(
  shards: number,
  deployment: DeploymentClass,
  incarnations?: number,
): number {
  return Math.max(1, Math.min(shards, computeSeatsMax(deployment, incarnations)));
}

/** Says which seat serves a shard. */
export function seatOfShard(layout: Layout, shard: number): number {
  return shard === QUARANTINE_SHARD ? QUARANTINE_SEAT : shard % layout.seats;
}

/** Says whether a seat is one of the layout; one that is not only drains. */
export function isServedSeat(layout: Layout, seat: number): boolean {
  return seat < layout.seats || seat === QUARANTINE_SEAT;
}

/** Lists the shards that a seat serves. */
export function shardsOfSeat(layout: Layout, seat: number): number[] {
  if (seat === QUARANTINE_SEAT) return [QUARANTINE_SHARD];
  const shards: number[] = [];
  for (let shard = seat; shard < layout.served; shard += layout.seats) shards.push(shard);
  return shards;
}

/** Computes how many steps an executor on this seat may run at once. */
export function computeSlots(layout: Layout, seat: number): number {
  const slots = layout.slotsPerShard * shardsOfSeat(layout, seat).length;
  return Math.min(SLOTS_PER_EXECUTOR_MAX, slots);
}

/** Computes how many functions of each kind one seat may have running (D7). */
export function computePermits(
  deployment: DeploymentClass,
  seats: number,
): { query: number; mutation: number; action: number } {
  const perSeat = (permits: number) =>
    Math.max(1, Math.floor((permits * PERMIT_SHARE) / seats));
  const { query, mutation, action } = PERMITS[deployment];
  return { query: perSeat(query), mutation: perSeat(mutation), action: perSeat(action) };
}

/** Deals a batch to shards in turn, from a first shard drawn at random (D11). */
export function dealShard(layout: Layout, first: number, index: number): number {
  return (first + index) % layout.shards;
}

/**
 * Computes how many open steps one workflow may run in its executor before further ones are
 * dealt over the shards (D11). With one seat there is nobody to deal to.
 */
export function computeLocalMax(seats: number, slots: number): number {
  return seats > 1
    ? Math.max(LOCAL_STEPS_MIN, Math.floor(slots * LOCAL_SHARE))
    : Infinity;
}
