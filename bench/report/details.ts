/**
 * What else a run tells: the processor's time, transactions by function, the API's count.
 */
import type { Cost, Cpu, RunResult } from "../result.js";
import { eachRun } from "./figures.js";
import { each, html, type Content, type Markup } from "./markup.js";
import type { PlotColor } from "./page/payload.js";
import { renderTable, type Row } from "./tables.js";
import { format, formatNamed, formatShare } from "./units.js";

type CpuOwner = Exclude<keyof Cpu, "sampledSeconds" | "engineMsPerStep">;

const CPU_OWNERS: Readonly<Record<CpuOwner, readonly [label: string, PlotColor]>> = {
  engine: ["the engine: what executors compute", "blue"],
  component: ["the component: what transactions compute", "green"],
  simulator: ["the embedded Convex", "orange"],
  bench: ["the benchmark, the simulated API, its SDK", "pink"],
  packages: ["packages", "red"],
  runtime: ["the runtime and garbage collection", "grey"],
};

/** Cards of what the runs have. */
export function renderDetails(runs: readonly RunResult[]): Markup {
  return html`<div class="grid">
    ${renderCard("Where the processor’s time went", runs, ({ cpu }) =>
      cpu ? renderCpu(cpu) : null,
    )}
    ${renderCard("Executors’ transactions, by function", runs, ({ cost }) =>
      cost ? renderTransactions(cost) : null,
    )}
    ${renderCard("What the API counted", runs, ({ api }) =>
      api ? renderCounts("The API’s own count", api) : null,
    )}
    ${renderCard("Of this scenario", runs, ({ extra }) =>
      Object.keys(extra).length > 0 ? renderCounts("Of this scenario", extra) : null,
    )}
    ${renderMissing(runs)}
  </div>`;
}

/** What a result may lack, by what it is called. */
const PARTS: readonly (readonly [
  name: string,
  isMissing: (run: RunResult) => boolean,
])[] = [
  ["transactions, documents, bytes and the bill", ({ cost }) => cost === null],
  ["the processor’s time", ({ cpu }) => cpu === null],
  ["what executors hold in memory", ({ accountedBytes }) => accountedBytes === null],
];

/** Says what no run has measured, as on a real deployment. */
function renderMissing(runs: readonly RunResult[]): Content {
  const missing = PARTS.filter(([, isMissing]) => runs.every(isMissing));
  if (missing.length === 0) return null;
  return html`<section class="card">
    <h4>Not measured</h4>
    <ul>
      ${each(missing, ([name]) => html`<li>${name}</li>`)}
    </ul>
  </section>`;
}

/** A card of a part of all runs; none if no run has it. */
function renderCard(
  title: string,
  runs: readonly RunResult[],
  render: (run: RunResult) => Content,
): Content {
  if (runs.every((run) => render(run) === null)) return null;
  return html`<section class="card">
    <h4>${title}</h4>
    ${eachRun(runs, (run) => render(run) ?? html`<p>Not measured with this seed.</p>`)}
  </section>`;
}

function renderCpu(cpu: Cpu): Content {
  const owners = Object.entries(CPU_OWNERS).map(([key, [label, color]]) => ({
    label,
    color,
    seconds: cpu[key as CpuOwner],
  }));
  const whole = owners.reduce((sum, { seconds }) => sum + seconds, 0);
  return html`<div class="bar" aria-hidden="true">
      ${each(
        owners.filter(({ seconds }) => seconds > 0),
        ({ color, seconds }) =>
          html`<span class="${color}" style="flex-grow: ${seconds / whole}"></span>`,
      )}
    </div>
    ${renderTable({
      caption: "The processor’s time, sampled, by the source of the innermost function",
      head: ["", "time", "share"],
      rows: owners.map(({ label, color, seconds }) => [
        html`<span class="swatch ${color}"></span> ${label}`,
        format("seconds", seconds),
        formatShare(seconds, whole),
      ]),
    })}
    <p class="note">
      Sampled for ${format("seconds", cpu.sampledSeconds)}; the engine’s own is
      ${format("ms", cpu.engineMsPerStep)} a step.
    </p>`;
}

function renderTransactions({ executorTransactions, steps }: Cost): Content {
  const all = executorTransactions.reduce((sum, { count }) => sum + count, 0);
  const row = (name: string, count: number): Row => [
    name,
    format("count", count),
    format("number", count / steps),
  ];
  return renderTable({
    caption: "Transactions that executors began",
    head: ["function", "transactions", "per step"],
    rows: [
      ...executorTransactions.map(({ name, count }) => row(name, count)),
      row("all", all),
    ],
  });
}

function renderCounts(
  caption: string,
  counts: Readonly<Record<string, number>>,
): Content {
  return renderTable({
    caption,
    head: ["", "value"],
    rows: Object.entries(counts).map(([name, count]) => formatNamed(name, count)),
  });
}
