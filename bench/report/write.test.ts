import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { buildFile } from "./testing.js";
import { loadResultFiles, writeReport } from "./write.js";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "report-"));
});
afterEach(() => rm(directory, { recursive: true }));

test("a report is made of all results of a directory, in the order that is asked for", async () => {
  await save("burst.json", buildFile({ scenario: "burst" }));
  await save("haiku.json", buildFile());
  await save("other.json", buildFile({ scenario: "other" }));
  await writeFile(path.join(directory, "sim.json"), "{}");
  await writeFile(path.join(directory, "report.html"), "before");

  const files = await loadResultFiles(directory, ["haiku", "io", "burst"]);
  await writeReport(files, path.join(directory, "report.html"));

  expect(files.map(({ scenario }) => scenario)).toEqual(["haiku", "burst", "other"]);
  const page = await readFile(path.join(directory, "report.html"), "utf8");
  expect(page).toMatch(/^<!doctype html>/);
  expect(page.trimEnd()).toMatch(/<\/html>$/);
});

test("a broken file is named", async () => {
  await writeFile(path.join(directory, "io.json"), "{}");

  await expect(loadResultFiles(directory, [])).rejects.toThrow(
    /io\.json: version has to be 1, and is nothing/,
  );
});

test("an empty directory is an error that says what to do", async () => {
  await expect(loadResultFiles(directory, [])).rejects.toThrow(/npm run bench/);
});

async function save(name: string, file: unknown): Promise<void> {
  await writeFile(path.join(directory, name), JSON.stringify(file));
}
