/**
 * What an open step waits for, as its row tells.
 *
 * Owns the words for it, and since when. Pure.
 */
import { v, type Infer } from "convex/values";
import type { StepKind } from "./model.js";

/**
 * - `attempt`: an attempt runs, or waits for a slot of the executor that holds the workflow;
 *   only that executor knows which of the two.
 * - `gate`: at the gate `gate`, as the executor last told it: once a second, at a closed or
 *   paused gate every five. Until then, and when more wait than it names, it is an `attempt`.
 *   It names workflows and not steps: of several steps of one workflow, or of a parent and its
 *   children, at one gate some may have passed.
 * - `executor`: nobody holds the workflow; its `queue` says how many are ahead.
 * - `backoff`: for `dueAt`, after a failed attempt. `timer`: for `dueAt`, as it was asked to.
 * - `event`: for somebody to send one, until `dueAt` if it has one.
 * - `child`: for a child workflow. `pool`: for the workpool that runs it.
 */
export const vWaitsFor = v.union(
  v.literal("attempt"),
  v.literal("gate"),
  v.literal("executor"),
  v.literal("backoff"),
  v.literal("timer"),
  v.literal("event"),
  v.literal("child"),
  v.literal("pool"),
);
export type WaitsFor = Infer<typeof vWaitsFor>;

/** What of an open step's row says what it waits for. */
type OpenRow = {
  kind: StepKind;
  startedAt: number;
  failures: number;
  dueAt?: number | undefined;
  since?: number | undefined;
  isFar?: boolean | undefined;
  refusals?: number | undefined;
};

/** Who holds the workflow, and whether it was named as waiting at the step's gate. */
type Holding = { isHeld: boolean; isAtGate: boolean };

/** Resolves what an open step waits for, and since when, in milliseconds since 1970. */
export function resolveWait(
  row: OpenRow,
  { isHeld, isAtGate }: Holding,
): { waitsFor: WaitsFor; since: number } {
  const { kind, startedAt, failures, since = startedAt, refusals = 0 } = row;
  const outside = resolveOutside(kind);
  if (outside) return { waitsFor: outside, since };
  // One that was refused with `retry-after` waits at its gate, unless that is far.
  const isTimed = row.dueAt !== undefined && (refusals === 0 || row.isFar === true);
  if (isTimed) return { waitsFor: failures > 0 ? "backoff" : "timer", since };
  if (!isHeld) return { waitsFor: "executor", since };
  return { waitsFor: isAtGate ? "gate" : "attempt", since };
}

function resolveOutside(kind: StepKind): WaitsFor | null {
  switch (kind) {
    case "event":
      return "event";
    case "workflow":
      return "child";
    case "isolated":
      return "pool";
    case "sleep":
      return "timer";
    default:
      return null;
  }
}
