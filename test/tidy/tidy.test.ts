/** Holds the project's files to the house rules, and the exceptions to being needed. */
import { describe, expect, test } from "vitest";

import { exceptions } from "./exceptions.js";
import { rules } from "./rules/index.js";
import { loadSources } from "./sources.js";

const sources = loadSources();

describe("house rules", () => {
  test.each(rules)("$name", (rule) => {
    const allowed = exceptions[rule.name] ?? {};

    const findings = rule.check(sources).filter((finding) => !(finding.path in allowed));

    expect(
      findings.map(({ path, line, message }) => `${path}:${line}: ${message}`),
    ).toEqual([]);
  });
});

describe("exceptions", () => {
  test("every exception is to a rule that exists", () => {
    const names = rules.map((rule) => rule.name);

    expect(Object.keys(exceptions).filter((name) => !names.includes(name))).toEqual([]);
  });

  test("every exception is still needed", () => {
    const unneeded = rules.flatMap((rule) => {
      const broken = new Set(rule.check(sources).map((finding) => finding.path));
      const listed = Object.keys(exceptions[rule.name] ?? {});
      return listed
        .filter((path) => !broken.has(path))
        .map((path) => `${rule.name}: ${path}`);
    });

    expect(unneeded).toEqual([]);
  });
});
