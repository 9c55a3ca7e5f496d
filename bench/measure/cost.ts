/**
 * What a run cost, as the platform counts and bills it. Pure, but for reading the counters.
 *
 * Owns the prices: docs.convex.dev/production/state/limits, Professional, US, beyond what is
 * included. Whether the platform bills a query or mutation that an action calls is not said
 * there ("explicit client calls, scheduled executions, ..."); all are counted here, which is
 * the most it can be.
 */
import type { Convex } from "../../sim/index.js";
import type { FunctionMetrics, MetricsSnapshot } from "../../sim/observe/metrics.js";
import type { Engine } from "../engines/engine.js";
import type { Bill, Cost, Usage } from "../result.js";
import { round } from "./percentiles.js";

const USD_PER_MILLION_CALLS = 2;
const USD_PER_GIB = 0.2;
const USD_PER_GIB_HOUR = 0.3;
/** Memory of an action of the V8 runtime. */
const ACTION_MIB = 64;
const MIB_PER_GIB = 1_024;
const BYTES_PER_GIB = 1_024 ** 3;
const MS_PER_HOUR = 3_600_000;
const MILLION = 1_000_000;
const WORKFLOWS_BILLED = 1_000;

/** What `describeModel` says of the bill. */
export const PRICES =
  `prices: $${USD_PER_MILLION_CALLS} per million function calls, $${USD_PER_GIB} per GiB of database ` +
  `bandwidth, $${USD_PER_GIB_HOUR} per GiB-hour of actions of ${ACTION_MIB} MiB ` +
  "(docs.convex.dev/production/state/limits, Professional, US, beyond what is included); " +
  "every query and mutation that an action calls is counted as a function call";

const OWN_WORK = "app:tick";

export interface CostInput {
  readonly convex: Convex;
  readonly before: MetricsSnapshot;
  readonly steps: number;
  readonly workflows: number;
  readonly functions: Engine["functions"];
}

export function computeCost(input: CostInput): Cost {
  const { convex, before, steps, workflows } = input;
  const { callers, commits } = input.functions;
  const { total: all, functions } = convex.metrics.snapshot(before);
  const counted = subtract(all, functions[OWN_WORK]);
  const executorTransactions = callers
    .flatMap((caller) => convex.metrics.transactionsOf(caller))
    .map(([name, count]) => ({ name, count }));
  const total: Usage = {
    transactions: counted.transactions,
    executorTransactions: executorTransactions.reduce((sum, { count }) => sum + count, 0),
    commits: commits.reduce((sum, name) => sum + (functions[name]?.transactions ?? 0), 0),
    documentsRead: counted.documentsRead,
    bytesRead: counted.bytesRead,
    documentsWritten: counted.documentsWritten,
    bytesWritten: counted.bytesWritten,
    conflicts: counted.conflicts,
    scheduledFunctions: counted.scheduled,
  };
  return {
    steps,
    total,
    perStep: mapUsage(total, (value) => round(value / Math.max(1, steps))),
    executorTransactions,
    per1000Workflows: computeBill(total, {
      calls: total.transactions + counted.actions,
      actionMs: counted.actionMs,
      workflows,
    }),
  };
}

function computeBill(
  total: Usage,
  { calls, actionMs, workflows }: Record<"calls" | "actionMs" | "workflows", number>,
): Bill {
  const share = WORKFLOWS_BILLED / Math.max(1, workflows);
  const functionCalls = share * calls;
  const bandwidthBytes = share * (total.bytesRead + total.bytesWritten);
  const hours = actionMs / MS_PER_HOUR;
  const actionGibHours = share * hours * (ACTION_MIB / MIB_PER_GIB);
  return {
    functionCalls: Math.round(functionCalls),
    bandwidthBytes: Math.round(bandwidthBytes),
    actionGibHours: round(actionGibHours),
    functionCallsUsd: round((functionCalls / MILLION) * USD_PER_MILLION_CALLS),
    bandwidthUsd: round((bandwidthBytes / BYTES_PER_GIB) * USD_PER_GIB),
    actionUsd: round(actionGibHours * USD_PER_GIB_HOUR),
  };
}

/** What the app does of its own is no cost of its workflows. */
function subtract(
  all: Readonly<FunctionMetrics>,
  own: Readonly<FunctionMetrics> | undefined,
): FunctionMetrics {
  const left = { ...all };
  if (own) {
    for (const key of Object.keys(left) as (keyof FunctionMetrics)[])
      left[key] -= own[key];
  }
  return left;
}

function mapUsage(usage: Usage, map: (value: number) => number): Usage {
  return Object.fromEntries(
    Object.entries(usage).map(([name, value]) => [name, map(value as number)]),
  ) as unknown as Usage;
}
