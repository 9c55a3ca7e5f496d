import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cutText, DOCUMENT_CHARACTERS_MAX, loadDocuments } from "./documents.js";

describe("loadDocuments", () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "demo-documents-"));
    await writeFile(path.join(directory, "b.md"), "second");
    await writeFile(path.join(directory, "a.md"), "first\n");
    await writeFile(path.join(directory, "blank.md"), " \n");
    await writeFile(path.join(directory, "z.md"), "last");
  });

  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  test("takes what is not blank, in the order of the paths, up to the count", async () => {
    const all = await loadDocuments(`${directory}/*.md`, 10);
    const two = await loadDocuments(`${directory}/*.md`, 2);

    expect(all.map(({ text }) => text)).toEqual(["first", "second", "last"]);
    expect(two).toEqual(all.slice(0, 2));
  });

  test("a glob that matches nothing: no documents", async () => {
    expect(await loadDocuments(`${directory}/*.txt`, 10)).toEqual([]);
  });

  test("by default: the README files of installed packages", async () => {
    const documents = await loadDocuments(null, 3);

    expect(documents).toHaveLength(3);
    for (const { title } of documents)
      expect(title).toMatch(/^node_modules\/.*readme\.md$/i);
  });
});

describe("cutText", () => {
  test("keeps a short text, and the beginning of a long one", () => {
    expect(cutText(" short\n")).toBe("short");
    expect(cutText("x".repeat(DOCUMENT_CHARACTERS_MAX + 1))).toHaveLength(
      DOCUMENT_CHARACTERS_MAX,
    );
  });

  test("never cuts through a pair of surrogates", () => {
    const text = `${"x".repeat(DOCUMENT_CHARACTERS_MAX - 1)}😀`;

    expect(cutText(text)).toBe("x".repeat(DOCUMENT_CHARACTERS_MAX - 1));
  });
});
