/**
 * All engines of one scenario in one list: every metric of ours, and of each peer with its
 * ratio. Pure; what is compared is `metrics.ts`, and when `compare.ts`.
 */
import { comparePair, type ComparedMetric, type Comparison } from "./compare.js";
import type { Pair } from "./read.js";
import { format } from "./units.js";

/** One metric of all engines. */
export interface SideRow {
  /** In words that need no heading. */
  readonly name: string;
  readonly own: string;
  readonly peers: readonly SideCell[];
}

interface SideCell {
  readonly value: string;
  /** How many times better ours is, as it is written; null if that says nothing. */
  readonly ratio: string | null;
  /** Whether the peer is better. */
  readonly isLoss: boolean;
}

/** Compares ours with each of its peers, all of the same number of workflows. */
export function listRows(pairs: readonly Pair[]): SideRow[] {
  const comparisons = pairs.map((pair) => comparePair(pair));
  const names = new Set(comparisons.flatMap((one) => [...nameAll(one).keys()]));
  return [...names].map((name) => {
    const found = comparisons.map((one) => nameAll(one).get(name));
    const own = found.find((one) => one !== undefined)!;
    return {
      name,
      own: format(own.metric.unit, own.own),
      peers: found.map((one) => renderCell(one)),
    };
  });
}

/** What a heading would say stands with each name. */
const SUFFIXES: Readonly<Record<string, string>> = {
  "Cost per step": " per step",
  "Bill per 1,000 workflows": " of 1,000 workflows",
};

function nameAll({ groups }: Comparison): Map<string, ComparedMetric> {
  return new Map(
    groups.flatMap(({ title, metrics }) =>
      metrics.map((one) => [`${one.metric.name}${SUFFIXES[title] ?? ""}`, one]),
    ),
  );
}

function renderCell(one: ComparedMetric | undefined): SideCell {
  if (!one) return { value: format("number", null), ratio: null, isLoss: false };
  const { metric, peer, ratio, verdict } = one;
  return {
    value: format(metric.unit, peer),
    ratio: ratio === null ? null : renderRatio(ratio),
    isLoss: verdict === "worse",
  };
}

/** To three digits, and no power of ten. */
function renderRatio(ratio: number): string {
  return `${Number(ratio.toPrecision(3)).toLocaleString("en-US")}×`;
}
