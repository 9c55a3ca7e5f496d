/** The engines' figures as one table, with what is equal and what is not. Computes nothing. */
import Table from "cli-table3";
import type { ResultFile } from "../result.js";
import { compareRuns, type ComparedRow, type Unit } from "./compare.js";

const MS_PER_SECOND = 1_000;

const RENDERERS: Readonly<Record<Unit, (value: number) => string>> = {
  ms: (value) =>
    value < MS_PER_SECOND
      ? `${value.toFixed(0)} ms`
      : `${(value / MS_PER_SECOND).toFixed(1)} s`,
  number: (value) => value.toPrecision(3),
  bytes: (value) => value.toFixed(0),
  usd: (value) => `$${value.toFixed(3)}`,
  count: (value) => `${value}`,
};

/** Renders files of one scenario: one run of each, the first is ours. */
export function renderPeers(files: readonly ResultFile[]): string {
  const [own] = files;
  const runs = files.map((file) => file.runs[0]!);
  const table = new Table({
    head: [
      `${own!.scenario}, ${runs[0]!.setup.workflows} workflows, seed ${runs[0]!.seed}`,
      ...files.map(({ engine }) => engine),
    ],
    style: { head: [], border: [] },
  });
  for (const row of compareRuns(runs)) table.push([row.name, ...renderCells(row)]);
  return [
    table.toString(),
    "In brackets: how many times better ours is; below 1 it is worse.",
    ...renderConditions(files),
  ].join("\n");
}

function renderCells({ unit, values, ratios }: ComparedRow): string[] {
  return values.map((value, index) => {
    if (value === null) return "-";
    const ratio = ratios[index] ?? null;
    const text = RENDERERS[unit](value);
    return index === 0 || ratio === null ? text : `${text} (${ratio.toPrecision(3)})`;
  });
}

/** Lines of `modelled` that all have, and those of each. */
function renderConditions(files: readonly ResultFile[]): string[] {
  const isCommon = (line: string) =>
    files.every(({ modelled }) => modelled.includes(line));
  const equal = files[0]!.modelled.filter(isCommon);
  return [
    ...equal.map((line) => `equal: ${line}`),
    ...files.flatMap(({ engine, modelled }) =>
      modelled.filter((line) => !isCommon(line)).map((line) => `only ${engine}: ${line}`),
    ),
  ];
}
