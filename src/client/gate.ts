/**
 * Gates as an app names them.
 *
 * Owns the declaration of a gate in one place, so that no two steps disagree on its limits.
 */
import { resolveGate, type GateOption } from "../shared/gateOptions.js";

/**
 * Declares a gate: a limit shared by all steps and workflows that are given it, over all
 * executors. Throws `INVALID_OPTIONS` for limits out of their range. Nothing is stored until
 * somebody waits there; what an operator sets with `gates.set` wins over what stands here.
 *
 * @example
 * ```ts
 * export const anthropic = executor.gate("anthropic", { rate: 4_000, per: 60_000 });
 * // in a handler
 * await step.runAction(internal.claude.summarize, { text }, { gate: anthropic });
 * await step.runAction(internal.claude.essay, { text }, { gate: { ...anthropic, weight: 5 } });
 * ```
 */
export function declareGate(
  key: string,
  limits: Omit<GateOption, "key"> = {},
): GateOption {
  const gate = { ...limits, key };
  resolveGate(gate);
  return gate;
}
