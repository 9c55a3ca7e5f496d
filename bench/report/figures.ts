/**
 * Figures: a chart, what it shows, and the same in numbers beside it.
 */
import type { RunResult } from "../result.js";
import { each, html, type Content, type Markup } from "./markup.js";
import { countSlots, PHASES, RANKS, type RunPlotName } from "./plots.js";
import { renderTable } from "./tables.js";
import { format, formatShare } from "./units.js";

interface Figure {
  readonly plot: RunPlotName;
  readonly title: string;
  readonly caption: string;
  /** The table beside the chart, of a run. */
  readonly table?: (run: RunResult) => Content;
}

/** Rows of a table of what happened over time. */
const TIMES_SHOWN = 24;

const ORDER_FIGURES: readonly Figure[] = [
  {
    plot: "completions",
    title: "Completion by the order of creation",
    caption:
      "A point for each workflow, or for an even sample of many: when it was created and when it " +
      "completed, since the beginning of the run. In order means that points rise along a line.",
    table: tableCompletion,
  },
  {
    plot: "deciles",
    title: "Percentiles by tenth of the order of creation",
    caption:
      "When the workflows of each tenth completed, since the beginning of the run. Tenths " +
      "that keep apart show that nobody is overtaken for long.",
    table: tableDeciles,
  },
  {
    plot: "phases",
    title: "Where a workflow’s time went",
    caption:
      "Means along the critical path of a workflow, which add up to its time since creation, " +
      "by tenth of the order of creation.",
    table: tablePhases,
  },
];

const TIME_FIGURES: readonly Figure[] = [
  {
    plot: "slots",
    title: "Slots in use",
    caption: "Attempts under way, beside the slots of all shards.",
  },
  {
    plot: "queues",
    title: "Queue depth",
    caption:
      "Workflows created that have no durable step yet, and durable steps that wait for " +
      "their gate or a slot.",
  },
  {
    plot: "starts",
    title: "API rate",
    caption: "Attempts that began, a second, beside what the API lets through.",
  },
  {
    plot: "completed",
    title: "Completions",
    caption: "Workflows that completed, a second.",
  },
];

/** All charts of a scenario's runs; `name` is the scenario's. */
export function renderFigures(name: string, runs: readonly RunResult[]): Markup {
  return html`${each(ORDER_FIGURES, (figure) => renderFigure(name, figure, runs))}
    <div class="grid">
      ${each(TIME_FIGURES, (figure) => renderFigure(name, figure, runs))}
    </div>
    <details class="times">
      <summary>What happened over time, in numbers</summary>
      ${eachRun(runs, tableTimes)}
    </details>`;
}

/** One part for each run, of which the page's script shows the chosen one. */
export function eachRun(
  runs: readonly RunResult[],
  render: (run: RunResult) => Content,
): Content {
  return runs.map(
    (run, index) =>
      html`<div data-run="${index}">
        ${runs.length > 1 ? html`<p class="seed-name">Seed ${run.seed}</p>` : null}
        ${render(run)}
      </div>`,
  );
}

/** The place of a chart; its name is that of the payload. */
export function renderPlot(name: string): Markup {
  return html`<div class="plot" data-plot="${name}"></div>`;
}

function renderFigure(
  name: string,
  { plot, title, caption, table }: Figure,
  runs: readonly RunResult[],
): Markup {
  return html`<figure class="card ${table ? "with-table" : ""}">
    <h4>${title}</h4>
    ${renderPlot(`${name}/${plot}`)}
    ${table ? html`<div class="beside">${eachRun(runs, table)}</div>` : null}
    <figcaption>${caption}</figcaption>
  </figure>`;
}

function tableCompletion({ completion, delays }: RunResult): Content {
  const rows = [
    ["a workflow, creation to end", completion],
    ["a result to the next start", delays.nextStart],
    ["a result to the next durable row", delays.nextRow],
  ] as const;
  return renderTable({
    caption: "How long it took",
    head: ["from … to", "p50", "p90", "p99", "max"],
    rows: rows
      .filter(([, { count }]) => count > 0)
      .map(([title, spread]) => [
        title,
        ...RANKS.map(([rank]) => format("ms", spread[rank])),
      ]),
  });
}

function tableDeciles({ deciles }: RunResult): Content {
  return renderTable({
    caption:
      "Completion since the beginning of the run, by tenth of the order of creation",
    head: ["tenth", "workflows", ...RANKS.map(([rank]) => rank)],
    rows: deciles.map((tenth, index) => [
      index + 1,
      format("count", tenth.count),
      ...RANKS.map(([rank]) => format("ms", tenth[rank])),
    ]),
  });
}

function tablePhases({ breakdown }: RunResult): Content {
  const whole = breakdown.reduce((sum, { mean }) => sum + mean, 0);
  return renderTable({
    caption: "Where a workflow’s time went",
    head: ["", "mean", "share", "p50", "p99", "max"],
    rows: breakdown.map((phase) => [
      html`<span class="swatch ${PHASES[phase.name].color}"></span> ${
          PHASES[phase.name].label
        }`,
      format("ms", phase.mean),
      formatShare(phase.mean, whole),
      format("ms", phase.p50),
      format("ms", phase.p99),
      format("ms", phase.max),
    ]),
  });
}

function tableTimes(run: RunResult): Content {
  const { everyMs, running, queued, waiting, ...rates } = run.series;
  const every = Math.max(1, Math.ceil(running.length / TIMES_SHOWN));
  const shown = running
    .map((_, index) => index)
    .filter((index) => (index + 1) % every === 0);
  return renderTable({
    caption: `Over time, every ${format("ms", every * everyMs)}; the result file has every ${format("ms", everyMs)}`,
    isTitled: true,
    head: [
      "after",
      `attempts under way, of ${format("count", countSlots(run))} slots`,
      "workflows queued",
      "steps waiting",
      "attempts begun",
      "workflows completed",
    ],
    rows: shown.map((index) => [
      format("ms", (index + 1) * everyMs),
      format("count", running[index]),
      format("count", queued[index]),
      format("count", waiting[index]),
      format("perSecond", rates.startsPerSecond[index]),
      format("perSecond", rates.completedPerSecond[index]),
    ]),
  });
}
