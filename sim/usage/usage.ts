/**
 * What a transaction has read, written and scheduled, against its limits.
 *
 * Owns the seven counters of `getTransactionMetrics`, the ceilings of nested calls and
 * what a rolled back call takes back. It counts what it is told; the one figure it does
 * not keep is the platform's number of read intervals, which the transaction's read set
 * knows (`intervals`).
 *
 * A counter grows before it is checked, so the overage shows in the metrics. Scheduling
 * on the platform is the exception: what would pass the limit is refused uncounted.
 */
import {
  TRANSACTION_LIMITS,
  USAGE_KEYS,
  type UsageKey,
} from "../constants/transactionLimits.js";
import { LimitError } from "../values/developerError.js";
import { platformUsage, type UsageRules } from "./rules.js";

export type TransactionLimits = Record<UsageKey, number>;
export type TransactionMetrics = Record<UsageKey, { used: number; remaining: number }>;

export interface UsageOptions {
  /** @defaultValue {@link platformUsage} */
  readonly rules?: UsageRules;
  /** Replaces single limits of the whole transaction. */
  readonly limits?: Partial<TransactionLimits>;
  /** False only counts, as convex-test does unless told otherwise. @defaultValue true */
  readonly enforces?: boolean;
  /** Merged intervals of the read set; without it queries are counted call by call. */
  readonly intervals?: () => number;
}

interface Layer {
  readonly limits: TransactionLimits;
  readonly enforces: boolean;
  /** The counters when the layer began. */
  readonly before: TransactionLimits;
}

const READ_KEYS: readonly UsageKey[] = ["bytesRead", "documentsRead", "databaseQueries"];

export class Usage {
  readonly #rules: UsageRules;
  readonly #intervals: (() => number) | undefined;
  readonly #used: TransactionLimits = zeroes();
  readonly #layers: Layer[];

  constructor(options: UsageOptions = {}) {
    this.#rules = options.rules ?? platformUsage;
    this.#intervals = options.intervals;
    this.#layers = [
      {
        limits: { ...TRANSACTION_LIMITS, ...options.limits },
        enforces: options.enforces ?? true,
        before: zeroes(),
      },
    ];
  }

  /** A nested call begins; `limits` are its own budget on top of what is used already. */
  beginNested(limits?: Partial<TransactionLimits>): void {
    const parent = this.#layer;
    const before = this.#current();
    const ceilings = { ...parent.limits };
    for (const key of USAGE_KEYS) {
      const budget = limits?.[key];
      if (budget !== undefined) {
        ceilings[key] = Math.min(parent.limits[key], before[key] + budget);
      }
    }
    const enforces = parent.enforces || limits !== undefined;
    this.#layers.push({ limits: ceilings, enforces, before });
  }

  commitNested(): void {
    this.#pop();
  }

  /** The call's writes are undone and so uncounted; what it read was read. */
  rollbackNested(): void {
    const { before } = this.#pop();
    for (const key of USAGE_KEYS) {
      if (!READ_KEYS.includes(key) && !this.#rules.keepsOnRollback.includes(key)) {
        this.#used[key] = before[key];
      }
    }
  }

  recordRead(bytes: number): void {
    this.#used.documentsRead += 1;
    this.#used.bytesRead += bytes;
    for (const key of this.#rules.readChecks) {
      this.#check(key);
    }
  }

  recordWrite(bytes: number): void {
    this.#used.documentsWritten += 1;
    this.#used.bytesWritten += bytes;
    for (const key of this.#rules.writeChecks) {
      this.#check(key);
    }
  }

  /** Counts a query, or checks the intervals that the query has just added. */
  recordQuery(): void {
    if (this.#intervals === undefined) {
      this.#used.databaseQueries += 1;
    }
    this.#check("databaseQueries");
  }

  recordSchedule(argsBytes: number): void {
    const used = this.#used;
    const { functionsScheduled, scheduledFunctionArgsBytes } = used;
    used.functionsScheduled += 1;
    used.scheduledFunctionArgsBytes += argsBytes;
    try {
      this.#check("functionsScheduled");
      this.#check("scheduledFunctionArgsBytes");
    } catch (error) {
      if (this.#rules.refusesUncounted) {
        Object.assign(used, { functionsScheduled, scheduledFunctionArgsBytes });
      }
      throw error;
    }
  }

  /** The counters, of all levels. Those of queries may be behind: see `intervals`. */
  get used(): Readonly<TransactionLimits> {
    return this.#used;
  }

  metrics(): TransactionMetrics {
    const used = this.#current();
    const { limits } = this.#layer;
    const entries = USAGE_KEYS.map((key) => [
      key,
      { used: used[key], remaining: limits[key] - used[key] },
    ]);
    return Object.fromEntries(entries) as TransactionMetrics;
  }

  get #layer(): Layer {
    return this.#layers[this.#layers.length - 1]!;
  }

  #pop(): Layer {
    if (this.#layers.length === 1) {
      throw new Error("No nested call is open");
    }
    return this.#layers.pop()!;
  }

  #current(): TransactionLimits {
    if (this.#intervals !== undefined) {
      this.#used.databaseQueries = this.#intervals();
    }
    return { ...this.#used };
  }

  #check(key: UsageKey): void {
    const { enforces, limits } = this.#layer;
    if (!enforces) {
      return;
    }
    const used =
      key === "databaseQueries" && this.#intervals !== undefined
        ? this.#intervals()
        : this.#used[key];
    if (used > limits[key]) {
      const { code, message } = this.#rules.exceeded(key, limits[key]);
      throw new LimitError(code, message);
    }
  }
}

function zeroes(): TransactionLimits {
  return {
    bytesRead: 0,
    bytesWritten: 0,
    databaseQueries: 0,
    documentsRead: 0,
    documentsWritten: 0,
    functionsScheduled: 0,
    scheduledFunctionArgsBytes: 0,
  };
}
