/**
 * Reads the project's own files for the house rules.
 *
 * Owns: which directories are the project's. Generated and installed files are not.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import type { SourceFile } from "./rule.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const DIRECTORIES = ["src", "example", "sim", "bench", "demo", "test", "scripts", "docs"];
const SKIPPED_NAMES = new Set(["_generated", "node_modules", "dist"]);
const READ_EXTENSIONS = new Set([".ts", ".tsx", ".js", ".mjs", ".md"]);

/** Loads every source and documentation file of the project. */
export function loadSources(): SourceFile[] {
  const paths = [
    ...readdirSync(ROOT, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name),
    ...DIRECTORIES.flatMap(listFiles),
  ];
  return paths
    .filter((file) => READ_EXTENSIONS.has(path.extname(file)))
    .map((file) => ({ path: file, text: readFileSync(path.join(ROOT, file), "utf8") }));
}

function listFiles(directory: string): string[] {
  let entries;
  try {
    entries = readdirSync(path.join(ROOT, directory), { withFileTypes: true });
  } catch (error) {
    // Not every part of the project exists from the first day.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  return entries
    .filter((entry) => !SKIPPED_NAMES.has(entry.name))
    .flatMap((entry) => {
      const file = `${directory}/${entry.name}`;
      return entry.isDirectory() ? listFiles(file) : [file];
    });
}
