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
 * - `executor`: nobody holds the workflow; its `queue` says how many are ahead.
 * - `backoff`: for `dueAt`, after a failed attempt. `timer`: for `dueAt`, as it was asked to.
 * - `event`: for somebody to send one, until `dueAt` if it has one.
 * - `child`: for a child workflow. `pool`: for the workpool that runs it.
 */
export const vWaitsFor = v.union(
  v.literal("attempt"),
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
};

/** Resolves what an open step waits for, and since when, in milliseconds since 1970. */
export function resolveWait(
  { kind, startedAt, failures, dueAt, since = startedAt }: OpenRow,
  isHeld: boolean,
): { waitsFor: WaitsFor; since: number } {
  const outside = resolveOutside(kind);
  if (outside) return { waitsFor: outside, since };
  if (dueAt !== undefined) return { waitsFor: failures > 0 ? "backoff" : "timer", since };
  return { waitsFor: isHeld ? "attempt" : "executor", since };
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
