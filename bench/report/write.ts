/**
 * Writes the report of result files beside them.
 *
 * Owns the files that it reads and writes; what is in them is for others to say.
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { ResultFile } from "../result.js";
import { loadAssets } from "./assets.js";
import { renderReport } from "./html.js";
import { parseResultFile, ResultFileError } from "./read.js";

/** Results of other programs, which stand in the same directory. */
const OTHERS = new Set(["sim.json"]);

/** Makes the page of result files. They may come from {@link loadResultFiles}. */
export async function writeReport(
  files: readonly ResultFile[],
  to: string,
): Promise<void> {
  await writeFile(to, renderReport(files, loadAssets()));
}

/** Reads all result files of a directory, by name. */
export async function loadNamedFiles(
  directory: string,
): Promise<{ name: string; file: ResultFile }[]> {
  const names = (await readdir(directory)).toSorted();
  const known = names.filter((name) => name.endsWith(".json") && !OTHERS.has(name));
  if (known.length === 0) {
    throw new ResultFileError(
      `${directory} holds no results. Measure some: npm run bench -- --all`,
    );
  }
  return await Promise.all(
    known.map(async (name) => {
      const file = path.join(directory, name);
      return { name, file: parseResultFile(await readFile(file, "utf8"), file) };
    }),
  );
}

/**
 * Reads all result files of a directory: scenarios in the given order, then others, and
 * those of one scenario by the names of their files.
 */
export async function loadResultFiles(
  directory: string,
  order: readonly string[],
): Promise<ResultFile[]> {
  const files = (await loadNamedFiles(directory)).map(({ file }) => file);
  const place = ({ scenario }: ResultFile) => {
    const index = order.indexOf(scenario);
    return index < 0 ? order.length : index;
  };
  return files.toSorted((a, b) => place(a) - place(b));
}
