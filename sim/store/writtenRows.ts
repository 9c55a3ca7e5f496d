/**
 * What one commit wrote to one table, to be found by what somebody has read of it.
 *
 * Owns finding the first of those rows without comparing each with each: a commit may have
 * thousands of rows, and hundreds of transactions run beside it.
 */
import type { StoredDocument } from "../values/document.js";
import type { IndexLayout } from "../values/indexLayout.js";
import type { IntervalSet } from "./intervalSet.js";

/** From so many rows on their keys are sorted, which the next who asks uses again. */
const SORTED_ROWS_MIN = 16;

/** A row, and its place among all rows of its commit. */
interface PlacedRow {
  readonly place: number;
  readonly id: string;
  readonly before: StoredDocument | null;
  readonly after: StoredDocument | null;
}

/** Keys of one index, ascending; the place of the row that each is of stands beside it. */
interface SortedKeys {
  readonly keys: readonly string[];
  readonly places: readonly number[];
}

export class WrittenRows {
  readonly #rows: PlacedRow[] = [];
  #places: Map<string, number> | null = null;
  /** By the place of the index, of one layout. */
  #sorted: (SortedKeys | undefined)[] = [];
  #layout: IndexLayout | null = null;

  /** Adds a row; all are added before anybody asks. */
  add(row: PlacedRow): void {
    this.#rows.push(row);
  }

  /** The place of the first row with one of these ids; Infinity if there is none. */
  findId(ids: ReadonlySet<string>): number {
    if (ids.size >= this.#rows.length) {
      return this.#rows.find(({ id }) => ids.has(id))?.place ?? Infinity;
    }
    this.#places ??= new Map(this.#rows.map(({ id, place }) => [id, place]));
    let first = Infinity;
    for (const id of ids) {
      first = Math.min(first, this.#places.get(id) ?? Infinity);
    }
    return first;
  }

  /** The place of the first row with a key, old or new, in these intervals of an index. */
  findKey(layout: IndexLayout, index: number, intervals: IntervalSet): number {
    if (this.#rows.length < SORTED_ROWS_MIN) {
      const found = this.#rows.find((row) =>
        keysOf(row, layout, index).some((key) => intervals.contains(key)),
      );
      return found?.place ?? Infinity;
    }
    const { keys, places } = this.#sort(layout, index);
    return intervals.findLeast(keys, places);
  }

  #sort(layout: IndexLayout, index: number): SortedKeys {
    if (this.#layout !== layout) {
      this.#sorted = [];
      this.#layout = layout;
    }
    return (this.#sorted[index] ??= sortKeys(this.#rows, layout, index));
  }
}

function sortKeys(
  rows: readonly PlacedRow[],
  layout: IndexLayout,
  index: number,
): SortedKeys {
  const sorted = rows
    .flatMap((row) =>
      keysOf(row, layout, index).map((key) => ({ key, place: row.place })),
    )
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.place - b.place));
  return {
    keys: sorted.map(({ key }) => key),
    places: sorted.map(({ place }) => place),
  };
}

/** Old and new keys count, in every index, though the indexed fields may be unchanged. */
function keysOf(
  { before, after }: PlacedRow,
  layout: IndexLayout,
  index: number,
): readonly string[] {
  const old = before?.key(layout, index);
  const fresh = after?.key(layout, index);
  if (old === undefined) return fresh === undefined ? [] : [fresh];
  return fresh === undefined || fresh === old ? [old] : [old, fresh];
}
