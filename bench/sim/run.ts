/**
 * The whole benchmark: what is measured, in which order, and what has to hold.
 */
import { compareBackends, type ComparisonFigures } from "./comparison.js";
import { measureDatabase, OPERATIONS, type DatabaseFigures } from "./database.js";
import { measureMemory, type MemoryFigures } from "./memory.js";
import type { Effort } from "./measure.js";
import type { Workload } from "./notes.js";
import {
  measureTransactions,
  type TransactionFigures,
  type TransactionPlan,
} from "./transactions.js";

/** What to measure. */
export interface Plan {
  readonly name: "full" | "quick";
  /** Documents of the tables, ascending. */
  readonly sizes: readonly number[];
  readonly effort: Effort;
  readonly transactions: readonly TransactionPlan[];
  readonly memoryDocuments: number;
  readonly comparisonSizes: readonly number[];
  readonly comparisonEffort: Effort;
}

export interface Figures {
  readonly database: readonly DatabaseFigures[];
  readonly transactions: readonly TransactionFigures[];
  readonly memory: MemoryFigures;
  readonly comparison: readonly ComparisonFigures[];
}

/** A bound that the issue sets. */
export interface Verdict {
  readonly name: string;
  readonly value: number;
  readonly max: number;
  readonly holds: boolean;
}

/** What an operation on the largest table may cost, as a multiple of the smallest. */
const GROWTH_MAX = 3;
const BOUNDED_TRANSACTIONS = 100_000;
const BOUNDED_SECONDS_MAX = 30;

/** The one whose figures are told. About two minutes on two cores. */
export const FULL: Plan = {
  name: "full",
  sizes: [1_000, 100_000, 1_000_000],
  effort: { warmUpMs: 300, repetitions: 7, repetitionMs: 150 },
  transactions: [
    ...planTransactions({ bump: 10_000, page: 1_000 }, 3),
    { workload: "bump", latency: "none", transactions: BOUNDED_TRANSACTIONS, runs: 1 },
    { workload: "bump", latency: "model", transactions: BOUNDED_TRANSACTIONS, runs: 1 },
  ],
  memoryDocuments: 100_000,
  comparisonSizes: [1_000, 20_000],
  comparisonEffort: { warmUpMs: 150, repetitions: 5, repetitionMs: 150 },
};

/** The same on less, to see that it works; its times say nothing. */
export const QUICK: Plan = {
  name: "quick",
  sizes: [100, 1_000],
  effort: { warmUpMs: 0, repetitions: 1, repetitionMs: 0 },
  transactions: planTransactions({ bump: 100, page: 50 }, 2),
  memoryDocuments: 1_000,
  comparisonSizes: [100],
  comparisonEffort: { warmUpMs: 0, repetitions: 1, repetitionMs: 0 },
};

/** Measures everything; tells what comes next. */
export async function runBenchmark(
  plan: Plan,
  seed: number,
  onPart: (name: string) => void = () => {},
): Promise<Figures> {
  onPart("memory");
  const memory = measureMemory(plan.memoryDocuments, seed);
  const database: DatabaseFigures[] = [];
  // Once in vain: what the first table meets is code that is not compiled yet.
  await measureDatabase(plan.sizes[0]!, seed, plan.effort);
  for (const size of plan.sizes) {
    onPart(`database of ${size} documents`);
    database.push(await measureDatabase(size, seed, plan.effort));
  }
  const transactions: TransactionFigures[] = [];
  for (const one of plan.transactions) {
    onPart(`${one.transactions} transactions, latency ${one.latency}`);
    transactions.push(await measureTransactions(one, seed));
  }
  const comparison: ComparisonFigures[] = [];
  for (const size of plan.comparisonSizes) {
    onPart(`convex-test with ${size} documents`);
    comparison.push(...(await compareBackends(size, seed, plan.comparisonEffort)));
  }
  return { memory, database, transactions, comparison };
}

/** The bounds; those of what was not measured are left out. */
export function judge({ database, transactions }: Figures): Verdict[] {
  const smallest = database[0]!;
  const largest = database.at(-1)!;
  const growth = OPERATIONS.map((name) => ({
    name: `${name} of ${largest.documents} documents / of ${smallest.documents}`,
    value: largest[name] / smallest[name],
    max: GROWTH_MAX,
  }));
  const durations = transactions
    .filter((run) => run.transactions === BOUNDED_TRANSACTIONS)
    .map(({ latency, seconds }) => ({
      name: `seconds of ${BOUNDED_TRANSACTIONS} small transactions, latency ${latency}`,
      value: seconds,
      max: BOUNDED_SECONDS_MAX,
    }));
  return [...growth, ...durations].map((bound) => ({
    ...bound,
    holds: bound.value <= bound.max,
  }));
}

function planTransactions(
  counts: Readonly<Record<Workload, number>>,
  runs: number,
): TransactionPlan[] {
  return (["bump", "page"] as const).flatMap((workload) =>
    (["none", "model"] as const).map((latency) => ({
      workload,
      latency,
      transactions: counts[workload],
      runs,
    })),
  );
}
