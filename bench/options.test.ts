/** The command line of the benchmark. */
import { describe, expect, test } from "vitest";
import { parseCommand, renderHelp } from "./options.js";
import { haiku } from "./scenarios/haiku.js";
import { SCENARIOS } from "./scenarios/index.js";

function parse(...args: string[]): ReturnType<typeof parseCommand> {
  return parseCommand(args, SCENARIOS);
}

describe("parseCommand", () => {
  test("without arguments runs haiku once, at its own size, and saves nothing", () => {
    expect(parse()).toMatchObject({
      kind: "run",
      options: { seeds: [1], workflows: null, saves: false, profiles: true },
    });
    expect(parse()).toMatchObject({ options: { scenarios: [{ name: "haiku" }] } });
  });

  test("--all runs every scenario with three seeds, and saves", () => {
    expect(parse("--all")).toMatchObject({
      options: { scenarios: SCENARIOS, seeds: [1, 2, 3], saves: true },
    });
  });

  test("a scenario, seeds and a size", () => {
    expect(
      parse("io", "--seed", "7", "--seeds", "2", "--workflows", "500"),
    ).toMatchObject({
      options: { scenarios: [{ name: "io" }], seeds: [7, 8], workflows: 500 },
    });
  });

  test("--live, with as many workflows as the scenario has", () => {
    expect(parse("--live")).toEqual({
      kind: "live",
      options: {
        url: null,
        adminKey: null,
        workflows: haiku.workflows,
        resume: null,
        isAgreed: false,
        saves: false,
      },
    });
    const args = ["--url", "http://a", "--admin-key", "k", "--resume", "haiku-9-a"];
    expect(parse("haiku", "--live", "--yes", "--save", ...args)).toMatchObject({
      options: { url: "http://a", adminKey: "k", resume: "haiku-9-a", saves: true },
    });
  });

  test("--join, with the files to join", () => {
    expect(parse("--join", "a.json", "b.json")).toEqual({
      kind: "join",
      paths: ["a.json", "b.json"],
    });
  });

  test.each([
    [["--join"], /--join takes result files/],
    [["--join", "a.json", "--save"], /--join takes result files/],
    [["fast"], /There is no scenario "fast"; there are haiku/],
    [["io", "idle"], /One scenario at a time/],
    [["--seed", "x"], /--seed is "x"/],
    [["--workflows", "0"], /--workflows is "0"/],
    [["--loud"], /--loud/],
    [["--report", "--save"], /--report takes no other option/],
    [["--tables", "haiku"], /--tables takes no other option/],
    [["--yes"], /--yes is for --live/],
    [["io", "--url", "http://a"], /--url is for --live/],
    [["io", "--live"], /--live runs the scenario haiku alone/],
    [["--live", "--seed", "2"], /--live does not take --seed/],
    [["--live", "--resume", "haiku-9-a", "--workflows", "9"], /knows how many workflows/],
    [["--live", "--workflows", "0"], /--workflows is "0"/],
  ])("refuses %j", (args, message) => {
    const command = parse(...args);

    expect(command.kind === "invalid" && command.message).toMatch(message);
  });
});

test("the help names every scenario", () => {
  const help = renderHelp(SCENARIOS);

  for (const { name } of SCENARIOS) expect(help).toContain(`\n  ${name} `);
});
