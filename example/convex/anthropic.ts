/**
 * The API's limit, as a gate that learns it (README, "Adaptive gates").
 *
 * - `ANTHROPIC_REQUESTS_PER_MINUTE`: the most that all executors may send together; if the
 *   API's headers state less, that counts. Unset: no gate, and slots alone bound the calls.
 */
import type { GateOption, ProviderLimits } from "convex-executor";
import { executor } from "./executor";

const most = process.env.ANTHROPIC_REQUESTS_PER_MINUTE;

/** The gate of every call to the API. */
export const anthropic: GateOption | null = most
  ? executor.gate("anthropic", { rate: Number(most), adaptive: true })
  : null;

/** Reads what an answer says of the limit; what a header does not say is NaN, and ignored. */
export function readLimits(headers: Headers): ProviderLimits {
  const read = (name: string) => headers.get(`anthropic-ratelimit-requests-${name}`);
  return {
    limit: Number(read("limit") ?? NaN),
    remaining: Number(read("remaining") ?? NaN),
    resetAt: Date.parse(read("reset") ?? ""),
    retryAfterMs: Number(headers.get("retry-after") ?? NaN) * 1_000,
  };
}
