/**
 * Who helps with what (P18): the choice of a helper among the workflows of another seat.
 *
 * Owns pure decisions. Helpers know nothing of each other; they rarely want the same row,
 * because each chooses from its own place on a circle on which the rows are strewn.
 */
import {
  FNV_OFFSET,
  FNV_PRIME,
  HELP_CIRCLE,
  HELP_GOLDEN,
  HELP_SHARE,
} from "./constants.js";

/** Strews ids over the circle. */
export function computePlace(id: string): number {
  let hash = FNV_OFFSET;
  for (let index = 0; index < id.length; index += 1) {
    hash = Math.imul(hash ^ id.charCodeAt(index), FNV_PRIME);
  }
  // The last character has moved the low bits alone.
  hash = Math.imul(hash ^ (hash >>> 16), HELP_GOLDEN);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** Orders rows for the helper on a seat: going around the circle from where it stands. */
export function arrangeForSeat<Row extends { _id: string }>(
  rows: readonly Row[],
  seat: number,
): Row[] {
  const from = Math.imul(seat, HELP_GOLDEN) >>> 0;
  const placed = rows.map((row) => {
    const distance = (computePlace(row._id) - from + HELP_CIRCLE) % HELP_CIRCLE;
    return { row, distance };
  });
  return placed.sort((a, b) => a.distance - b.distance).map(({ row }) => row);
}

/** Deals a workflow that is moved to one of the shards of its new seat. */
export function dealOwnShard(shards: readonly number[], workflow: string): number {
  return shards[computePlace(workflow) % shards.length]!;
}

/** Computes how many workflows of others an executor with free slots takes in at a time. */
export function computeHelp(free: number): number {
  return free > 0 ? Math.max(1, Math.floor(free * HELP_SHARE)) : 0;
}

/** What decides whether an executor calls for help. */
export type Load = {
  /** Workflows that it could take in now. */
  room: number;
  /** Workflows that only wait for a slot, and how many it reads ahead. */
  candidates: number;
  readAhead: number;
  /** Whether its queue of tasks holds more than it was asked for. */
  hasMoreTasks: boolean;
};

/**
 * Judges an executor's load. `behind`: when its slots are full, it still holds as many as it
 * reads ahead, and more are waiting. `ahead`: what waits, it can take in itself. In between a
 * call that stands is left alone, so that it does not come and go with every slot.
 */
export function judgeLoad(load: Load): "behind" | "between" | "ahead" {
  const waiting = load.candidates - load.room;
  const hasMore = load.hasMoreTasks || waiting > load.readAhead;
  if (!hasMore || waiting < 0) return "ahead";
  return waiting >= load.readAhead ? "behind" : "between";
}
