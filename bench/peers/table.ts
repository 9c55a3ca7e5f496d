/** The engines' figures as one table, with what is equal and what is not. Computes nothing. */
import Table from "cli-table3";
import { listRows, type SideRow } from "../report/sideBySide.js";
import type { ResultFile } from "../result.js";

/** Renders files of one scenario: one run of each, the first is ours. */
export function renderPeers(files: readonly ResultFile[]): string {
  const own = files[0]!;
  const peers = files.slice(1);
  const run = own.runs[0]!;
  const table = new Table({
    head: [
      `${own.scenario}, ${run.setup.workflows} workflows, seed ${run.seed}`,
      ...files.map(({ engine }) => engine),
    ],
    style: { head: [], border: [] },
  });
  for (const row of listRows(peers.map((peer) => ({ own, peer }))))
    table.push([row.name, row.own, ...renderCells(row)]);
  return [
    table.toString(),
    "In brackets: how many times better ours is; below 1 it is worse.",
    ...renderConditions(files),
  ].join("\n");
}

function renderCells({ peers }: SideRow): string[] {
  return peers.map(({ value, ratio }) =>
    ratio === null ? value : `${value} (${ratio})`,
  );
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
