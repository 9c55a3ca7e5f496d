/**
 * The part of the page that one scenario has: key figures, judgements, runs, charts, peers,
 * and how to get it all again.
 */
import type { Criterion, ResultFile, RunResult } from "../result.js";
import { renderDetails } from "./details.js";
import { renderFigures } from "./figures.js";
import { each, html, type Content, type Markup } from "./markup.js";
import { computeWorst, findSlowest, selectMetrics } from "./metrics.js";
import { countSlots } from "./plots.js";
import type { ScenarioFiles } from "./read.js";
import { renderTiles } from "./tiles.js";
import { renderMark, renderTable, type Row } from "./tables.js";
import { format, formatNumber } from "./units.js";
import { renderVersus } from "./versus.js";

/** Of a digest, as many as tell two runs apart. */
const DIGEST_CHARACTERS = 12;

/** `common` are the lines of the model that the page has said before. */
export function renderScenario(
  scenario: ScenarioFiles,
  common: readonly string[],
): Markup {
  const { name, own } = scenario;
  const { runs } = own;
  return html`<section class="scenario" id="${name}" data-of="${name}">
    <header>
      <h2>${name} ${renderVerdict(own.criteria)}</h2>
      <p class="soft setup">${describeSetup(runs)}</p>
    </header>
    ${renderTiles(runs)}
    <div class="grid">
      <section class="card">
        <h3>Criteria</h3>
        ${renderCriteria(own)}
      </section>
      <section class="card">
        <h3>How to get these figures again</h3>
        ${renderOrigin(own, common)}
      </section>
    </div>
    <details class="card">
      <summary><h3>All figures${runs.length > 1 ? ", seed by seed" : ""}</h3></summary>
      ${renderRuns(runs)}
    </details>
    ${renderPicker(name, runs)} ${renderFigures(name, runs)} ${renderDetails(runs)}
    ${renderVersus(scenario)}
  </section>`;
}

/** Whether the criteria hold, in a word. */
export function renderVerdict(criteria: readonly Criterion[]): Content {
  const missed = criteria.filter(({ holds }) => !holds).length;
  if (criteria.length === 0) return renderMark("even", "no criteria");
  return missed === 0
    ? renderMark("good", `all ${criteria.length} criteria hold`)
    : renderMark("bad", `${missed} of ${criteria.length} criteria missed`);
}

function describeSetup(runs: readonly RunResult[]): string {
  const { setup } = runs[0]!;
  const count = (value: number) => format("count", value);
  const rate =
    setup.ratePerMinute === null
      ? "no API limit"
      : [
          `API limit ${count(setup.ratePerMinute)} requests a minute`,
          ...setup.rateChanges.map(({ perMinute }) => `then ${count(perMinute)}`),
        ].join(", ");
  return [
    `${count(setup.workflows)} workflows × ${count(setup.stepsPerWorkflow)} steps`,
    `class ${setup.class}`,
    `${count(setup.shards)} shards × ${count(setup.slotsPerShard)} slots = ${count(countSlots(runs[0]!))}`,
    `${count(setup.seats)} executors`,
    rate,
    `${runs.length > 1 ? "seeds" : "seed"} ${runs.map(({ seed }) => seed).join(", ")}`,
  ].join(" · ");
}

function renderCriteria({ criteria, runs }: ResultFile): Markup {
  const errors = runs.flatMap(({ seed, outcome: { firstError } }) =>
    firstError === null ? [] : [{ seed, firstError }],
  );
  return html`${renderTable({
    caption:
      runs.length > 1
        ? `Criteria, each by the worst of ${runs.length} seeds`
        : "Criteria",
    head: ["", "value", "bound", "holds"],
    words: [3],
    rows: criteria.map((criterion) => [
      criterion.name,
      writeValue(criterion),
      `${criterion.sense === "atMost" ? "≤" : "≥"} ${formatNumber(criterion.bound)}`,
      criterion.holds ? renderMark("good", "holds") : renderMark("bad", "missed"),
    ]),
  })}
  ${each(
    errors,
    ({ seed, firstError }) =>
      html`<p class="note">First failure with seed ${seed}: ${firstError}</p>`,
  )}`;
}

/** A value that misses its bound by little must not look like it. */
function writeValue({ value, bound, holds }: Criterion): string {
  const text = format("number", value);
  return !holds && text === formatNumber(bound) ? `${value}` : text;
}

function renderRuns(runs: readonly RunResult[]): Markup {
  const isMany = runs.length > 1;
  return renderTable({
    caption: "All figures",
    head: ["", ...runs.map(({ seed }) => `seed ${seed}`), ...(isMany ? ["worst"] : [])],
    rows: selectMetrics(runs).flatMap(({ title, metrics }): Row[] => [
      { heading: title },
      ...metrics.map((metric) => [
        metric.name,
        ...runs.map((run) => format(metric.unit, metric.value(run))),
        ...(isMany ? [format(metric.unit, computeWorst(metric, runs))] : []),
      ]),
    ]),
  });
}

/** Which run the charts and tables below show: at first the slowest. */
function renderPicker(name: string, runs: readonly RunResult[]): Content {
  if (runs.length < 2) return null;
  const slowest = findSlowest(runs);
  return html`<fieldset class="picker" data-pick="${name}">
    <legend>Charts of</legend>
    ${each(
      runs,
      ({ seed }, index) =>
        html`<label>
          <input
            type="radio"
            name="run-${name}"
            value="${index}"
            ${index === slowest ? html`checked` : null}
          /><span>seed ${seed}${index === slowest ? " (slowest)" : ""}</span>
        </label>`,
    )}
  </fieldset>`;
}

function renderOrigin(file: ResultFile, common: readonly string[]): Markup {
  const { command, machine, modelled, runs } = file;
  const own = modelled.filter((line) => !common.includes(line));
  const digests = runs.flatMap(({ digest }) =>
    digest === null ? [] : [digest.slice(0, DIGEST_CHARACTERS)],
  );
  const packages = Object.entries(machine.packages).map((entry) => entry.join(" "));
  return html`<dl class="origin">
    <dt>command</dt>
    <dd><code>${command}</code></dd>
    <dt>${runs.length > 1 ? "seeds" : "seed"}</dt>
    <dd>${runs.map(({ seed }) => seed).join(", ")}</dd>
    <dt>machine</dt>
    <dd>
      ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, load
      ${machine.loadAverage.toFixed(1)}; Node ${machine.node}, ${packages.join(", ")}
    </dd>
    <dt>took</dt>
    <dd>
      ${runs.map((run) => format("seconds", run.wallSeconds)).join(", ")} of real time
    </dd>
    ${
      digests.length > 0
        ? html`<dt>digests</dt>
            <dd><code>${digests.join(" ")}</code></dd>`
        : null
    }
    ${
      own.length > 0
        ? html`<dt>modelled</dt>
            <dd>
              <ul>
                ${each(own, (line) => html`<li>${line}</li>`)}
              </ul>
            </dd>`
        : null
    }
  </dl>`;
}
