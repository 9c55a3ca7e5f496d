/**
 * What the benchmark prints: the figures of a result file as a table, and its judgements.
 *
 * Owns the wording; computes nothing.
 */
import Table from "cli-table3";
import type { Criterion, Percentiles, ResultFile, RunResult } from "./result.js";

const MS_PER_SECOND = 1_000;
const KIB = 1_024;
const MIB = KIB * KIB;
/** As of the cost on a real deployment, or of an engine that nobody profiled. */
const NOT_MEASURED = "not measured";

type Row = readonly [name: string, value: (run: RunResult) => string];

const ROWS: readonly Row[] = [
  ["real time", ({ wallSeconds }) => `${wallSeconds.toFixed(0)} s`],
  [
    "workflows",
    ({ outcome, setup }) =>
      `${outcome.completed} of ${setup.workflows} completed, ${outcome.failed} failed, ${outcome.stuck} stuck`,
  ],
  ["makespan", ({ makespan }) => seconds(makespan.ms)],
  ["all created after", ({ makespan }) => seconds(makespan.createdMs)],
  [
    "÷ bounds",
    ({ makespan }) =>
      makespan.bounds
        .map(({ name, ms, ratio }) => `${name} ${seconds(ms)}: ${ratio.toFixed(3)}`)
        .join("\n"),
  ],
  ["completion p50, p90, p99, max", ({ completion }) => spread(completion, seconds)],
  [
    "median end by decile",
    ({ deciles }) => deciles.map(({ p50 }) => seconds(p50)).join(" "),
  ],
  ["rank correlation", ({ rankCorrelation }) => rankCorrelation.toFixed(4)],
  [
    "where the time went, mean",
    ({ breakdown }) =>
      breakdown.map(({ name, mean }) => `${name} ${seconds(mean)}`).join(", "),
  ],
  [
    "result to next start",
    ({ delays }) => `p50 ${ms(delays.nextStart.p50)}, p99 ${ms(delays.nextStart.p99)}`,
  ],
  [
    "result to next durable row",
    ({ delays }) => `p50 ${ms(delays.nextRow.p50)}, p99 ${ms(delays.nextRow.p99)}`,
  ],
  ["steps; attempts", ({ outcome }) => `${outcome.stepsSettled}; ${outcome.attempts}`],
  ["per step", renderUsage],
  ["executors' transactions per step", renderTransactions],
  ["per 1,000 workflows", renderBill],
  ["processor", renderCpu],
  [
    "accounted bytes per executor",
    ({ accountedBytes }) =>
      accountedBytes
        ? spread(accountedBytes, (bytes) => `${(bytes / KIB).toFixed(0)} KiB`)
        : NOT_MEASURED,
  ],
  ["the API's own count", ({ api }) => renderCounts(api ?? {})],
  ["else", ({ extra }) => renderCounts(extra)],
];

/** Renders all runs of a file side by side. */
export function renderResult({
  scenario,
  engine,
  runs,
  modelled,
  command,
}: ResultFile): string {
  const table = new Table({
    head: [`${scenario}, ${engine}`, ...runs.map(({ seed }) => `seed ${seed}`)],
    style: { head: [], border: [] },
  });
  for (const [name, render] of ROWS) {
    const cells = runs.map(render);
    if (cells.some((cell) => cell !== "")) table.push([name, ...cells]);
  }
  return [`${command}\n`, ...modelled, table.toString()].join("\n");
}

/** One line a criterion. */
export function renderCriteria(criteria: readonly Criterion[]): string {
  return criteria
    .map(({ name, value, bound, sense, holds }) => {
      const limit = sense === "atMost" ? "at most" : "at least";
      return `${holds ? "ok    " : "MISSED"} ${name}: ${value} (${limit} ${bound})`;
    })
    .join("\n");
}

function renderUsage({ cost }: RunResult): string {
  if (!cost) return NOT_MEASURED;
  const { perStep } = cost;
  return [
    `${perStep.transactions.toFixed(2)} transactions, of executors ${perStep.executorTransactions.toFixed(2)}, commits ${perStep.commits.toFixed(2)}`,
    `${perStep.documentsRead.toFixed(1)} documents and ${perStep.bytesRead.toFixed(0)} bytes read`,
    `${perStep.documentsWritten.toFixed(1)} documents and ${perStep.bytesWritten.toFixed(0)} bytes written`,
    `${perStep.conflicts.toFixed(4)} conflicts, ${perStep.scheduledFunctions.toFixed(4)} scheduled functions`,
  ].join("\n");
}

function renderTransactions({ cost }: RunResult): string {
  if (!cost) return "";
  return cost.executorTransactions
    .map(({ name, count }) => `${name} ${(count / cost.steps).toFixed(3)}`)
    .join("\n");
}

function renderBill({ cost }: RunResult): string {
  if (!cost) return NOT_MEASURED;
  const bill = cost.per1000Workflows;
  return [
    `${bill.functionCalls} function calls ($${bill.functionCallsUsd.toFixed(3)})`,
    `${(bill.bandwidthBytes / MIB).toFixed(1)} MiB of bandwidth ($${bill.bandwidthUsd.toFixed(3)})`,
    `${bill.actionGibHours.toFixed(3)} GiB-hours of actions ($${bill.actionUsd.toFixed(3)})`,
  ].join("\n");
}

function renderCpu({ cpu }: RunResult): string {
  if (!cpu) return NOT_MEASURED;
  const { sampledSeconds, engineMsPerStep, ...owners } = cpu;
  const shares = Object.entries(owners).map(([name, one]) => `${name} ${one.toFixed(1)}`);
  return [
    `${sampledSeconds.toFixed(1)} s: ${shares.join(", ")}`,
    `engine per step ${engineMsPerStep.toFixed(3)} ms`,
  ].join("\n");
}

function renderCounts(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");
}

function spread({ p50, p90, p99, max }: Percentiles, render: (value: number) => string) {
  return [p50, p90, p99, max].map(render).join(", ");
}

function seconds(value: number): string {
  return `${(value / MS_PER_SECOND).toFixed(1)} s`;
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`;
}
