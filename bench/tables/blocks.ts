/**
 * The tables of the README files, made of result files. Pure.
 *
 * Owns which figures are shown where. Each table ends with the files that it is from, and
 * the command that makes them again.
 */
import { findBound } from "../report/metrics.js";
import { groupFiles } from "../report/read.js";
import { listRows, type SideRow } from "../report/sideBySide.js";
import { format } from "../report/units.js";
import { SCENARIOS } from "../scenarios/index.js";
import { OWN_ENGINE, type ResultFile, type RunResult } from "../result.js";

/** A result file with the name under which it is committed. */
export interface NamedFile {
  readonly name: string;
  readonly file: ResultFile;
}

type Block = (files: readonly NamedFile[]) => string;

/** What a reader of the README looks for first; the others are in bench/peers. */
const MAIN = [
  "makespan",
  "steps settled",
  "completion since creation, p50",
  "completion since creation, p99",
  "rank correlation",
  "result to next start, p50",
  "transactions per step",
  "documents read per step",
  "bytes written, with indexes per step",
  "scheduled functions per step",
  "price in all of 1,000 workflows",
];

/** All blocks, by the name in their marks. */
export const BLOCKS: Readonly<Record<string, Block>> = {
  scenarios: renderScenarios,
  "peers haiku": (files) => renderPeers("haiku", files, MAIN),
  "peers mutations": (files) => renderPeers("mutations", files, MAIN),
  "peers haiku in full": (files) => renderPeers("haiku", files, null),
  "peers mutations in full": (files) => renderPeers("mutations", files, null),
};

/** Every scenario that has a result of its own, each figure at its worst seed. */
function renderScenarios(all: readonly NamedFile[]): string {
  const files = all
    .filter(({ name, file }) => file.engine === OWN_ENGINE && name === nameWhole(file))
    .toSorted((a, b) => placeOf(a) - placeOf(b));
  if (files.length === 0)
    return "No result of a whole scenario is committed: `npm run bench -- --all` makes them.";
  const rows = files.map(({ name, file }) => [
    file.scenario,
    ...describeRuns(file.runs),
    describeCriteria(file),
    `\`${name}\``,
  ]);
  const commands = files.map(({ file }) => `\`${file.command}\``);
  return [
    ...renderTable(
      [
        "scenario",
        "workflows",
        "makespan",
        "÷ oracle",
        "rank correlation",
        "commits per step",
        "executors' transactions per step",
        "criteria",
        "in bench/results",
      ],
      rows,
    ),
    "",
    `Of several seeds each figure is the worst. Made by ${commands.join(", ")}.`,
  ].join("\n");
}

/** Under which name a result of the scenario's own size is saved. */
function nameWhole({ scenario }: ResultFile): string {
  return `${scenario}.json`;
}

/** As the help lists them, and then others. */
function placeOf({ file }: NamedFile): number {
  const index = SCENARIOS.findIndex(({ name }) => name === file.scenario);
  return index < 0 ? SCENARIOS.length : index;
}

function describeRuns(runs: readonly RunResult[]): string[] {
  const worst = (read: (run: RunResult) => number | undefined) => {
    const values = runs.map(read).filter((one) => one !== undefined);
    return values.length > 0 ? Math.max(...values) : null;
  };
  return [
    format("count", runs[0]!.setup.workflows),
    format("ms", Math.max(...runs.map(({ makespan }) => makespan.ms))),
    format(
      "times",
      worst((run) => findBound(run, "oracle")?.ratio),
    ),
    format("correlation", Math.min(...runs.map((run) => run.rankCorrelation))),
    format(
      "number",
      worst(({ cost }) => cost?.perStep.commits),
    ),
    format(
      "number",
      worst(({ cost }) => cost?.perStep.executorTransactions),
    ),
  ];
}

function describeCriteria({ criteria, runs }: ResultFile): string {
  const missed = criteria.filter(({ holds }) => !holds).map(({ name }) => name);
  const seeds = `${runs.length} ${runs.length === 1 ? "seed" : "seeds"}`;
  return missed.length === 0 ? `hold, ${seeds}` : `**missed: ${missed.join(", ")}**`;
}

/** Engines side by side; losses in bold. */
function renderPeers(
  scenario: string,
  all: readonly NamedFile[],
  shown: readonly string[] | null,
): string {
  const known = all.filter(({ file }) => file.scenario === scenario);
  const found = groupFiles(known.map(({ file }) => file))[0]?.pairs ?? [];
  const own = found[0]?.own;
  const pairs = found.filter((pair) => pair.own === own);
  if (!own)
    return `No result of ${scenario} beside its peers is committed: \`npm run bench -- ${scenario} --peers --save\` makes them.`;
  const rows = listRows(pairs).filter(({ name }) => shown?.includes(name) ?? true);
  const { workflows, class: name } = own.runs[0]!.setup;
  const used = [own, ...pairs.map(({ peer }) => peer)].map(
    (file) => known.find((one) => one.file === file)!.name,
  );
  return [
    ...renderTable(
      [
        `${format("count", workflows)} workflows, class ${name.toUpperCase()}`,
        OWN_ENGINE,
        ...pairs.map(({ peer }) => peer.engine),
      ],
      rows.map((row) => [row.name, row.own, ...renderCells(row)]),
    ),
    "",
    `In brackets: how many times better ${OWN_ENGINE} is; in bold what it loses. From ` +
      `${used.map((one) => `\`bench/results/${one}\``).join(", ")}, made by ` +
      `\`${own.command} --save\`.`,
  ].join("\n");
}

function renderCells({ peers }: SideRow): string[] {
  return peers.map(({ value, ratio, isLoss }) => {
    const text = ratio === null ? value : `${value} (${ratio})`;
    return isLoss ? `**${text}**` : text;
  });
}

function renderTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}
