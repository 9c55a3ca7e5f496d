/**
 * The charts of a run, and those in which engines meet: what is drawn, not how. Pure.
 */
import type { Percentiles, PhaseName, ResultFile, RunResult } from "../result.js";
import type { Plot, PlotColor, PlotSeries } from "./page/payload.js";

/** The charts that each run has, by name. */
export const RUN_PLOTS = {
  completions: plotCompletions,
  deciles: plotDeciles,
  phases: plotPhases,
  slots: plotSlots,
  queues: plotQueues,
  starts: plotStarts,
  completed: plotCompleted,
} as const;

export type RunPlotName = keyof typeof RUN_PLOTS;

/** What a phase is called, in the order in which they follow each other. */
export const PHASES: Readonly<
  Record<PhaseName, { readonly label: string; readonly color: PlotColor }>
> = {
  queued: { label: "queued", color: "blue" },
  gate: { label: "at the gate", color: "orange" },
  api: { label: "in the API", color: "green" },
  retry: { label: "between attempts", color: "pink" },
  commit: { label: "waiting for a commit", color: "red" },
};

export const RANKS: readonly (readonly [keyof Percentiles, PlotColor])[] = [
  ["p50", "blue"],
  ["p90", "orange"],
  ["p99", "green"],
  ["max", "red"],
];

const SECONDS_PER_MINUTE = 60;
const LIMIT_LABEL = "API’s limit";
const TIME = { label: "time since the beginning", unit: "ms" } as const;
const TENTH = {
  label: "tenth in the order of creation",
  unit: "count",
  isEach: true,
} as const;

/** Slots of all shards together. */
export function countSlots({ setup }: RunResult): number {
  return setup.shards * setup.slotsPerShard;
}

/** Completions of several engines, by the share of their workflows created before. */
export function plotEngines(files: readonly ResultFile[]): Plot {
  const colors: readonly PlotColor[] = ["blue", "orange", "green", "red", "pink", "grey"];
  const values: number[] = [];
  const columns: (number | null)[][] = files.map(() => []);
  const points = files.flatMap(({ runs }, engine) =>
    runs[0]!.completions.map(([rank, , endMs]) => ({
      share: rank / Math.max(1, runs[0]!.setup.workflows),
      engine,
      endMs,
    })),
  );
  for (const { share, engine, endMs } of points.toSorted((a, b) => a.share - b.share)) {
    values.push(Math.round(share * 100_000) / 1_000);
    for (const [index, column] of columns.entries()) {
      column.push(index === engine ? endMs : null);
    }
  }
  return {
    kind: "points",
    x: {
      label: "percent of its workflows that were created before",
      unit: "number",
      values,
    },
    y: { label: "completed after", unit: "ms" },
    series: files.map(({ engine, runs }, index) => ({
      label: `${engine} (${runs[0]!.setup.workflows.toLocaleString("en-US")} workflows)`,
      color: colors[index % colors.length]!,
      values: columns[index]!,
    })),
    limit: null,
    sync: null,
  };
}

function plotCompletions({ completions }: RunResult): Plot {
  return {
    kind: "points",
    x: {
      label: "workflows in the order of creation",
      unit: "count",
      values: completions.map(([rank]) => rank),
    },
    y: { label: "time", unit: "ms" },
    series: [
      {
        label: "completed, since the beginning",
        color: "blue",
        values: completions.map(([, , endMs]) => endMs),
      },
      {
        label: "created, since the beginning",
        color: "grey",
        values: completions.map(([, tookMs, endMs]) => endMs - tookMs),
      },
    ],
    limit: null,
    sync: null,
  };
}

function plotDeciles({ deciles }: RunResult): Plot {
  return {
    kind: "lines",
    x: { ...TENTH, values: deciles.map((_, tenth) => tenth + 1) },
    y: { label: "completed, since the beginning", unit: "ms" },
    series: RANKS.map(([rank, color], index) => ({
      label: rank,
      color,
      values: deciles.map((tenth) => tenth[rank]),
      isDashed: index % 2 === 1,
    })),
    limit: null,
    sync: null,
  };
}

function plotPhases({ breakdown }: RunResult): Plot {
  const tenths = breakdown[0]?.decileMeans.map((_, tenth) => tenth + 1) ?? [];
  return {
    kind: "stack",
    x: { ...TENTH, values: tenths },
    y: { label: "mean of a workflow", unit: "ms" },
    series: breakdown.map(({ name, decileMeans }) => ({
      ...PHASES[name],
      values: decileMeans,
    })),
    limit: null,
    sync: null,
  };
}

function plotSlots(run: RunResult): Plot {
  const { running } = run.series;
  return {
    ...plotOverTime(run, "count", [
      { label: "attempts under way", color: "blue", values: running, isFilled: true },
    ]),
    limit: { label: "slots", value: countSlots(run) },
  };
}

function plotQueues(run: RunResult): Plot {
  const { queued, waiting } = run.series;
  return plotOverTime(run, "count", [
    { label: "workflows queued", color: "blue", values: queued, isFilled: true },
    { label: "steps waiting", color: "orange", values: waiting, isDashed: true },
  ]);
}

function plotStarts(run: RunResult): Plot {
  const { ratePerMinute, rateChanges } = run.setup;
  const { startsPerSecond, refusedPerSecond } = run.series;
  const refused = refusedPerSecond?.some((count) => count > 0) ? refusedPerSecond : null;
  const hasLine = ratePerMinute !== null && rateChanges.length === 0;
  return {
    ...plotOverTime(run, "perSecond", [
      { label: "attempts begun", color: "green", values: startsPerSecond },
      ...(rateChanges.length > 0 ? [traceLimit(run)] : []),
      ...(refused
        ? [{ label: "refused (429)", color: "red", values: refused } as const]
        : []),
    ]),
    limit: hasLine
      ? { label: LIMIT_LABEL, value: ratePerMinute / SECONDS_PER_MINUTE }
      : null,
  };
}

/** A limit that changes, as a curve. */
function traceLimit({ setup, series: { everyMs, running } }: RunResult): PlotSeries {
  const values = running.map((_, index) => {
    const last = setup.rateChanges.findLast(({ atMs }) => atMs <= index * everyMs);
    const perMinute = last?.perMinute ?? setup.ratePerMinute;
    return perMinute === null ? null : perMinute / SECONDS_PER_MINUTE;
  });
  return { label: LIMIT_LABEL, color: "grey", values, isDashed: true };
}

function plotCompleted(run: RunResult): Plot {
  const { completedPerSecond } = run.series;
  return plotOverTime(run, "perSecond", [
    { label: "workflows completed", color: "pink", values: completedPerSecond },
  ]);
}

function plotOverTime(
  { series: { everyMs, running } }: RunResult,
  unit: "count" | "perSecond",
  series: readonly PlotSeries[],
): Plot {
  return {
    kind: "lines",
    x: { ...TIME, values: running.map((_, index) => (index + 1) * everyMs) },
    y: { label: unit === "count" ? "number" : "per second", unit },
    series,
    limit: null,
    sync: "time",
  };
}
