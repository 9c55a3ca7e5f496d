import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { compareCandidates, mergeHeads, type Head, type Ordered } from "./order.js";

type Row = { workflowCreatedAt: number; _creationTime: number; _id: string };

function toOrdered({ workflowCreatedAt, _creationTime, _id }: Row): Ordered {
  return { workflowCreatedAt, queuedAt: _creationTime, row: _id };
}

function sortRows(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => compareCandidates(toOrdered(a), toOrdered(b)));
}

function buildRow(workflowCreatedAt: number, id = `row${workflowCreatedAt}`): Row {
  return { workflowCreatedAt, _creationTime: 0, _id: id };
}

/** Reads `perShard` rows of each shard: a full head may hide more. */
function cutHeads(shards: readonly Row[][], perShard: number): Head<Row>[] {
  return shards.map((rows) => ({
    rows: rows.slice(0, perShard),
    hasMore: rows.length >= perShard,
  }));
}

/** Shards as the database has them: each sorted, keys that collide, ids that do not. */
const shardsOfRows = fc
  .array(
    fc.array(fc.record({ key: fc.integer({ min: 0, max: 9 }), time: fc.nat(3) }), {
      maxLength: 8,
    }),
    { maxLength: 5 },
  )
  .map((shards) =>
    shards.map((rows, shard) =>
      sortRows(
        rows.map(({ key, time }, index) => ({
          workflowCreatedAt: key,
          _creationTime: time,
          _id: `${shard}-${index}`,
        })),
      ),
    ),
  );

describe("compareCandidates", () => {
  const base: Ordered = { workflowCreatedAt: 5, queuedAt: 5, row: "m" };

  test.each([
    {
      title: "the older workflow",
      first: { ...base, workflowCreatedAt: 4, queuedAt: 9, row: "z" },
    },
    {
      title: "of one age, who was queued first",
      first: { ...base, queuedAt: 4, row: "z" },
    },
    { title: "queued at once, the lesser row", first: { ...base, row: "a" } },
  ])("$title comes first", ({ first }) => {
    expect(compareCandidates(first, base)).toBeLessThan(0);
    expect(compareCandidates(base, first)).toBeGreaterThan(0);
  });

  test("a candidate is equal to itself alone", () => {
    expect(compareCandidates(base, { ...base })).toBe(0);
  });
});

describe("mergeHeads", () => {
  test.each<{
    title: string;
    heads: Row[][];
    perShard: number;
    limit: number;
    keys: number[];
    hasMore: boolean;
  }>([
    { title: "no shards", heads: [], perShard: 2, limit: 9, keys: [], hasMore: false },
    {
      title: "heads that are not full hide nothing",
      heads: [[buildRow(1), buildRow(4)], [buildRow(2)]],
      perShard: 3,
      limit: 9,
      keys: [1, 2, 4],
      hasMore: false,
    },
    {
      title: "a full head ends the answer at its last row",
      heads: [
        [buildRow(1), buildRow(3)],
        [buildRow(2), buildRow(5), buildRow(6)].slice(0, 1),
      ],
      perShard: 2,
      limit: 9,
      keys: [1, 2, 3],
      hasMore: true,
    },
    {
      title: "the least of several full heads' last rows ends it",
      heads: [
        [buildRow(1), buildRow(8)],
        [buildRow(2), buildRow(3)],
      ],
      perShard: 2,
      limit: 9,
      keys: [1, 2, 3],
      hasMore: true,
    },
    {
      title: "the limit ends it",
      heads: [[buildRow(1), buildRow(3)], [buildRow(2)]],
      perShard: 9,
      limit: 2,
      keys: [1, 2],
      hasMore: true,
    },
  ])("$title", ({ heads, perShard, limit, keys, hasMore }) => {
    const merged = mergeHeads(cutHeads(heads, perShard), limit);

    expect(merged.rows.map((row) => row.workflowCreatedAt)).toEqual(keys);
    expect(merged.hasMore).toBe(hasMore);
  });

  test("the answer is a prefix of the whole order, and says so if it is not all (I7)", () => {
    fc.assert(
      fc.property(
        shardsOfRows,
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 50 }),
        (shards, perShard, limit) => {
          const { rows, hasMore } = mergeHeads(cutHeads(shards, perShard), limit);

          const all = sortRows(shards.flat());
          expect(rows).toEqual(all.slice(0, rows.length));
          expect(rows.length).toBeLessThanOrEqual(limit);
          if (all.length > 0) expect(rows.length).toBeGreaterThan(0);
          if (!hasMore) expect(rows).toHaveLength(all.length);
        },
      ),
    );
  });

  test("with a fair share of each shard the answer is at least one shard's head", () => {
    fc.assert(
      fc.property(shardsOfRows, fc.integer({ min: 1, max: 9 }), (shards, perShard) => {
        const count = shards.flat().length;

        const { rows } = mergeHeads(cutHeads(shards, perShard), count);

        expect(rows.length).toBeGreaterThanOrEqual(Math.min(perShard, count));
      }),
    );
  });
});
