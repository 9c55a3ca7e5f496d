/**
 * Takes a document apart: headings, paragraphs, sentences, words. Knows Markdown headings
 * and English punctuation, and nothing more.
 */

import { STOP_WORDS } from "./words.js";

const HEADING = /^ {0,3}#{1,6}[ \t]+(.*\S)/;

/** Lists the Markdown headings, without their marks. */
export function listHeadings(text: string): readonly string[] {
  return text.split("\n").flatMap((line) => {
    const heading = HEADING.exec(line)?.[1];
    return heading === undefined ? [] : [heading.replace(/[ \t]*#+$/, "")];
  });
}

/** Lists the paragraphs, each on one line; headings are no part of any. */
export function listParagraphs(text: string): readonly string[] {
  return text
    .split("\n")
    .map((line) => (HEADING.test(line) ? "" : line.trim()))
    .join("\n")
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.replace(/\s+/g, " ").trim())
    .filter((paragraph) => paragraph !== "");
}

/** Lists the sentences of one paragraph, with their punctuation. */
export function listSentences(paragraph: string): readonly string[] {
  return paragraph
    .split(/(?<=[.!?]["')\]]?) +/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== "");
}

/** Lists the words in lower case. */
export function listWords(text: string): readonly string[] {
  return text.toLowerCase().match(/\p{L}[\p{L}'’-]*/gu) ?? [];
}

/** Lists the most frequent words that mean something; the earlier word wins a tie. */
export function listKeywords(
  text: string,
  keywordsMax: number,
  charactersMin: number,
): readonly string[] {
  const counts = new Map<string, number>();
  for (const word of listWords(text)) {
    if (word.length < charactersMin || STOP_WORDS.has(word)) continue;
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts]
    .sort(([, left], [, right]) => right - left) // stable: ties stay in order
    .slice(0, keywordsMax)
    .map(([word]) => word);
}
