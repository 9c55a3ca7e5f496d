/**
 * How much more an executor may take into its memory (P14).
 *
 * Owns the estimate of what running steps will answer, and the decisions how many workflows
 * may still be claimed, and which of those that only wait are let go of. Pure. The platform tells nobody how full the heap is, so bytes are
 * counted instead, and claiming stops before they are too many.
 */
import {
  EVICTIONS_MAX,
  EVICTION_SHARE,
  HOT_BYTES_MAX,
  RESPONSE_BYTES_ASSUMED,
} from "./constants.js";

/**
 * Estimates what `running` steps will answer, from the bytes of the last answers: as many
 * times their mean, and once the largest, as the largest comes by chance. Before the first
 * answer each counts as RESPONSE_BYTES_ASSUMED.
 */
export function estimateResponses(sizes: readonly number[], running: number): number {
  if (running <= 0) return 0;
  if (sizes.length === 0) return running * RESPONSE_BYTES_ASSUMED;
  const sum = sizes.reduce((bytes, size) => bytes + size, 0);
  return (running * sum) / sizes.length + Math.max(...sizes);
}

/** What is known of an executor's memory. */
export type MemoryUse = {
  /** Bytes that workflows and candidates hold. */
  heldBytes: number;
  /** Steps that run, or are about to. */
  running: number;
  /** Bytes of the last answers of steps. */
  responses: readonly number[];
  /** Bytes that a workflow comes to hold, as the last ones did. */
  footprint?: number;
};

/** Accounts for all that an executor holds, and for what it expects. */
export function accountBytes({ heldBytes, running, responses }: MemoryUse): number {
  return heldBytes + estimateResponses(responses, running);
}

/** Counts the workflows that may be claimed before the accounted bytes reach the bound. */
export function countClaimable(use: MemoryUse, limit = HOT_BYTES_MAX): number {
  const left = limit - accountBytes({ ...use, running: Math.max(1, use.running) });
  if (left <= 0) return 0;
  const two = estimateResponses(use.responses, 2) - estimateResponses(use.responses, 1);
  const each = two + (use.footprint ?? 0);
  return Math.max(1, Math.floor(left / Math.max(1, each)));
}

/** Says whether an executor should let go of who only waits. */
export function isMemoryShort(accounted: number, limit = HOT_BYTES_MAX): boolean {
  return accounted > limit * EVICTION_SHARE;
}

/** A hot workflow that only waits. */
export type Idler = {
  /** Since when it waits. */
  since: number;
  /** Bytes that it is accounted for. */
  bytes: number;
};

/**
 * Chooses who is let go of when memory runs short: those who have waited longest, until what
 * is accounted for is out of the last part of the limit, and only so many at a time.
 */
export function planEvictions<One extends Idler>(
  idlers: readonly One[],
  accounted: number,
  limit = HOT_BYTES_MAX,
): One[] {
  let excess = accounted - limit * EVICTION_SHARE;
  const chosen: One[] = [];
  if (excess <= 0) return chosen;
  for (const idler of [...idlers].sort((a, b) => a.since - b.since)) {
    if (excess <= 0 || chosen.length >= EVICTIONS_MAX) break;
    excess -= idler.bytes;
    chosen.push(idler);
  }
  return chosen;
}
