import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bundle } from "./bundle.js";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "bundle-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe("bundle", () => {
  test("a module that two import runs once, and before both", () => {
    const entry = write({
      "main.ts": `import { left } from "./left.js"; import { right } from "./right.js";
        log.push("main", left, right);`,
      "left.ts": `import { shared } from "./shared.js"; export const left = shared + "-left";`,
      "right.ts": `import { shared } from "./shared.js"; export const right = shared + "-right";`,
      "shared.ts": `log.push("shared"); export const shared: string = "s";`,
    });

    expect(run(entry)).toEqual(["shared", "main", "s-left", "s-right"]);
  });

  test("imports of types leave nothing, and a package is its global", () => {
    const entry = write({
      "main.ts": `import type { Missing } from "./missing.js"; import chart from "charts";
        log.push(chart.name as Missing);`,
    });

    expect(run(entry)).toEqual(["a chart"]);
  });

  test("a package that the page has not is refused by name", () => {
    const entry = write({ "main.ts": `import other from "other"; log.push(other);` });

    expect(() => bundle(entry, {})).toThrow(/main\.ts imports "other"/);
  });
});

function write(files: Record<string, string>): URL {
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(path.join(directory, name), text);
  }
  return pathToFileURL(path.join(directory, "main.ts"));
}

/** Runs a bundle; returns what it logged. */
function run(entry: URL): string[] {
  const log: string[] = [];
  runInNewContext(bundle(entry, { charts: "Charts" }), {
    log,
    Charts: { name: "a chart" },
  });
  return log;
}
