/**
 * What the benchmark prints at its end. Owns the wording; measures nothing.
 */
import Table from "cli-table3";
import { BACKENDS, type ComparisonFigures } from "./comparison.js";
import type { DatabaseFigures } from "./tableSizes.js";
import type { Machine } from "./machine.js";
import { perSecond } from "./measure.js";
import type { MemoryFigures } from "./memory.js";
import { NOTE_DESCRIPTION, RANGE_ROWS, type Workload } from "./notes.js";
import type { Figures, Verdict } from "./run.js";
import { ACTIONS, type TransactionFigures } from "./transactions.js";

const WORKLOAD_NAMES: Record<Workload, string> = {
  bump: "mutation: read 1 by index, write 1",
  page: `query: read ${RANGE_ROWS} by index`,
};

export function renderHeader(machine: Machine, command: string, seed: number): string {
  const packages = Object.entries(machine.packages).map(
    ([name, one]) => `${name} ${one}`,
  );
  return [
    `command  ${command}`,
    `machine  ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB`,
    `load     ${machine.loadAverage.toFixed(1)} before the start: others slow what is measured`,
    `node     ${machine.node}; ${packages.join(", ")}`,
    `seed     ${seed}`,
    `document ${NOTE_DESCRIPTION}`,
  ].join("\n");
}

export function renderReport(figures: Figures, verdicts: readonly Verdict[]): string {
  return [
    "",
    "The database alone, operations per second: each a transaction of its own, with its syscalls",
    "of a DatabaseSession as JSON text both ways; and the reads of the store below it.",
    renderDatabase(figures.database),
    "",
    `Functions of convex/server, called by ${ACTIONS} actions at once, on a virtual clock.`,
    renderTransactions(figures.transactions),
    "",
    renderMemory(figures.memory),
    "",
    "The same calls on convex-test, one after the other, microseconds per call.",
    renderComparison(figures.comparison),
    "",
    ...verdicts.map(renderVerdict),
  ].join("\n");
}

function renderDatabase({ sizes, operations }: DatabaseFigures): string {
  const table = createTable([
    "documents",
    ...sizes.map(count),
    "cost at the last / the first",
  ]);
  for (const { operation, us, growth } of operations) {
    const cells = us.map((one) => `${count(perSecond(one))} (${one.toFixed(1)} us)`);
    table.push([operation, ...cells, growth.toFixed(2)]);
  }
  return table.toString();
}

function renderTransactions(runs: readonly TransactionFigures[]): string {
  const table = createTable([
    "transaction",
    "latency",
    "transactions",
    "seconds",
    "of processor",
    "per second",
    "us each",
    "virtual s",
  ]);
  for (const run of runs) {
    const us = (run.seconds / run.transactions) * 1e6;
    table.push([
      WORKLOAD_NAMES[run.workload],
      run.latency,
      `${count(run.transactions)}${run.runs > 1 ? ` (median of ${run.runs})` : ""}`,
      run.seconds.toFixed(2),
      run.processorSeconds.toFixed(2),
      count(perSecond(us)),
      us.toFixed(0),
      run.virtualSeconds.toFixed(1),
    ]);
  }
  return table.toString();
}

function renderMemory(memory: MemoryFigures): string {
  return (
    `Memory per document: ${memory.bytesPerDocument} bytes, ` +
    `${memory.bytesPerReadDocument} once it was read (of ${count(memory.documents)}, heap after a collection).`
  );
}

function renderComparison(rows: readonly ComparisonFigures[]): string {
  const table = createTable([
    "call",
    "documents",
    ...BACKENDS,
    "convex-test / compat",
    "convex-test / faithful",
  ]);
  for (const { operation, documents, us, ratio } of rows) {
    table.push([
      operation,
      count(documents),
      ...BACKENDS.map((name) => us[name].toFixed(0)),
      ratio.compat.toFixed(1),
      ratio.faithful.toFixed(1),
    ]);
  }
  return table.toString();
}

function renderVerdict({ name, value, max, holds }: Verdict): string {
  return `${holds ? "ok    " : "MISSED"} ${name}: ${value.toFixed(2)} (at most ${max})`;
}

function createTable(head: string[]): Table.Table {
  return new Table({
    head,
    style: { head: [], border: [] },
    colAligns: head.map((_, column) => (column === 0 ? "left" : "right")),
  });
}

function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
