/**
 * What the code of a step is told, wherever it runs inside an executor.
 *
 * Owns the public type alone.
 */
import type { ProviderLimits } from "../shared/limits.js";

/** What the body of a `step.run` is told. */
export type RunContext = {
  /** Aborted when the attempt times out, the workflow is canceled, or the executor leaves. */
  signal: AbortSignal;
  /** `workflowId/generation/stepNumber`: the same for all attempts of a step. */
  idempotencyKey: string;
  /** 1 for the first attempt; interrupted attempts count. */
  attempt: number;
  /**
   * Tells the gate of this step what the provider's answer says of its limits; a gate with
   * `adaptive: true` goes by it, over all executors, and costs no transaction more. Call it
   * with each answer, also with one that refuses. Without a gate it does nothing. Never throws.
   *
   * @example
   * ```ts
   * const { data, response } = await client.messages.create(body).withResponse();
   * ctx.reportLimits({
   *   limit: Number(response.headers.get("anthropic-ratelimit-requests-limit")),
   *   remaining: Number(response.headers.get("anthropic-ratelimit-requests-remaining")),
   * });
   * ```
   */
  reportLimits: (limits: ProviderLimits) => void;
};
