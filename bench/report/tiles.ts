/**
 * The figures that a reader came for; of several runs, each at its worst.
 */
import type { RunResult } from "../result.js";
import { each, html, type Markup } from "./markup.js";
import { computeWorst, findBound, METRIC_GROUPS, type Metric } from "./metrics.js";
import { format } from "./units.js";

interface Tile {
  readonly label: string;
  readonly value: string;
  readonly note: string;
}

export function renderTiles(runs: readonly RunResult[]): Markup {
  return html`<dl class="tiles">
    ${each(
      listTiles(runs),
      ({ label, value, note }) =>
        html`<div>
          <dt>${label}</dt>
          <dd>${value}<small>${note}</small></dd>
        </div>`,
    )}
  </dl>`;
}

function listTiles(runs: readonly RunResult[]): Tile[] {
  const worst = (name: string) => {
    const metric = findMetric(name);
    return format(metric.unit, computeWorst(metric, runs));
  };
  const completed = Math.min(...runs.map(({ outcome }) => outcome.completed));
  return [
    {
      label: "makespan",
      value: worst("makespan"),
      note: runs.some((run) => findBound(run, "oracle"))
        ? `${worst("makespan ÷ the oracle")} that of the oracle`
        : `all created after ${format("ms", runs[0]!.makespan.createdMs)}`,
    },
    {
      label: "completed",
      value: format("count", completed),
      note:
        `of ${format("count", runs[0]!.setup.workflows)}; ` +
        `${worst("failed workflows")} failed, ${worst("stuck workflows")} stuck`,
    },
    {
      label: "order",
      value: worst("rank correlation"),
      note: "rank correlation of creation and completion",
    },
    {
      label: "throughput",
      value: worst("steps settled"),
      note: `steps; workflows ${worst("workflows completed")}`,
    },
    {
      label: "between steps",
      value: worst("result to next start, p50"),
      note: `result to next start, p50; p99 ${worst("result to next start, p99")}`,
    },
    {
      label: "transactions per step",
      value: worst("transactions begun by the engine"),
      note: runs.some(({ cost }) => cost)
        ? `begun by executors, group commits ${worst("commits of results among them")}`
        : "not measured",
    },
  ];
}

function findMetric(name: string): Metric {
  const found = METRIC_GROUPS.flatMap(({ metrics }) => metrics).find(
    (metric) => metric.name === name,
  );
  if (!found) throw new Error(`There is no metric "${name}"`);
  return found;
}
