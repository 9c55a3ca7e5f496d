/**
 * What a run cost, by function and in total. Counts only: nothing here changes what happens.
 */

/** Sums since the start, or since another snapshot. */
export interface FunctionMetrics {
  /** Times it was started, nested calls and retries included. */
  calls: number;
  /** Commits of transactions that it began, those without writes included. */
  transactions: number;
  syscalls: number;
  documentsRead: number;
  bytesRead: number;
  documentsWritten: number;
  /** Bytes of documents and of index entries. */
  bytesWritten: number;
  /** Commits that were refused. */
  conflicts: number;
  retries: number;
  /** Times it was refused for want of a permit. */
  permitTimeouts: number;
  /** Times it had to wait for a permit, and how long in all. */
  permitWaits: number;
  permitWaitMs: number;
  /** Times it was scheduled, and how late it began in all. */
  scheduled: number;
  schedulerDelayMs: number;
  /** Actions only: times it ended, and how long it ran in all. */
  actions: number;
  actionMs: number;
}

export interface MetricsSnapshot {
  readonly total: Readonly<FunctionMetrics>;
  readonly functions: Readonly<Record<string, Readonly<FunctionMetrics>>>;
}

export class Metrics {
  readonly #functions = new Map<string, FunctionMetrics>();
  readonly #callers = new Map<string, Map<string, number>>();

  call(label: string): void {
    this.#of(label).calls += 1;
  }

  /** `caller`: the action that called it, `scheduler`, or `outside`. */
  transaction(label: string, caller: string): void {
    this.#of(label).transactions += 1;
    const counts = this.#callers.get(caller) ?? new Map<string, number>();
    counts.set(label, (counts.get(label) ?? 0) + 1);
    this.#callers.set(caller, counts);
  }

  /** Transactions of each function that a caller began, the most frequent first. */
  transactionsOf(caller: string): [label: string, count: number][] {
    return [...(this.#callers.get(caller) ?? [])].sort((a, b) => b[1] - a[1]);
  }

  syscall(label: string): void {
    this.#of(label).syscalls += 1;
  }

  read(label: string, documents: number, bytes: number): void {
    const metrics = this.#of(label);
    metrics.documentsRead += documents;
    metrics.bytesRead += bytes;
  }

  written(label: string, documents: number, bytes: number): void {
    const metrics = this.#of(label);
    metrics.documentsWritten += documents;
    metrics.bytesWritten += bytes;
  }

  conflict(label: string): void {
    this.#of(label).conflicts += 1;
  }

  retry(label: string): void {
    this.#of(label).retries += 1;
  }

  permit(label: string, waitedMs: number): void {
    if (waitedMs === 0) return;
    const metrics = this.#of(label);
    metrics.permitWaits += 1;
    metrics.permitWaitMs += waitedMs;
  }

  permitTimeout(label: string): void {
    this.#of(label).permitTimeouts += 1;
  }

  scheduled(label: string): void {
    this.#of(label).scheduled += 1;
  }

  schedulerDelay(label: string, ms: number): void {
    this.#of(label).schedulerDelayMs += ms;
  }

  actionEnded(label: string, ms: number): void {
    const metrics = this.#of(label);
    metrics.actions += 1;
    metrics.actionMs += ms;
  }

  /** What was counted for a function; zeros if it never ran. */
  of(label: string): FunctionMetrics {
    return { ...(this.#functions.get(label) ?? createMetrics()) };
  }

  /** Sums over all functions. */
  get total(): Readonly<FunctionMetrics> {
    return this.snapshot().total;
  }

  /** All counts, or what was counted since an earlier snapshot; functions by name. */
  snapshot(since?: MetricsSnapshot): MetricsSnapshot {
    const total = createMetrics();
    const functions: Record<string, FunctionMetrics> = {};
    for (const label of [...this.#functions.keys()].sort()) {
      const metrics = this.of(label);
      addMetrics(metrics, since?.functions[label], -1);
      addMetrics(total, metrics, 1);
      functions[label] = metrics;
    }
    return { total, functions };
  }

  #of(label: string): FunctionMetrics {
    const known = this.#functions.get(label);
    if (known !== undefined) return known;
    const created = createMetrics();
    this.#functions.set(label, created);
    return created;
  }
}

function createMetrics(): FunctionMetrics {
  return {
    calls: 0,
    transactions: 0,
    syscalls: 0,
    documentsRead: 0,
    bytesRead: 0,
    documentsWritten: 0,
    bytesWritten: 0,
    conflicts: 0,
    retries: 0,
    permitTimeouts: 0,
    permitWaits: 0,
    permitWaitMs: 0,
    scheduled: 0,
    schedulerDelayMs: 0,
    actions: 0,
    actionMs: 0,
  };
}

function addMetrics(
  sum: FunctionMetrics,
  metrics: Readonly<FunctionMetrics> | undefined,
  sign: 1 | -1,
): void {
  if (metrics === undefined) return;
  for (const key of Object.keys(sum) as (keyof FunctionMetrics)[]) {
    sum[key] += sign * metrics[key];
  }
}
