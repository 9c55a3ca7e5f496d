/**
 * One workflow to start, as it travels from the app's registered function to the component.
 *
 * Owns its shape; each layer adds what is its own.
 */
import { v, type Infer } from "convex/values";
import { vGateUse } from "./gates.js";
import { vValue } from "./model.js";

/** One workflow to start. */
export const vStartItem = v.object({
  args: vValue,
  /** Starting twice with one key gives one workflow. */
  key: v.optional(v.string()),
  /** Milliseconds of head start in the order (D11). */
  priority: v.optional(v.number()),
  /** The gate that it passes before it begins, and holds until it ends (P15). */
  gate: v.optional(vGateUse),
  /** Milliseconds from the start until it fails, and that it may clean up in (P11). */
  timeoutMs: v.optional(v.number()),
  graceMs: v.optional(v.number()),
  /** Milliseconds after its end at which it is deleted. */
  retentionMs: v.optional(v.number()),
  /** A mutation's handle, to call when it ends, and what to pass on to it. */
  onComplete: v.optional(v.object({ fn: v.string(), context: v.optional(vValue) })),
});
export type StartItem = Infer<typeof vStartItem>;
