/**
 * The numbers of a chart: parts of a stack are added up, so that each is drawn to its top.
 * Pure.
 */
import type { Plot } from "./payload.js";

type Column = readonly (number | null)[];

/** A limit that is further up than so many times the data is named, and not drawn. */
const LIMIT_SHOWN_MAX = 2.5;
/** Room above the highest value. */
const HEADROOM = 1.07;

/** What is drawn, series by series; a stack's from its top to its bottom. */
export function resolveColumns({ kind, series }: Plot): Column[] {
  const columns = series.map(({ values }) => values);
  return kind === "stack" ? accumulate(columns).toReversed() : columns;
}

/** The plot's series in the order of {@link resolveColumns}. */
export function resolveOrder({ kind, series }: Plot): Plot["series"] {
  return kind === "stack" ? series.toReversed() : series;
}

/** Whether the limit is near enough to be drawn. */
export function isLimitShown(plot: Plot): boolean {
  return plot.limit !== null && plot.limit.value <= findHighest(plot) * LIMIT_SHOWN_MAX;
}

/** The upper end of the vertical axis. */
export function resolveTop(plot: Plot): number {
  const limit = isLimitShown(plot) ? plot.limit!.value : 0;
  return Math.max(findHighest(plot), limit) * HEADROOM || 1;
}

function findHighest(plot: Plot): number {
  let highest = 0;
  for (const column of resolveColumns(plot)) {
    for (const value of column) highest = Math.max(highest, value ?? 0);
  }
  return highest;
}

function accumulate(columns: readonly Column[]): number[][] {
  const sums: number[] = [];
  return columns.map((column) =>
    column.map((value, index) => (sums[index] = (sums[index] ?? 0) + (value ?? 0))),
  );
}
