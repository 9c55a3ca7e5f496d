/**
 * Engines side by side: what is equal and what is not, then every metric with its ratio.
 */
import { OWN_ENGINE, type ResultFile } from "../result.js";
import {
  comparePair,
  listByVerdict,
  type ComparedMetric,
  type Comparison,
  type Condition,
  type Verdict,
} from "./compare.js";
import { renderPlot } from "./figures.js";
import { each, html, type Content, type Markup } from "./markup.js";
import type { ScenarioFiles } from "./read.js";
import { renderMark, renderTable, type Row } from "./tables.js";
import { format, NOTHING } from "./units.js";

/** The plot in which the engines of a scenario meet. */
export function nameEnginesPlot(scenario: string): string {
  return `${scenario}/engines`;
}

/** Ours and the peers', each once: the files of {@link nameEnginesPlot}. */
export function listEngines({ own, pairs }: ScenarioFiles): ResultFile[] {
  return [pairs[0]?.own ?? own, ...pairs.map(({ peer }) => peer)];
}

/** Nothing if no peer ran the scenario. */
export function renderVersus(scenario: ScenarioFiles): Content {
  if (scenario.pairs.length === 0) return null;
  return html`<section class="versus">
    <h3 id="${scenario.name}-peers">Beside its peers</h3>
    <figure class="card">
      <h4>Completion by the order of creation, by engine</h4>
      ${renderPlot(nameEnginesPlot(scenario.name))}
      <figcaption>
        The first seed of each. Across: how many of its own workflows were created before,
        so that runs of different sizes can be seen together.
      </figcaption>
    </figure>
    ${each(scenario.pairs, (pair) => renderComparison(comparePair(pair)))}
  </section>`;
}

function renderComparison(comparison: Comparison): Markup {
  const { engine, seeds, groups, ownOnly } = comparison;
  const which =
    seeds.length > 0
      ? `the worst of the seeds that both ran (${seeds.join(", ")})`
      : "the worst of each engine’s own seeds: they have none in common";
  return html`<section class="card">
    <h4>${OWN_ENGINE} and ${engine}</h4>
    <p>${summarize(comparison)}</p>
    ${renderTable({
      caption: `Every metric, ${which}`,
      isTitled: true,
      head: ["", OWN_ENGINE, engine, "times better", `${OWN_ENGINE} is`],
      words: [4],
      rows: groups.flatMap(({ title, metrics }): Row[] => [
        { heading: title },
        ...metrics.map(renderMetric),
      ]),
    })}
    <p class="note">
      The ratio tells how many times better ours is; below 1 it is worse. Figures within
      one part in a hundred are the same. A dash: not measured, or the number of workflows
      differs and the figure grows with it. Left out is what only ${OWN_ENGINE} has:
      ${ownOnly.join(", ")}.
    </p>
    ${renderConditions(comparison)}
  </section>`;
}

/** Losses by name, as they are few or ought to be. */
function summarize(comparison: Comparison): Content {
  const count = (verdict: Verdict) => listByVerdict(comparison, verdict).length;
  const losses = listByVerdict(comparison, "worse").map(({ metric }) => metric.name);
  return html`${OWN_ENGINE} is better in ${count("better")}, worse in ${count("worse")}
  and the same in ${count("same")} metrics; ${count("notCompared")} do not compare.
  ${losses.length > 0 ? html`Worse in: <strong>${losses.join(", ")}</strong>.` : null}`;
}

function renderMetric({ metric, own, peer, ratio, verdict }: ComparedMetric): Row {
  return [
    metric.name,
    format(metric.unit, own),
    format(metric.unit, peer),
    format("times", ratio),
    {
      better: renderMark("good", "better"),
      worse: renderMark("bad", "worse"),
      same: renderMark("even", "the same"),
      notCompared: NOTHING,
    }[verdict],
  ];
}

function renderConditions({ equal, different, engine }: Comparison): Markup {
  return html`<div class="conditions">
    <div>
      <h5>Equal</h5>
      <ul>
        ${each(
          equal,
          ({ name, own }) => html`<li><span class="soft">${name}:</span> ${own}</li>`,
        )}
      </ul>
    </div>
    <div>
      <h5>Not equal</h5>
      ${
        different.length === 0
          ? html`<p>Nothing but the engine.</p>`
          : renderTable({
              caption: "What is not equal",
              head: ["", OWN_ENGINE, engine],
              words: [1, 2],
              rows: different.map(renderDifference),
            })
      }
    </div>
  </div>`;
}

function renderDifference({ name, own, peer }: Condition): Row {
  return [name, own || NOTHING, peer || NOTHING];
}
