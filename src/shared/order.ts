/**
 * The order of work: oldest workflow first (D11, I7).
 *
 * Owns pure comparisons and merges. No ctx, no clock.
 */

/** What decides a workflow's place: its key, then when it was queued, then its row. */
export type Ordered = { workflowCreatedAt: number; queuedAt: number; row: string };

/** Compares two candidates; the older workflow comes first. */
export function compareCandidates(a: Ordered, b: Ordered): number {
  return (
    a.workflowCreatedAt - b.workflowCreatedAt ||
    a.queuedAt - b.queuedAt ||
    (a.row < b.row ? -1 : a.row > b.row ? 1 : 0)
  );
}

/** A row of a queue as the database gives it. */
type Row = { workflowCreatedAt: number; _creationTime: number; _id: string };

/** The first rows of a shard, by age at least, and whether it has more. */
export type Head<R> = { rows: readonly R[]; hasMore: boolean };

/**
 * Merges the heads of several shards into the oldest `limit` rows of all of them. The merge
 * stops where a shard whose head is used up might hide an older row, so the answer is
 * always a true prefix of the whole order (I7).
 */
export function mergeHeads<R extends Row>(
  heads: readonly Head<R>[],
  limit: number,
): { rows: R[]; hasMore: boolean } {
  const horizon = findHorizon(heads);
  const sorted = heads.flatMap(({ rows }) => rows).sort(compareRows);
  const rows = sorted
    .filter((row) => !horizon || compareRows(row, horizon) <= 0)
    .slice(0, limit);
  return { rows, hasMore: horizon !== null || sorted.length > rows.length };
}

/**
 * Cuts two lists where the other might hide an older row, so that both together are a true
 * prefix of the whole order too (I7). Each list is in order, and may go on unseen.
 */
export function cutTogether<A extends Ordered, B extends Ordered>(
  first: { rows: readonly A[]; hasMore: boolean },
  second: { rows: readonly B[]; hasMore: boolean },
): { first: A[]; second: B[] } {
  const keep = <R extends Ordered>(
    rows: readonly R[],
    other: { rows: readonly Ordered[]; hasMore: boolean },
  ): R[] => {
    const last = other.hasMore ? other.rows.at(-1) : undefined;
    return rows.filter((row) => !last || compareCandidates(row, last) <= 0);
  };
  return { first: keep(first.rows, second), second: keep(second.rows, first) };
}

/** Finds the row up to which every shard is known: the least last row of a full head. */
function findHorizon<R extends Row>(heads: readonly Head<R>[]): R | null {
  let horizon: R | null = null;
  for (const { rows, hasMore } of heads) {
    const last = hasMore ? rows.at(-1) : undefined;
    if (last && (!horizon || compareRows(last, horizon) < 0)) horizon = last;
  }
  return horizon;
}

function compareRows(a: Row, b: Row): number {
  return compareCandidates(toOrdered(a), toOrdered(b));
}

function toOrdered({ workflowCreatedAt, _creationTime, _id }: Row): Ordered {
  return { workflowCreatedAt, queuedAt: _creationTime, row: _id };
}
