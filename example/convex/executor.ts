/**
 * The app's executor. The annotation breaks the type cycle through `internal`.
 *
 * A deployment sizes it with environment variables (`npx convex env set EXECUTOR_SHARDS 4`):
 * - `EXECUTOR_SHARDS`: partitions of the queues. Unset: the component's default.
 * - `EXECUTOR_SLOTS_PER_SHARD`: calls at once per shard. Unset: the component's default.
 *   Shards × slots is the most calls to the API at once; the gate in `anthropic.ts` paces them.
 */
import { Executor } from "convex-executor";
import { components, internal } from "./_generated/api";

export const executor: Executor = new Executor(components.executor, {
  entry: internal.shards.run,
  retry: { maxAttempts: 8, initialBackoffMs: 250 },
  shards: readNumber(process.env.EXECUTOR_SHARDS),
  slotsPerShard: readNumber(process.env.EXECUTOR_SLOTS_PER_SHARD),
});

/** What is no number becomes NaN, which the executor refuses by the option's name. */
function readNumber(setting: string | undefined): number | undefined {
  return setting ? Number(setting) : undefined;
}
