/**
 * Two engines on the same work: every metric with its ratio, and who is better.
 *
 * Owns when two figures compare at all. Shows nothing, and leaves nothing out: a loss is a
 * row like any other. Pure.
 */
import type { ResultFile, RunResult, Setup } from "../result.js";
import { computeWorst, selectMetrics, type Metric } from "./metrics.js";
import type { Pair } from "./read.js";

/** Who is better. */
export type Verdict =
  | "better"
  | "worse"
  /** Within {@link SAME_SHARE} of each other. */
  | "same"
  /** Only one of them measured it, no way is better, or the work was of another size. */
  | "notCompared";

/** One metric of both. */
export interface ComparedMetric {
  readonly metric: Metric;
  readonly own: number | null;
  readonly peer: number | null;
  /** How many times better ours is: below 1 the peer is. Null if it says nothing. */
  readonly ratio: number | null;
  readonly verdict: Verdict;
}

interface ComparedGroup {
  readonly title: string;
  readonly metrics: readonly ComparedMetric[];
}

/** One condition of the runs. */
export interface Condition {
  readonly name: string;
  readonly own: string;
  readonly peer: string;
}

export interface Comparison {
  readonly engine: string;
  /** Seeds whose worst is compared. */
  readonly seeds: readonly number[];
  readonly groups: readonly ComparedGroup[];
  /** Names of metrics that only our engine can have. */
  readonly ownOnly: readonly string[];
  readonly equal: readonly Condition[];
  readonly different: readonly Condition[];
}

/** Figures this near are the same: one part in a hundred. */
const SAME_SHARE = 0.01;

/** Compares a pair: the worst of the seeds that both ran, else of all. */
export function comparePair({ own, peer }: Pair): Comparison {
  const common = listSeeds(own).filter((seed) => listSeeds(peer).includes(seed));
  const select = ({ runs }: ResultFile) =>
    common.length > 0 ? runs.filter(({ seed }) => common.includes(seed)) : runs;
  const [ours, theirs] = [select(own), select(peer)];
  const isSameSize = ours[0]!.setup.workflows === theirs[0]!.setup.workflows;
  const known = selectMetrics([...ours, ...theirs]).map(({ title, metrics }) => ({
    title,
    metrics: metrics.filter(({ better }) => better !== null),
  }));
  const groups = known.map(({ title, metrics }) => ({
    title,
    metrics: metrics
      .filter(({ isOwn }) => !isOwn)
      .map((metric) => compareMetric(metric, ours, theirs, isSameSize)),
  }));
  const ownOnly = known.flatMap(({ metrics }) => metrics.filter(({ isOwn }) => isOwn));
  const conditions = listConditions(own, peer);
  return {
    engine: peer.engine,
    seeds: common,
    groups: groups.filter(({ metrics }) => metrics.length > 0),
    ownOnly: ownOnly.map(({ name }) => name),
    equal: conditions.filter((one) => one.own === one.peer),
    different: conditions.filter((one) => one.own !== one.peer),
  };
}

/** The metrics with a verdict, over all groups. */
export function listByVerdict(
  { groups }: Comparison,
  verdict: Verdict,
): readonly ComparedMetric[] {
  return groups
    .flatMap(({ metrics }) => metrics)
    .filter((one) => one.verdict === verdict);
}

function compareMetric(
  metric: Metric,
  ours: readonly RunResult[],
  theirs: readonly RunResult[],
  isSameSize: boolean,
): ComparedMetric {
  const own = computeWorst(metric, ours);
  const peer = computeWorst(metric, theirs);
  if (own === null || peer === null || (metric.grows && !isSameSize)) {
    return { metric, own, peer, ratio: null, verdict: "notCompared" };
  }
  const verdict = judge(metric, own, peer);
  return { metric, own, peer, ratio: computeRatio(metric, own, peer), verdict };
}

/** Nothing has no ratio to something, nor an order to a reversed one. */
function computeRatio({ better }: Metric, own: number, peer: number): number | null {
  if (own === peer) return 1;
  const ratio = better === "less" ? peer / own : own / peer;
  return Number.isFinite(ratio) && ratio > 0 ? ratio : null;
}

function judge({ better }: Metric, own: number, peer: number): Verdict {
  if (Number.isNaN(own) || Number.isNaN(peer)) return "notCompared";
  const difference = Math.abs(own - peer);
  if (difference <= SAME_SHARE * Math.max(Math.abs(own), Math.abs(peer))) return "same";
  return own < peer === (better === "less") ? "better" : "worse";
}

const SETUP_NAMES: Readonly<Record<keyof Setup, string>> = {
  workflows: "workflows",
  stepsPerWorkflow: "steps per workflow",
  class: "deployment class",
  shards: "shards",
  slotsPerShard: "slots per shard",
  seats: "executors at once",
  ratePerMinute: "API’s requests a minute",
  rateChanges: "later changes of those",
};

/** Everything that may differ beside the engine itself. */
function listConditions(own: ResultFile, peer: ResultFile): Condition[] {
  const [a, b] = [own.runs[0]!.setup, peer.runs[0]!.setup];
  const setups = Object.entries(SETUP_NAMES).map(([key, name]) => ({
    name,
    own: describe(a[key as keyof Setup]),
    peer: describe(b[key as keyof Setup]),
  }));
  const slots = {
    name: "slots in all",
    own: describe(a.shards * a.slotsPerShard),
    peer: describe(b.shards * b.slotsPerShard),
  };
  const machine = ({ machine }: ResultFile) =>
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}`;
  const seeds = (file: ResultFile) => listSeeds(file).join(", ");
  return [
    ...setups,
    slots,
    { name: "seeds", own: seeds(own), peer: seeds(peer) },
    { name: "machine", own: machine(own), peer: machine(peer) },
    ...listModelled(own, peer),
  ];
}

/** Lines of the model: those of both, and what only one of them says. */
function listModelled(own: ResultFile, peer: ResultFile): Condition[] {
  const lines = [...new Set([...own.modelled, ...peer.modelled])];
  return lines.map((line) => ({
    name: "modelled",
    own: own.modelled.includes(line) ? line : "",
    peer: peer.modelled.includes(line) ? line : "",
  }));
}

function describe(value: Setup[keyof Setup]): string {
  if (value === null) return "no limit";
  if (typeof value === "number") return value.toLocaleString("en-US");
  if (typeof value === "string") return value;
  return value.map(({ perMinute }) => describe(perMinute)).join(", ") || "none";
}

function listSeeds({ runs }: ResultFile): number[] {
  return runs.map(({ seed }) => seed);
}
