/**
 * What operations of the database cost on tables of several sizes, and how that grows.
 *
 * Owns the list of operations; `database.ts` does them.
 */
import { computeMedian } from "../../demo/statistics.js";
import { exposeCollector } from "./collector.js";
import { BenchDatabase } from "./database.js";
import { measureSideBySide, type Effort } from "./measure.js";
import { RANGE_ROWS } from "./notes.js";

/** What one operation costs, by size of the table. */
interface OperationFigures {
  readonly operation: string;
  /** Microseconds, in the order of the sizes: medians. */
  readonly us: readonly number[];
  /** On the largest table, as a multiple of the smallest: the median of all repetitions. */
  readonly growth: number;
  /** Whether that is bounded. */
  readonly isBounded: boolean;
}

export interface DatabaseFigures {
  /** Documents of the tables, ascending. */
  readonly sizes: readonly number[];
  readonly operations: readonly OperationFigures[];
}

interface Measured {
  readonly batch: (database: BenchDatabase) => number;
  /** Whether its cost on a large table is bounded. */
  readonly isBounded: boolean;
}

/**
 * The last two are reads of the store without syscalls: no JSON, and many in one transaction.
 * A live snapshot is that of a transaction which began just before.
 */
const OPERATIONS: Record<string, Measured> = {
  "point read by id": { batch: (one) => one.readPoints(), isBounded: true },
  [`range read of ${RANGE_ROWS} rows`]: {
    batch: (one) => one.readRanges(),
    isBounded: true,
  },
  "insert and commit": { batch: (one) => one.insert(), isBounded: true },
  "the same beside a live snapshot": {
    batch: (one) => one.insertBesideReader(),
    isBounded: true,
  },
  "bare store: get": { batch: (one) => one.getPoints(), isBounded: false },
  [`bare store: scan of ${RANGE_ROWS} rows`]: {
    batch: (one) => one.scanRanges(),
    isBounded: false,
  },
};

/** Measures tables of those sizes, all of them there at once. */
export async function measureDatabases(
  sizes: readonly number[],
  seed: number,
  effort: Effort,
): Promise<DatabaseFigures> {
  const databases = sizes.map((documents) => {
    const database = new BenchDatabase(seed);
    database.fill(documents);
    database.readAll();
    return database;
  });
  const collect = exposeCollector();
  const operations: OperationFigures[] = [];
  for (const [operation, { batch, isBounded }] of Object.entries(OPERATIONS)) {
    // Or the collection of what was filled and measured before would be paid for here.
    collect();
    const samples = await measureSideBySide(
      effort,
      databases.map((database) => ({
        batch: () => batch(database),
        afterBatch: () => database.removeInserted(),
      })),
    );
    const [first, last] = [samples[0]!, samples.at(-1)!];
    const growth = computeMedian(last.map((us, index) => us / first[index]!));
    operations.push({ operation, us: samples.map(computeMedian), growth, isBounded });
  }
  return { sizes, operations };
}
