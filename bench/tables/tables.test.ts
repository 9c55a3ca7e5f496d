/** The tables of the README files are what the committed results say, whoever edits either. */
import { describe, expect, test } from "vitest";
import { buildFile } from "../report/testing.js";
import type { NamedFile } from "./blocks.js";
import { DOCUMENTS, loadDocument, renderDocument } from "./update.js";

const PATH = "README.md";
const PEER = "@convex-dev/workflow 0.4.8";

/** Ours of three seeds, and ours of one beside a peer that is half as fast and half as dear. */
function buildFiles(): NamedFile[] {
  const seeds = [1];
  const command = "npm run bench -- haiku --peers --workflows 500 --seed 1";
  const size = { seeds, workflows: 500 };
  const [dear] = buildFile({}, size).runs;
  const own = buildFile({ command }, size);
  const peer = buildFile({ engine: PEER, command }, { ...size, slowness: 2 });
  const cheap = { ...peer.runs[0]!, cost: halve(dear!.cost!) };
  return [
    { name: "haiku.json", file: buildFile() },
    { name: "haiku.peers.own.json", file: own },
    { name: "haiku.peers.workflow.json", file: { ...peer, runs: [cheap] } },
  ];
}

type Cost = NonNullable<NamedFile["file"]["runs"][number]["cost"]>;

function halve(cost: Cost): Cost {
  const perStep = { ...cost.perStep, transactions: cost.perStep.transactions / 2 };
  return { ...cost, perStep };
}

function mark(name: string, inside = ""): string {
  return `Before.\n\n<!-- BENCH: ${name} -->\n\n${inside}\n\n<!-- /BENCH -->\n\nAfter.\n`;
}

describe.each(DOCUMENTS)("%s", (path) => {
  test("is in step with bench/results; else: npm run bench -- --tables", async () => {
    const { text, updated } = await loadDocument(path);

    expect(text).toContain("<!-- BENCH: ");
    expect(text).toBe(updated);
  });
});

describe("renderDocument", () => {
  test("engines side by side, with losses, the files and the command", async () => {
    const text = await renderDocument(mark("peers haiku"), buildFiles(), PATH);

    const lines = text.split("\n").map((line) => line.replace(/ +/g, " "));
    expect(lines).toContain(`| 500 workflows, class D1024 | convex-executor | ${PEER} |`);
    expect(lines).toContain("| transactions per step | 1.4 | **0.7 (0.5×)** |");
    expect(lines.find((line) => line.startsWith("| makespan"))).toMatch(
      / s \(1\.\d+×\) \|$/,
    );
    expect(text).toContain("`bench/results/haiku.peers.own.json`");
    expect(text).toContain("`bench/results/haiku.peers.workflow.json`");
    expect(text).toContain("made by `npm run bench -- haiku --peers --workflows 500");
    expect(text).toMatch(/^Before\.\n[\s\S]*\nAfter\.\n$/);
  });

  test("every metric, in full", async () => {
    const text = await renderDocument(mark("peers haiku in full"), buildFiles(), PATH);

    expect(text).toContain("| conflicts, made again per step");
    expect(text).toContain("| action time’s price of 1,000 workflows");
  });

  test("scenarios at their worst seed, with what is missed", async () => {
    const text = await renderDocument(mark("scenarios"), buildFiles(), PATH);

    expect(text).toMatch(/\| haiku +\| 1,000 +\| .*\*\*missed: makespan ÷ oracle\*\*/);
    expect(text).toContain("`haiku.json`");
    expect(text).not.toContain("haiku.peers");
    expect(text).toContain("Made by `npm run bench -- haiku --seed 1 --seeds 3`");
  });

  test("what a person wrote into a block is gone, and doing it again changes nothing", async () => {
    const once = await renderDocument(mark("scenarios", "By hand."), buildFiles(), PATH);

    expect(once).not.toContain("By hand");
    expect(await renderDocument(once, buildFiles(), PATH)).toBe(once);
  });

  test("without results it says so, and how to make them", async () => {
    const text = await renderDocument(mark("peers mutations"), buildFiles(), PATH);

    expect(text).toContain("`npm run bench -- mutations --peers --save` makes them");
  });

  test("a block that nobody knows, or without an end, is refused", async () => {
    const open = "<!-- BENCH: scenarios -->\n";

    await expect(renderDocument(mark("speed"), [], PATH)).rejects.toThrow(
      /README.md has a block "speed"; there are scenarios, peers haiku/,
    );
    await expect(renderDocument(open, [], PATH)).rejects.toThrow(
      /"scenarios" has no end/,
    );
    await expect(renderDocument(open + mark("scenarios"), [], PATH)).rejects.toThrow(
      /has no end/,
    );
  });
});
