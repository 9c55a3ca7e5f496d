import { describe, expect, test } from "vitest";
import { groupFiles, parseResultFile, ResultFileError } from "./read.js";
import { buildFile } from "./testing.js";

const PEER = "@convex-dev/workflow 0.4.8";

describe("parseResultFile", () => {
  test("a whole file comes back as it is", () => {
    const file = buildFile();

    expect(parseResultFile(JSON.stringify(file), "haiku.json")).toEqual(file);
  });

  test("fields of later versions are let through", () => {
    const json = JSON.stringify({ ...buildFile(), later: 1 });

    expect(parseResultFile(json, "haiku.json")).toEqual(buildFile());
  });

  test("fields that earlier versions did not write are what they stand for", () => {
    const file = buildFile();
    const { rateChanges: _, ...setup } = file.runs[0]!.setup;
    const { refusedPerSecond: __, ...series } = file.runs[0]!.series;
    const json = JSON.stringify({ ...file, runs: [{ ...file.runs[0], setup, series }] });

    const [run] = parseResultFile(json, "haiku.json").runs;

    expect([run!.setup.rateChanges, run!.series.refusedPerSecond]).toEqual([[], null]);
  });

  test.each([
    ["runs[0].makespan.ms", "a number", undefined],
    ["runs[2].series.running[3]", "a number", "7"],
    ["runs[0].completions[1]", "three numbers", [1, 2]],
    ["runs[0].breakdown[4].name", '"queued" or "gate"', "elsewhere"],
    ["runs[1].cost.perStep.conflicts", "a number", null],
    ["runs", "a list of at least one", []],
    ["criteria[0].holds", "true or false", 1],
    ["machine", "an object", "mine"],
    ["modelled", "a list", {}],
    ["version", "1", 2],
    ["engine", "text", undefined],
  ])("%s: the error names it, and what it has to be", (path, expected, value) => {
    const json = JSON.stringify(replaceAt(buildFile(), path, value));

    const parse = () => parseResultFile(json, "bench/results/haiku.json");

    expect(parse).toThrow(ResultFileError);
    expect(parse).toThrow(`bench/results/haiku.json: ${path} has to be ${expected}`);
  });

  test("a long wrong value is cut short", () => {
    const json = JSON.stringify({ ...buildFile(), criteria: "x".repeat(1_000) });

    expect(() => parseResultFile(json, "haiku.json")).toThrow(/^.{1,200}$/);
  });

  test("what is no JSON is named by its path", () => {
    expect(() => parseResultFile("{", "haiku.json")).toThrow(/^haiku\.json: /);
    expect(() => parseResultFile("[]", "haiku.json")).toThrow(
      "haiku.json: the file has to be an object, and is []",
    );
  });

  test("a ratio that could not be computed, which JSON writes as null, is no number", () => {
    const value = { name: "x", value: NaN, bound: 1, sense: "atMost", holds: false };
    const json = JSON.stringify(buildFile({ criteria: [value as never] }));

    expect(parseResultFile(json, "haiku.json").criteria[0]?.value).toBeNaN();
  });
});

describe("groupFiles", () => {
  test("scenarios stay in their order, and a peer stands beside ours of as many workflows", () => {
    const large = buildFile({}, { workflows: 200, seeds: [1] });
    const small = buildFile({}, { workflows: 100, seeds: [1] });
    const peer = buildFile({ engine: PEER }, { workflows: 100, seeds: [1] });
    const other = buildFile({ scenario: "burst" }, { seeds: [1] });

    const groups = groupFiles([small, other, peer, large]);

    expect(groups).toEqual([
      { name: "haiku", own: large, pairs: [{ own: small, peer }] },
      { name: "burst", own: other, pairs: [] },
    ]);
  });

  test("of ours with as many workflows, that of the peer's own command is beside it", () => {
    const sample = { workflows: 100, seeds: [1] };
    const large = buildFile({}, { workflows: 200, seeds: [1] });
    const other = buildFile({ command: "another day" }, sample);
    const same = buildFile({ command: "--peers" }, sample);
    const peer = buildFile({ engine: PEER, command: "--peers" }, sample);

    expect(groupFiles([other, same, large, peer])[0]?.pairs).toEqual([
      { own: same, peer },
    ]);
  });

  test("a peer of another size stands beside our largest", () => {
    const own = buildFile({}, { workflows: 200, seeds: [1] });
    const peer = buildFile({ engine: PEER }, { workflows: 100, seeds: [1] });

    expect(groupFiles([peer, own])[0]?.pairs).toEqual([{ own, peer }]);
  });

  test("a peer alone compares with nothing, and the error says what to run", () => {
    const files = [buildFile({ engine: PEER })];

    expect(() => groupFiles(files)).toThrow(/npm run bench -- haiku --save/);
  });

  test("two files of one thing are refused: one of them would be hidden", () => {
    const files = [buildFile(), buildFile()];

    expect(() => groupFiles(files)).toThrow(
      "There are two results of haiku on convex-executor, 1000 workflows.",
    );
  });
});

/** A copy in which the value at a path is another. */
function replaceAt(file: unknown, path: string, value: unknown): unknown {
  const copy = JSON.parse(JSON.stringify(file)) as Record<string, unknown>;
  const keys = path.split(/[.[\]]+/).filter((key) => key !== "");
  const last = keys.pop()!;
  let target = copy;
  for (const key of keys) target = target[key] as Record<string, unknown>;
  target[last] = value;
  return copy;
}
