/**
 * What is embedded in the page for its script: charts that are ready to draw. Types only;
 * everything that is to be known about benchmarks is known before.
 */
import type { Unit } from "../units.js";

/** Everything, as JSON in the page. */
export interface Payload {
  /** By the name that an element's `data-plot` has, a chart for each run. */
  readonly plots: Readonly<Record<string, readonly Plot[]>>;
}

/** A chart. */
export interface Plot {
  readonly kind:
    | "lines"
    | "points"
    /** Bars of parts that lie upon each other. */
    | "stack";
  readonly x: Axis & { readonly values: readonly number[] };
  readonly y: Axis;
  readonly series: readonly PlotSeries[];
  /** A line across, which is named in the legend. */
  readonly limit: Limit | null;
  /** Charts of one name have a cursor in common; null for one of its own. */
  readonly sync: string | null;
}

export interface Axis {
  readonly label: string;
  readonly unit: Unit;
  /** Whether each of its few values has a tick of its own. */
  readonly isEach?: boolean;
}

export interface PlotSeries {
  readonly label: string;
  /** Which of the palette. */
  readonly color: PlotColor;
  readonly values: readonly (number | null)[];
  /** Whether it is drawn with gaps, to be told apart without colours. */
  readonly isDashed?: boolean;
  /** Whether the area below is filled. */
  readonly isFilled?: boolean;
}

export interface Limit {
  readonly label: string;
  readonly value: number;
}

/** Names in style.css. */
export type PlotColor = "blue" | "orange" | "green" | "pink" | "red" | "grey";
