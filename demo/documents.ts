/**
 * The documents to review: found by glob, in the order of their paths, cut to size.
 */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { glob } from "tinyglobby";

export interface Document {
  /** Path relative to where the search began. */
  readonly title: string;
  readonly text: string;
}

/**
 * Characters of a document that are reviewed, about a thousand tokens: enough to say what
 * it is, and each is sent four times.
 */
export const DOCUMENT_CHARACTERS_MAX = 4_000;

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const DEFAULT_GLOBS = ["node_modules/*/README.md", "node_modules/@*/*/README.md"];

/**
 * Loads up to `count` documents that are not blank: those of a glob, relative to the
 * working directory, or the README files of installed packages, however they are spelled.
 */
export async function loadDocuments(
  pattern: string | null,
  count: number,
): Promise<Document[]> {
  const cwd = pattern === null ? ROOT : process.cwd();
  const paths = await glob(pattern === null ? DEFAULT_GLOBS : [pattern], {
    cwd,
    caseSensitiveMatch: pattern !== null,
    expandDirectories: false,
  });
  const documents: Document[] = [];
  for (const title of paths.sort()) {
    if (documents.length === count) break;
    const text = cutText(await readFile(path.resolve(cwd, title), "utf8"));
    if (text !== "") documents.push({ title, text });
  }
  return documents;
}

/** Cuts a text to size, never through a pair of surrogates: Convex refuses half of one. */
export function cutText(text: string): string {
  const cut = text.trim().slice(0, DOCUMENT_CHARACTERS_MAX);
  return /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut;
}
