/**
 * Axes: where their ticks are, and what these say.
 */
import type uPlot from "uplot";
import { format, type Unit } from "../units.js";
import type { Axis } from "./payload.js";
import type { Theme } from "./theme.js";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Distances of ticks that are round in time. */
const TIME_STEPS_MS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND_MS),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 4, 8, 12, 24].map((hours) => hours * HOUR_MS),
];
/** Units of time, the largest first, with what a tick writes. */
const TIME_UNITS = [
  [HOUR_MS, "h"],
  [MINUTE_MS, "min"],
  [SECOND_MS, "s"],
  [1, "ms"],
] as const;

/** Pixels between ticks, at least. */
const SPACE_PX = { x: 72, y: 40 };
/** Room for the ticks' texts. */
const SIZE_PX = { x: 34, y: 62 };
const LABEL_PX = 20;

/** How an axis looks. A vertical one has its label above the chart. */
export function resolveAxis(axis: Axis, side: "x" | "y", theme: Theme): uPlot.Axis {
  const line = { stroke: theme.line, width: 1 };
  return {
    stroke: theme.soft,
    font: theme.font,
    grid: { ...line, show: side === "y" },
    ticks: { ...line, size: 4 },
    size: SIZE_PX[side],
    ...(side === "x"
      ? { label: axis.label, labelSize: LABEL_PX, labelFont: theme.font, labelGap: 0 }
      : {}),
    ...(axis.isEach
      ? { splits: (chart: uPlot) => [...chart.data[0]] }
      : { space: SPACE_PX[side] }),
    ...(axis.unit === "ms" ? { incrs: TIME_STEPS_MS } : {}),
    values: (_, splits, __, ___, step) =>
      splits.map((at) => writeTick(axis.unit, at, step)),
  };
}

/** The text of a tick: of all ticks in the unit that suits their distance. */
export function writeTick(unit: Unit, at: number, step: number): string {
  if (unit !== "ms") return format(unit === "perSecond" ? "number" : unit, at);
  if (at === 0) return "0";
  const [size, name] = TIME_UNITS.find(([one]) => step >= one) ?? TIME_UNITS.at(-1)!;
  return `${(at / size).toLocaleString("en-US")} ${name}`;
}
