/**
 * A report: one page that needs nothing but itself.
 *
 * Owns the page's frame and what it embeds. The policy in its head forbids the browser to
 * load anything, and to run any script but the two below, which it names by their hashes.
 */
import { createHash } from "node:crypto";
import type { ResultFile } from "../result.js";
import type { Assets } from "./assets.js";
import { each, escapeJson, html, Markup, type Content } from "./markup.js";
import { computeWorst, findBound, findSlowest, METRIC_GROUPS } from "./metrics.js";
import type { Payload } from "./page/payload.js";
import { plotEngines, RUN_PLOTS } from "./plots.js";
import { groupFiles, type ScenarioFiles } from "./read.js";
import { renderScenario, renderVerdict } from "./scenarioPage.js";
import { renderTable } from "./tables.js";
import { format } from "./units.js";
import { listEngines, nameEnginesPlot } from "./versus.js";

const TITLE = "convex-executor: benchmark";

/** Makes the page of all result files. */
export function renderReport(files: readonly ResultFile[], assets: Assets): string {
  const scenarios = groupFiles(files);
  const common = listCommonLines(scenarios);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta http-equiv="Content-Security-Policy" content="${resolvePolicy(assets)}" />
        <title>${TITLE}</title>
        ${embed("style", `${assets.chartStyle}\n${assets.style}`)}
      </head>
      <body>
        <a class="skip" href="#content">To the figures</a>
        ${renderHeader(scenarios, common)}
        <main id="content">${each(scenarios, (one) => renderScenario(one, common))}</main>
        ${renderFooter(assets)}
        ${embed('script type="application/json" id="payload"', escapeJson(computePayload(scenarios)))}
        ${embed("script", assets.chartScript)} ${embed("script", assets.script)}
      </body>
    </html> `;
  return page.text;
}

/** An element with exactly this text, as its hash is of it. */
function embed(tag: string, text: string): Markup {
  return new Markup(`<${tag}>${text}</${tag.split(" ")[0]}>`);
}

/** All charts by the names of their places. */
function computePayload(scenarios: readonly ScenarioFiles[]): Payload {
  const plots: Record<string, Payload["plots"][string]> = {};
  for (const scenario of scenarios) {
    for (const [name, plot] of Object.entries(RUN_PLOTS)) {
      plots[`${scenario.name}/${name}`] = scenario.own.runs.map((run) => plot(run));
    }
    if (scenario.pairs.length > 0) {
      plots[nameEnginesPlot(scenario.name)] = [plotEngines(listEngines(scenario))];
    }
  }
  return { plots };
}

function renderHeader(
  scenarios: readonly ScenarioFiles[],
  common: readonly string[],
): Content {
  return html`<header class="top">
    <h1>convex-executor <span class="soft">benchmark</span></h1>
    <p>
      Durable workflows on a sharded executor, measured against the makespan of an oracle
      without any overhead. Times are the backend’s own, which is virtual on the embedded
      Convex; of several seeds, each figure is the worst.
    </p>
    ${renderOverview(scenarios)}
    ${
      common.length > 0
        ? html`<section class="card modelled">
            <h2>Modelled, not measured</h2>
            <ul>
              ${each(common, (line) => html`<li>${line}</li>`)}
            </ul>
          </section>`
        : null
    }
  </header>`;
}

function renderOverview(scenarios: readonly ScenarioFiles[]): Content {
  const makespan = METRIC_GROUPS[0]!.metrics[0]!;
  return renderTable({
    caption: "Scenarios",
    head: ["scenario", "workflows", "makespan", "÷ oracle", "seeds", "criteria", "peers"],
    words: [5, 6],
    rows: scenarios.map(({ name, own: { runs, criteria }, pairs }) => [
      html`<a href="#${name}">${name}</a>`,
      format("count", runs[0]!.setup.workflows),
      format(makespan.unit, computeWorst(makespan, runs)),
      format("times", findBound(runs[findSlowest(runs)]!, "oracle")?.ratio),
      runs.length,
      renderVerdict(criteria),
      pairs.length > 0 ? html`<a href="#${name}-peers">beside ${pairs.length}</a>` : "–",
    ]),
  });
}

function renderFooter({ chartName, chartLicense }: Assets): Content {
  return html`<footer>
    <p>
      Made by <code>npm run bench -- --report</code> from the result files beside this
      page, which hold every figure. Drag across a chart to look closer, double-click to
      go back; click on a legend’s entry to hide or show it.
    </p>
    <details>
      <summary>Charts by ${chartName}, under the MIT License</summary>
      <pre>${chartLicense}</pre>
    </details>
    <noscript><p>Charts need JavaScript; the tables hold their figures.</p></noscript>
  </footer>`;
}

/** Lines of the model that all files have. */
function listCommonLines(scenarios: readonly ScenarioFiles[]): string[] {
  const [first, ...others] = scenarios.map(({ own }) => own.modelled);
  return (first ?? []).filter((line) => others.every((lines) => lines.includes(line)));
}

function resolvePolicy({ chartScript, script }: Assets): string {
  const hashes = [chartScript, script].map(
    (code) => `'sha256-${createHash("sha256").update(code).digest("base64")}'`,
  );
  return `default-src 'none'; style-src 'unsafe-inline'; script-src ${hashes.join(" ")}`;
}
