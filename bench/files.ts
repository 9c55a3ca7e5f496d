/** Writes result files, readable and small. */
import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { ResultFile } from "./result.js";

const RESULTS = fileURLToPath(new URL("results/", import.meta.url));

/** Writes `bench/results/<name>.json`, and answers its path. */
export async function saveResult(file: ResultFile, name: string): Promise<string> {
  await mkdir(RESULTS, { recursive: true });
  const path = `${RESULTS}${name}.json`;
  await writeFile(path, renderFile(file));
  return path;
}

/** Indented, but for arrays of numbers, which take a line each. */
function renderFile(file: ResultFile): string {
  const text = JSON.stringify(file, null, 2);
  return `${text.replace(/\[[\s\d.,eE[\]-]*\]/g, (array) => array.replace(/\s+/g, ""))}\n`;
}
