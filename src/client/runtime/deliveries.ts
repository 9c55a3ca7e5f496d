/**
 * Delivers callbacks of finished workflows (P6).
 *
 * Owns the order of the two calls: an attempt is counted before it is made. What a call did
 * whose answer was lost need not be known: a callback whose row is gone has run, and every
 * other is due again after its backoff.
 */
import type { Infer } from "convex/values";
import type { vAttempts } from "../../component/deliveries.js";
import { resolveThrown } from "../../shared/outcomes.js";
import type { Backend } from "./backend.js";
import { real } from "./sandbox.js";

type Attempts = Infer<typeof vAttempts>;

/**
 * Delivers what is due. First attempts share transactions as far as there is room; a retry
 * goes alone, because it may have been what the last transaction died of.
 */
export async function deliverDue(backend: Backend, due: Attempts): Promise<void> {
  const counted = await backend.countAttempts(due);
  await deliverTogether(
    backend,
    counted.filter(({ attempts }) => attempts === 1),
  );
  for (const retry of counted.filter(({ attempts }) => attempts > 1))
    await deliverTogether(backend, [retry]);
}

async function deliverTogether(backend: Backend, attempts: Attempts): Promise<void> {
  let left = attempts;
  try {
    while (left.length > 0) left = await backend.deliver(left);
  } catch (thrown) {
    const { error } = resolveThrown(thrown, real.now());
    // For operators to read; the attempts are counted and come again by themselves.
    await backend.noteUndelivered(left, error).catch(() => undefined);
  }
}
