import { describe, expect, test } from "vitest";
import { parseCommand } from "./options.js";

describe("parseCommand", () => {
  test("without arguments: 200 documents on 20 slots", () => {
    expect(parseCommand([])).toEqual({
      kind: "run",
      options: { documents: null, count: 200, slots: 20, seed: 1, isRealTime: false },
    });
  });

  test("takes every option", () => {
    const args = ["--documents", "docs/*.md", "--count=5", "--slots", "2", "--seed", "0"];
    args.push("--real-time");

    expect(parseCommand(args)).toEqual({
      kind: "run",
      options: { documents: "docs/*.md", count: 5, slots: 2, seed: 0, isRealTime: true },
    });
  });

  test.each([["--help"], ["-h"]])("%s asks for help", (flag) => {
    expect(parseCommand(["--count", "0", flag])).toEqual({ kind: "help" });
  });

  test.each([
    [["--count", "0"], '--count is "0", has to be a whole number, 1 to 20000'],
    [["--count", "20001"], '--count is "20001"'],
    [["--count", "1.5"], '--count is "1.5"'],
    [["--count", "many"], '--count is "many"'],
    [["--count", ""], '--count is ""'],
    [["--slots", "0"], '--slots is "0"'],
    [["--seed=-1"], '--seed is "-1"'],
    [["--documents", ""], "--documents is empty"],
    [["--count"], "argument missing"],
    [["--cuont", "3"], "Unknown option '--cuont'"],
    [["--documents", "a.md", "b.md"], "Quote the glob."],
  ])("%j is refused with a reason", (args, reason) => {
    expect(parseCommand(args)).toEqual({
      kind: "invalid",
      message: expect.stringContaining(reason) as string,
    });
  });
});
