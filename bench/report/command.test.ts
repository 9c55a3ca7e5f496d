import { describe, expect, test } from "vitest";
import { parseCommand, renderHelp } from "../options.js";
import { SCENARIOS } from "../scenarios/index.js";

describe("parseCommand", () => {
  test("--report runs nothing, and takes nothing else", () => {
    expect(parseCommand(["--report"], SCENARIOS)).toEqual({ kind: "report" });
    expect(parseCommand(["--report", "--all"], SCENARIOS)).toEqual({
      kind: "invalid",
      message: "--report takes no other option.",
    });
    expect(renderHelp(SCENARIOS)).toContain("--report");
  });
});
