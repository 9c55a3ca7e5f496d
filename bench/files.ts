/** Writes result files, readable and small. */
import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { ResultFile } from "./result.js";

/** The results that are committed. */
export const RESULTS = fileURLToPath(new URL("results/", import.meta.url));
/** Those of runs that are not saved. */
export const UNSAVED = fileURLToPath(new URL("../.cache/bench/", import.meta.url));

/** Writes `<name>.json` into a directory, and says so. */
export async function saveResult(
  file: ResultFile,
  name: string,
  directory: string,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  const path = `${directory}${name}.json`;
  await writeFile(path, renderFile(file));
  console.log(`written: ${path}`);
}

/** Indented, but for arrays of numbers, which take a line each. */
function renderFile(file: ResultFile): string {
  const text = JSON.stringify(file, null, 2);
  return `${text.replace(/\[[\s\d.,eE[\]-]*\]/g, (array) => array.replace(/\s+/g, ""))}\n`;
}
