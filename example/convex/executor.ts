/** The app's executor. The annotation breaks the type cycle through `internal`. */
import { Executor } from "convex-executor";
import { components, internal } from "./_generated/api";

export const executor: Executor = new Executor(components.executor, {
  entry: internal.shards.run,
  retry: { maxAttempts: 8, initialBackoffMs: 250 },
});
