/** What the project promises has a test: in the README, of its brief, and by the prior art. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { checkName, listNamed } from "./named.js";
import { defects, lessons } from "./priorArt.js";
import { requirements } from "./requirements.js";

/** Boxes of the brief's part B: 5 of order, 3 of capacity, 6 + 4 + 8 of working, 5 of proof. */
const REQUIREMENTS = 31;
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

function read(file: string): string | undefined {
  const full = path.join(ROOT, file);
  return existsSync(full) ? readFileSync(full, "utf8") : undefined;
}

describe("every promise names tests that exist", () => {
  test("the README's guarantees", () => {
    const named = listNamed(read("README.md")!, "Guarantees");

    expect(named.length).toBeGreaterThan(10);
    expect(named.flatMap(([, name]) => checkName(name, read))).toEqual([]);
  });

  const tables = { requirements, defects, lessons };

  test.each(Object.entries(tables))("the %s", (_, rows) => {
    for (const { row, tests } of rows) {
      expect({ row, count: tests.length }).not.toEqual({ row, count: 0 });
      expect(tests.flatMap((name) => checkName(name, read))).toEqual([]);
    }
  });

  test("all rows of the brief are there, each once", () => {
    const rows = requirements.map(({ row }) => row);

    expect(new Set(rows).size).toBe(rows.length);
    expect(rows).toHaveLength(REQUIREMENTS);
  });

  test("all twelve defects are there, in their order", () => {
    expect(defects.map(({ row }) => Number.parseInt(row, 10))).toEqual(
      Array.from({ length: 12 }, (_, index) => index + 1),
    );
  });
});

describe("a name", () => {
  const files: Record<string, string> = {
    "a.test.ts": 'describe("all", () => { test.each([1])("of one", () => {}); });',
    "empty.test.ts": "// nothing",
    "skipped.test.ts":
      'test.skip("of one", f); test.skipIf(x)("of two", f); test.each([1])("of three", f)',
    "a.ts": 'test("of one")',
  };
  const check = (name: string) => checkName(name, (file) => files[file]).length;

  test("of a test that is there is right", () => {
    expect(check("a.test.ts")).toBe(0);
    expect(check("a.test.ts > of one")).toBe(0);
    expect(check("a.test.ts > all > of one")).toBe(0);
  });

  test("of what is not there is wrong", () => {
    expect(check("b.test.ts")).toBe(1);
    expect(check("empty.test.ts")).toBe(1);
    expect(check("a.ts")).toBe(1);
    expect(check("a.test.ts > of two")).toBe(1);
    expect(check("a.test.ts > of")).toBe(1);
    expect(check("skipped.test.ts > of one")).toBe(1);
    expect(check("skipped.test.ts > of two")).toBe(1);
    expect(check("skipped.test.ts > of three")).toBe(0);
  });

  test("is missed where a table's row has none", () => {
    const table = "## Guarantees\n\n| promise | tests |\n| --- | --- |\n| all | none |\n";

    expect(listNamed(table, "Guarantees")).toEqual([["all", ""]]);
    expect(check("")).toBe(1);
  });
});
