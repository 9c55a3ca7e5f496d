/**
 * Draws a chart with uPlot.
 *
 * Owns how a plot looks. Options are made anew for every drawing: uPlot changes them.
 */
import uPlot from "uplot";
import { format } from "../units.js";
import { resolveAxis } from "./axis.js";
import { isLimitShown, resolveColumns, resolveOrder, resolveTop } from "./data.js";
import { openLegend } from "./legend.js";
import type { Limit, Plot, PlotSeries } from "./payload.js";
import { fade, type Theme } from "./theme.js";
import { createTooltip } from "./tooltip.js";

const HEIGHT_PX = 270;
const LINE_PX = 1.75;
/** Diameters: of points that are the chart, and of those that mark a line. */
const POINT_PX = 2.5;
const MARK_PX = 7;
const FILL_OPACITY = 0.16;
const DASH_PX = [6, 4];
/** Bars take so much of their place, and no more than so many pixels. */
const BARS = { size: [0.7, 56] as [number, number] };
/** Beside the outermost bars, in places. */
const STACK_MARGIN = 0.6;
const NOTE_GAP_PX = 4;

/** Draws into an element, at its width. */
export function drawChart(plot: Plot, into: HTMLElement, theme: Theme): uPlot {
  const data = [plot.x.values, ...resolveColumns(plot)].map((column) => [...column]);
  const options = resolveOptions(plot, into.clientWidth, theme);
  const chart = new uPlot(options, data as uPlot.AlignedData, into);
  const canvas = chart.root.querySelector(".u-wrap");
  canvas?.setAttribute("role", "img");
  canvas?.setAttribute("aria-label", describe(plot));
  // The parts of a stack stand upon each other: none of them can be taken away.
  if (plot.kind !== "stack") openLegend(chart);
  return chart;
}

function describe({ series, x, y }: Plot): string {
  const names = series.map(({ label }) => label).join(", ");
  return `Chart of ${names}. Across: ${x.label}. Up: ${y.label}.`;
}

function resolveOptions(plot: Plot, width: number, theme: Theme): uPlot.Options {
  const { kind, x, y, sync, limit } = plot;
  const top = resolveTop(plot);
  const sides = kind === "stack" ? STACK_MARGIN : 0;
  const range: uPlot.Scale.Range = (_, min, max) => [min - sides, max + sides];
  return {
    width,
    height: HEIGHT_PX,
    class: `plot-${kind}`,
    padding: [16, 22, 0, 0],
    scales: { x: { time: false, range }, y: { range: [0, top] } },
    axes: [resolveAxis(x, "x", theme), resolveAxis(y, "y", theme)],
    series: [{}, ...resolveOrder(plot).map((one) => resolveSeries(plot, one, theme))],
    legend: { live: false },
    cursor: {
      drag: { x: !x.isEach, y: false },
      y: false,
      points: { show: kind === "lines" },
      ...(sync === null ? {} : { sync: { key: sync } }),
    },
    plugins: [createTooltip(plot, theme)],
    hooks: { draw: limit ? [(chart) => drawLimit(chart, plot, limit, theme)] : [] },
  };
}

function resolveSeries(plot: Plot, series: PlotSeries, theme: Theme): uPlot.Series {
  const color = theme.colors[series.color];
  const common: uPlot.Series = {
    label: series.label,
    stroke: color,
    width: LINE_PX,
    // The value of the plot, and not that of the chart, which adds up those of a stack.
    value: (_, __, ___, at) =>
      at === null ? "" : format(plot.y.unit, series.values[at]),
  };
  if (plot.kind === "points") {
    const points = { show: true, size: POINT_PX, width: 0, stroke: color, fill: color };
    return { ...common, paths: () => null, points };
  }
  if (plot.kind === "stack") {
    const paths = uPlot.paths.bars!(BARS);
    return { ...common, paths, fill: color, stroke: theme.card, points: { show: false } };
  }
  return {
    ...common,
    points: { show: plot.x.isEach === true, size: MARK_PX, fill: theme.card },
    ...(series.isDashed ? { dash: DASH_PX } : {}),
    ...(series.isFilled ? { fill: fade(color, FILL_OPACITY) } : {}),
  };
}

/** The line, and its name above it; of one that is out of sight, the name alone. */
function drawLimit(chart: uPlot, plot: Plot, limit: Limit, theme: Theme): void {
  const { ctx, bbox } = chart;
  const isShown = isLimitShown(plot);
  const scale = uPlot.pxRatio;
  const y = isShown ? Math.round(chart.valToPos(limit.value, "y", true)) : bbox.top;
  const right = bbox.left + bbox.width;
  const value = format(plot.y.unit, limit.value);
  const text = `${limit.label}: ${value}${isShown ? "" : ", far above"}`;
  ctx.save();
  ctx.strokeStyle = theme.limit;
  ctx.font = theme.font.replace(/\d+px/, (size) => `${parseInt(size) * scale}px`);
  ctx.textAlign = "right";
  ctx.textBaseline = "bottom";
  const gap = NOTE_GAP_PX * scale;
  const { width, fontBoundingBoxAscent: height } = ctx.measureText(text);
  ctx.fillStyle = theme.card;
  ctx.fillRect(right - width - gap, y - gap - height, width + gap, height);
  ctx.fillStyle = theme.limit;
  ctx.fillText(text, right, y - gap);
  if (isShown) {
    ctx.lineWidth = LINE_PX * scale;
    ctx.setLineDash(DASH_PX.map((length) => length * scale));
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(right, y);
    ctx.stroke();
  }
  ctx.restore();
}
