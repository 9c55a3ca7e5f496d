/**
 * Sizes the example's executor through the environment, as a deployment would.
 */

/** Shards, if the slots can be dealt to so many: enough to show that there are several. */
const SHARDS_MAX = 4;

/** Deals slots evenly to as many shards as divide them. */
export function resolveLayout(slots: number): { shards: number; slotsPerShard: number } {
  let shards = Math.min(SHARDS_MAX, slots);
  while (slots % shards !== 0) shards -= 1;
  return { shards, slotsPerShard: slots / shards };
}

/** Sets what `example/convex/executor.ts` reads; call it before the example is loaded. */
export function applySlots(slots: number): { shards: number; slotsPerShard: number } {
  const layout = resolveLayout(slots);
  process.env.EXECUTOR_SHARDS = `${layout.shards}`;
  process.env.EXECUTOR_SLOTS_PER_SHARD = `${layout.slotsPerShard}`;
  return layout;
}
