import { describe, expect, test } from "vitest";
import type { ResultFile } from "../result.js";
import { comparePair, listByVerdict, type ComparedMetric } from "./compare.js";
import { buildFile } from "./testing.js";

const ENGINE = "@convex-dev/workflow 0.4.8";

describe("comparePair", () => {
  test("the ratio is how many times better ours is, whether less or more is better", () => {
    const comparison = compare(buildPeer({ slowness: 2 }), buildFile());

    expect(find(comparison, "transactions")).toMatchObject({
      own: 1.4,
      peer: 2.8,
      ratio: 2,
      verdict: "better",
    });
    expect(find(comparison, "workflows completed").ratio).toBeGreaterThan(1);
    expect(find(comparison, "workflows completed").verdict).toBe("better");
  });

  test("where the peer is better, it says so", () => {
    const comparison = compare(buildPeer({ slowness: 0.5 }), buildFile());

    expect(find(comparison, "bytes read")).toMatchObject({
      ratio: 0.5,
      verdict: "worse",
    });
    expect(listByVerdict(comparison, "worse").map(({ metric }) => metric.name)).toContain(
      "transactions",
    );
  });

  test("within one part in a hundred nobody is better", () => {
    const comparison = compare(buildPeer({ slowness: 1.005 }), buildFile());

    expect(find(comparison, "transactions").verdict).toBe("same");
    expect(find(comparison, "failed workflows")).toMatchObject({
      ratio: 1,
      verdict: "same",
    });
  });

  test("of nothing beside something there is no ratio, but a verdict", () => {
    const [run] = buildFile().runs;
    const peer = buildFile({
      engine: ENGINE,
      runs: [{ ...run!, outcome: { ...run!.outcome, failed: 4 } }],
    });

    expect(find(compare(peer, buildFile()), "failed workflows")).toMatchObject({
      own: 0,
      peer: 4,
      ratio: null,
      verdict: "better",
    });
  });

  test("what grows with the work compares at the same number of workflows only", () => {
    const comparison = compare(buildPeer({ workflows: 500 }), buildFile());

    expect(find(comparison, "makespan").verdict).toBe("notCompared");
    expect(find(comparison, "transactions").verdict).toBe("same");
    expect(comparison.different).toContainEqual({
      name: "workflows",
      own: "1,000",
      peer: "500",
    });
  });

  test("what only one of them measured is shown without a verdict", () => {
    const runs = buildPeer().runs.map((run) => ({ ...run, cost: null }));
    const comparison = compare({ ...buildPeer(), runs }, buildFile());

    expect(find(comparison, "transactions")).toMatchObject({
      own: 1.4,
      peer: null,
      ratio: null,
      verdict: "notCompared",
    });
  });

  test("what a peer cannot have is named, and no loss of its", () => {
    const comparison = compare(buildPeer({ slowness: 2 }), buildFile());

    expect(comparison.ownOnly).toContain("violated invariants");
    expect(find(comparison, "violated invariants")).toBeUndefined();
  });

  test("seeds that both ran are compared, at the worst of them", () => {
    const peer = buildPeer({ seeds: [2, 3, 9] });

    const comparison = compare(peer, buildFile());

    const worst = Math.max(
      ...buildFile()
        .runs.filter(({ seed }) => seed > 1)
        .map(({ makespan }) => makespan.ms),
    );
    expect(comparison.seeds).toEqual([2, 3]);
    expect(find(comparison, "makespan").own).toBe(worst);
  });

  test("every condition is either equal or not, the model's lines among them", () => {
    const own = buildFile({ modelled: ["latency", "ours"] });
    const peer = { ...buildPeer(), modelled: ["latency", "theirs"] };

    const { equal, different } = compare(peer, own);

    expect(equal).toContainEqual({ name: "modelled", own: "latency", peer: "latency" });
    expect(equal.map(({ name }) => name)).toContain("deployment class");
    expect(different).toEqual([
      { name: "modelled", own: "ours", peer: "" },
      { name: "modelled", own: "", peer: "theirs" },
    ]);
  });
});

function compare(peer: ResultFile, own: ResultFile): ReturnType<typeof comparePair> {
  return comparePair({ own, peer });
}

function buildPeer(sample: Parameters<typeof buildFile>[1] = {}): ResultFile {
  return buildFile({ engine: ENGINE }, sample);
}

function find({ groups }: ReturnType<typeof comparePair>, name: string): ComparedMetric {
  const metrics = groups.flatMap((group) => group.metrics);
  return metrics.find(({ metric }) => metric.name === name)!;
}
