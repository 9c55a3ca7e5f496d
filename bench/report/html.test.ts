import { createHash } from "node:crypto";
import { Script } from "node:vm";
import { beforeAll, describe, expect, test } from "vitest";
import type { ResultFile } from "../result.js";
import { checkSafe, loadAssets, type Assets } from "./assets.js";
import { renderReport } from "./html.js";
import type { Payload } from "./page/payload.js";
import { buildFile } from "./testing.js";

const PEER = "@convex-dev/workflow 0.4.8";
const HOSTILE = `</script><script>alert("1")</script> <b>&'\u2028`;

let assets: Assets;
beforeAll(() => {
  assets = loadAssets();
});

describe("renderReport", () => {
  test("every section is there", () => {
    const page = render([buildFile(), buildFile({ engine: PEER }, { slowness: 2 })]);

    for (const heading of [
      "Modelled, not measured",
      "Criteria",
      "How to get these figures again",
      "All figures, seed by seed",
      "Completion by the order of creation",
      "Percentiles by tenth of the order of creation",
      "Where a workflow’s time went",
      "Slots in use",
      "Queue depth",
      "API rate",
      "Completions",
      "Where the processor’s time went",
      "Executors’ transactions, by function",
      "What the API counted",
      "Beside its peers",
      "Not equal",
    ]) {
      expect(page).toContain(`${heading}<`);
    }
    expect(page).toContain("npm run bench -- haiku --seed 1 --seeds 3");
    expect(page).toContain("A processor, 2 cores, 8 GiB");
    expect(page).toContain("prices: as published");
  });

  test("each place of a chart has one for every run", () => {
    const page = render([buildFile(), buildFile({ engine: PEER })]);

    const { plots } = readPayload(page);
    const places = [...page.matchAll(/data-plot="([^"]+)"/g)].map(([, name]) => name!);
    expect(new Set(places)).toEqual(new Set(Object.keys(plots)));
    for (const [name, charts] of Object.entries(plots)) {
      expect([name, charts.length]).toEqual([name, name.endsWith("/engines") ? 1 : 3]);
      for (const { x, series } of charts) {
        for (const { values } of series) expect(values).toHaveLength(x.values.length);
      }
    }
  });

  test("a missed criterion and a held one are told apart by words", () => {
    const page = render([buildFile()]);

    expect(page).toContain("1 of 3 criteria missed");
    expect(textOf(page)).toMatch(/makespan ÷ oracle 1.04 ≤ 1.03 ✗ missed/);
    expect(textOf(page)).toMatch(/rank correlation 0.9991 ≥ 0.99 ✓ holds/);
  });

  test("losses against a peer are named", () => {
    const page = render([buildFile(), buildFile({ engine: PEER }, { slowness: 0.5 })]);

    expect(textOf(page)).toMatch(/what only convex-executor has: violated invariants,/);
    expect(textOf(page)).toMatch(/Worse in: makespan, makespan ÷ the oracle,/);
    expect(textOf(page)).toMatch(/transactions 1.4 0.7 0.500× ✗ worse/);
  });

  test("nothing is loaded, and only the page's own scripts may run", () => {
    const page = render([buildFile()]);

    const scripts = [...page.matchAll(/<script>([^]*?)<\/script>/g)].map(
      ([, code]) => code!,
    );
    expect(scripts).toEqual([assets.chartScript, assets.script]);
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(page)![1]!;
    expect(policy).toContain("default-src &#39;none&#39;");
    for (const code of scripts) {
      const hash = createHash("sha256").update(code).digest("base64");
      expect(policy).toContain(`sha256-${hash}`);
    }
    expect(page).not.toMatch(/\b(src|srcset|action)=|@import|url\(|<link|<base|<iframe/i);
    expect(page).not.toMatch(/\bhref="(?!#)/);
    expect(scripts.join()).not.toMatch(/\b(fetch|XMLHttpRequest|WebSocket|import)\(/);
  });

  test("text of result files stays text, in tables, attributes and data", () => {
    const file = buildFile({
      scenario: HOSTILE,
      command: HOSTILE,
      modelled: [HOSTILE],
      criteria: [{ name: HOSTILE, value: 1, bound: 1, sense: "atMost", holds: true }],
      machine: { ...buildFile().machine, cpu: HOSTILE, packages: { [HOSTILE]: HOSTILE } },
    });

    const page = render([file, { ...file, engine: HOSTILE }]);

    expect(page.match(/<script/g)).toHaveLength(3);
    expect(page).not.toContain("<b>");
    expect(/id="payload">([^]*?)<\/script>/.exec(page)![1]).not.toContain("\u2028");
    expect(Object.keys(readPayload(page).plots)).toContain(`${HOSTILE}/slots`);
  });

  test("what was not measured leaves no empty part", () => {
    const runs = buildFile().runs.map((run) => ({
      ...run,
      cost: null,
      cpu: null,
      api: null,
      accountedBytes: null,
      extra: {},
      setup: { ...run.setup, ratePerMinute: null },
    }));

    const page = render([buildFile({ runs })]);

    expect(page).not.toContain("processor’s time went");
    expect(page).not.toContain("What the API counted");
    expect(page).not.toContain("Bill per 1,000 workflows");
    expect(textOf(page)).not.toMatch(/NaN|undefined|null/);
    expect(readPayload(page).plots["haiku/starts"]![0]!.limit).toBeNull();
  });

  test("a limit that changes is a curve, beside what was refused", () => {
    const rateChanges = [{ atMs: 3_000, perMinute: 2_400 }];
    const runs = buildFile({}, { seeds: [1] }).runs.map((run) => ({
      ...run,
      setup: { ...run.setup, rateChanges },
      series: {
        ...run.series,
        everyMs: 1_000,
        refusedPerSecond: run.series.running.map((_, index) => (index === 3 ? 7 : 0)),
      },
    }));

    const page = render([buildFile({ runs })]);

    const [plot] = readPayload(page).plots["haiku/starts"]!;
    const [, limit, refused] = plot!.series;
    expect(plot!.limit).toBeNull();
    expect(limit!.label).toBe("API’s limit");
    const rate = runs[0]!.setup.ratePerMinute! / 60;
    expect(limit!.values.slice(0, 5)).toEqual([rate, rate, rate, 40, 40]);
    expect([refused!.label, refused!.values[3]]).toEqual(["refused (429)", 7]);
    expect(textOf(page)).toContain("requests a minute, then 2,400");
  });

  test("a run in which nothing completed is shown as one", () => {
    const [run] = buildFile({}, { seeds: [1], workflows: 1 }).runs;
    const none = { count: 0, mean: 0, p50: 0, p90: 0, p99: 0, max: 0 };
    const page = render([
      buildFile({
        runs: [
          {
            ...run!,
            outcome: { ...run!.outcome, completed: 0, stuck: 1, stepsSettled: 0 },
            makespan: { ...run!.makespan, ms: 0, bounds: [] },
            completion: none,
            deciles: [],
            rankCorrelation: NaN,
            breakdown: [],
            delays: { nextStart: none, nextRow: none },
            completions: [],
          },
        ],
      }),
    ]);

    expect(textOf(page)).toContain("0 failed, 1 stuck");
    expect(textOf(page)).not.toMatch(/NaN|undefined|Infinity/);
  });

  test("is the same for the same files", () => {
    expect(render([buildFile()])).toBe(render([buildFile()]));
  });

  test("holds the licence of the library that it embeds", () => {
    expect(render([buildFile()])).toMatch(
      /uPlot [\d.]+, under the MIT License[^]*Copyright/,
    );
  });
});

describe("loadAssets", () => {
  test("makes one script that parses, without imports", () => {
    expect(() => new Script(assets.script)).not.toThrow();
    expect(assets.script).not.toMatch(/\brequire\(|^import /m);
  });

  test("refuses what would end the element that it stands in", () => {
    expect(() => checkSafe("x.js", 'const a = "</SCRIPT>"')).toThrow(/^x\.js holds/);
    expect(() => checkSafe("x.js", "a <!--b")).toThrow(/^x\.js holds/);
    expect(checkSafe("x.js", "a < b")).toBe("a < b");
  });
});

function render(files: readonly ResultFile[]): string {
  return renderReport(files, assets);
}

function readPayload(page: string): Payload {
  const json = /id="payload">([^]*?)<\/script>/.exec(page)![1]!;
  return JSON.parse(json) as Payload;
}

/** What a reader sees. */
function textOf(page: string): string {
  return page
    .replace(/<(script|style)[^]*?<\/\1>/g, "")
    .replace(/<[^>]+>/g, " ")
    .replace(/\s+/g, " ");
}
