/**
 * `npm run bench -- --tables`: writes the marked blocks of the README files anew.
 *
 * Owns the marks and the files that have some. Between `<!-- BENCH: name -->` and
 * `<!-- /BENCH -->` stands what the committed results say, and nothing that a person wrote.
 */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";
import { RESULTS } from "../files.js";
import { loadNamedFiles } from "../report/write.js";
import { BLOCKS, type NamedFile } from "./blocks.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** All files with blocks. */
export const DOCUMENTS = ["README.md", "bench/peers/README.md"];

const MARKED = /(<!-- BENCH: (.*?) -->)(.*?)(<!-- \/BENCH -->|(?=<!-- BENCH: )|$)/gs;

/** The text with all of its blocks made anew; as prettier would have it. */
export async function renderDocument(
  text: string,
  files: readonly NamedFile[],
  path: string,
): Promise<string> {
  const updated = text.replace(
    MARKED,
    (_, mark: string, name: string, __, end: string) => {
      const render = BLOCKS[name];
      if (!render) {
        const known = Object.keys(BLOCKS).join(", ");
        throw new RangeError(`${path} has a block "${name}"; there are ${known}.`);
      }
      if (end === "") throw new RangeError(`${path}: the block "${name}" has no end.`);
      return `${mark}\n\n${render(files)}\n\n${end}`;
    },
  );
  const options = await resolveConfig(`${ROOT}${path}`);
  return await format(updated, { ...options, parser: "markdown" });
}

/** What a document says, and what it should. */
export async function loadDocument(
  path: string,
): Promise<{ text: string; updated: string }> {
  const text = await readFile(`${ROOT}${path}`, "utf8");
  const files = await loadNamedFiles(RESULTS);
  return { text, updated: await renderDocument(text, files, path) };
}

/** Writes all documents anew; answers those that changed. */
export async function updateDocuments(): Promise<string[]> {
  const changed: string[] = [];
  for (const path of DOCUMENTS) {
    const { text, updated } = await loadDocument(path);
    if (text === updated) continue;
    await writeFile(`${ROOT}${path}`, updated);
    changed.push(path);
  }
  return changed;
}
