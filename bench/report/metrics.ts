/**
 * The figures of a run that stand side by side: of seeds, and of engines.
 *
 * Owns what is compared, in which unit, and which way is better. Pure.
 */
import type { Bound, RunResult, Usage } from "../result.js";
import type { Unit } from "./units.js";

/** One figure of a run. */
export interface Metric {
  readonly name: string;
  readonly unit: Unit;
  /** Which way is better; null of what only describes. */
  readonly better: "less" | "more" | null;
  /** Whether it grows with the number of workflows: then only equal numbers compare. */
  readonly grows: boolean;
  /** Whether it is of how this engine works: a peer has no such thing to compare. */
  readonly isOwn: boolean;
  /** Null where nothing was measured. */
  readonly value: (run: RunResult) => number | null;
}

/** Metrics under one heading. */
export interface MetricGroup {
  readonly title: string;
  readonly metrics: readonly Metric[];
}

const MS_PER_SECOND = 1_000;

const BOUND_NAMES: Readonly<Record<Bound["name"], string>> = {
  oracle: "the oracle",
  oracleAsCreated: "the oracle, work as it was created",
  apiRate: "the API’s rate",
  slotSeconds: "slot-seconds",
};

export const METRIC_GROUPS: readonly MetricGroup[] = [
  {
    title: "Throughput",
    metrics: [
      less("makespan", "ms", ({ makespan }) => makespan.ms, { grows: true }),
      ...Object.keys(BOUND_NAMES).map((name) => measureBound(name as Bound["name"])),
      more("workflows completed", "perSecond", ({ outcome, makespan }) =>
        divide(outcome.completed, makespan.ms / MS_PER_SECOND),
      ),
      more("steps settled", "perSecond", ({ outcome, makespan }) =>
        divide(outcome.stepsSettled, makespan.ms / MS_PER_SECOND),
      ),
      describe("all created after", "ms", ({ makespan }) => makespan.createdMs),
      describe("real time of the machine", "seconds", ({ wallSeconds }) => wallSeconds),
    ],
  },
  {
    title: "Nothing lost",
    metrics: [
      less("failed workflows", "count", ({ outcome }) => outcome.failed),
      less("stuck workflows", "count", ({ outcome }) => outcome.stuck),
      less("violated invariants", "count", ({ outcome }) => outcome.violations, {
        isOwn: true,
      }),
      less("attempts per step", "number", ({ outcome }) =>
        divide(outcome.attempts, outcome.stepsSettled),
      ),
    ],
  },
  {
    title: "Order and latency",
    metrics: [
      more("rank correlation", "correlation", (run) => run.rankCorrelation),
      less(
        "median end of the first tenth",
        "ms",
        ({ deciles }) => deciles[0]?.p50 ?? null,
        {
          grows: true,
        },
      ),
      ...(["p50", "p90", "p99", "max"] as const).map((rank) =>
        less(`completion since creation, ${rank}`, "ms", (run) => run.completion[rank], {
          grows: true,
        }),
      ),
      ...(["p50", "p99"] as const).flatMap((rank) => [
        less(`result to next start, ${rank}`, "ms", ({ delays }) =>
          delays.nextStart.count > 0 ? delays.nextStart[rank] : null,
        ),
        less(`result to next durable row, ${rank}`, "ms", ({ delays }) =>
          delays.nextRow.count > 0 ? delays.nextRow[rank] : null,
        ),
      ]),
    ],
  },
  {
    title: "Cost per step",
    metrics: [
      measureUsage("transactions", "transactions"),
      measureUsage("transactions begun by the engine", "executorTransactions"),
      measureUsage("commits of results among them", "commits"),
      measureUsage("documents read", "documentsRead"),
      measureUsage("bytes read", "bytesRead", "bytes"),
      measureUsage("documents written", "documentsWritten"),
      measureUsage("bytes written, with indexes", "bytesWritten", "bytes"),
      measureUsage("conflicts, made again", "conflicts"),
      measureUsage("scheduled functions", "scheduledFunctions"),
    ],
  },
  {
    title: "Bill per 1,000 workflows",
    metrics: [
      less("price in all", "usd", ({ cost }) => (cost ? addPrices(cost) : null)),
      less("function calls", "count", (run) => readBill(run, "functionCalls")),
      less("function calls’ price", "usd", (run) => readBill(run, "functionCallsUsd")),
      less("bandwidth", "bytes", (run) => readBill(run, "bandwidthBytes")),
      less("bandwidth’s price", "usd", (run) => readBill(run, "bandwidthUsd")),
      less("action time", "gibHours", (run) => readBill(run, "actionGibHours")),
      less("action time’s price", "usd", (run) => readBill(run, "actionUsd")),
    ],
  },
  {
    title: "Machine",
    metrics: [
      less(
        "engine’s processor time per step",
        "ms",
        ({ cpu }) => cpu?.engineMsPerStep ?? null,
        { isOwn: true },
      ),
      less(
        "accounted bytes of an executor, max",
        "bytes",
        ({ accountedBytes }) => accountedBytes?.max ?? null,
        { isOwn: true },
      ),
    ],
  },
];

/** The groups, of the metrics that any of the runs has. */
export function selectMetrics(runs: readonly RunResult[]): MetricGroup[] {
  const isKnown = (metric: Metric) => runs.some((run) => metric.value(run) !== null);
  return METRIC_GROUPS.map(({ title, metrics }) => ({
    title,
    metrics: metrics.filter(isKnown),
  })).filter(({ metrics }) => metrics.length > 0);
}

/** The worst of a metric over runs; null if no run has it or no way is better. */
export function computeWorst(
  { better, value }: Metric,
  runs: readonly RunResult[],
): number | null {
  const values = runs.map(value).filter((one) => one !== null);
  if (values.length === 0 || better === null) return null;
  return better === "less" ? Math.max(...values) : Math.min(...values);
}

/** The run that took longest, beside the bound if there is one. */
export function findSlowest(runs: readonly RunResult[]): number {
  const sizes = runs.map(({ makespan }) => makespan.bounds[0]?.ratio ?? makespan.ms);
  return Math.max(0, sizes.indexOf(Math.max(...sizes)));
}

/** A bound of a run by its name. */
export function findBound(run: RunResult, name: Bound["name"]): Bound | null {
  return run.makespan.bounds.find((bound) => bound.name === name) ?? null;
}

function measureBound(name: Bound["name"]): Metric {
  const value = (run: RunResult) => findBound(run, name)?.ratio ?? null;
  return less(`makespan ÷ ${BOUND_NAMES[name]}`, "times", value);
}

function measureUsage(name: string, key: keyof Usage, unit: Unit = "number"): Metric {
  return less(name, unit, ({ cost }) => cost?.perStep[key] ?? null);
}

type Bill = NonNullable<RunResult["cost"]>["per1000Workflows"];

function readBill({ cost }: RunResult, key: keyof Bill): number | null {
  return cost?.per1000Workflows[key] ?? null;
}

/** The price of 1,000 workflows, all parts of the bill together. */
export function addPrices({
  per1000Workflows: bill,
}: NonNullable<RunResult["cost"]>): number {
  return bill.functionCallsUsd + bill.bandwidthUsd + bill.actionUsd;
}

function less(
  name: string,
  unit: Unit,
  value: Metric["value"],
  { grows = false, isOwn = false } = {},
): Metric {
  return { name, unit, value, better: "less", grows, isOwn };
}

function more(name: string, unit: Unit, value: Metric["value"]): Metric {
  return { name, unit, value, better: "more", grows: false, isOwn: false };
}

function describe(name: string, unit: Unit, value: Metric["value"]): Metric {
  return { name, unit, value, better: null, grows: true, isOwn: false };
}

function divide(a: number, b: number): number | null {
  return b > 0 ? a / b : null;
}
