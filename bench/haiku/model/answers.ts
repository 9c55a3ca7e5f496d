/**
 * What the simulated model says, one function per task. Each answer is made of the
 * document's own text; `pick` varies the wording and comes from the seed.
 */

import {
  ADDRESSES_PER_SENTENCE_MIN,
  EXCLAMATIONS_PER_SENTENCE_MIN,
  FIGURES_PER_SENTENCE_MIN,
  FORMAL_WORDS_PER_SENTENCE_MIN,
  KEYWORD_CHARACTERS_MIN,
  KEYWORDS_MAX,
  KEYWORDS_MIN,
  OUTLINE_ITEM_WORDS_MAX,
  OUTLINE_ITEMS_MAX,
  QUESTIONS_PER_SENTENCE_MIN,
  SUMMARY_SENTENCES_MAX,
  URGENT_WORDS_PER_SENTENCE_MIN,
} from "../constants.js";
import {
  listHeadings,
  listKeywords,
  listParagraphs,
  listSentences,
  listWords,
} from "./text.js";
import { ADDRESS_WORDS, URGENT_WORDS } from "./words.js";

/** Picks a whole number from 0 to `count - 1`. */
type Pick = (count: number) => number;

/** Answers one task about one document. */
export type Answer = (document: string, pick: Pick) => string;

/** A numbered list of the headings, or of the paragraphs' openings if there are none. */
export const answerOutline: Answer = (document) => {
  const headings = listHeadings(document);
  const items = headings.length > 0 ? headings : listOpenings(document);
  if (items.length === 0) return "1. (empty document)";
  return items
    .slice(0, OUTLINE_ITEMS_MAX)
    .map((item, index) => `${index + 1}. ${item}`)
    .join("\n");
};

/** One tone word, then the reason for it in one sentence. */
export const answerTone: Answer = (document) => {
  const sentences = listParagraphs(document).flatMap(listSentences);
  const words = listWords(document);
  const per = (count: number) => count / Math.max(1, sentences.length);
  const perSentence = (set: ReadonlySet<string>) =>
    per(words.filter((word) => set.has(word)).length);
  const matches = (pattern: RegExp) => document.match(pattern)?.length ?? 0;

  if (perSentence(URGENT_WORDS) >= URGENT_WORDS_PER_SENTENCE_MIN) {
    return "urgent: it presses the reader to act.";
  }
  if (per(matches(/!/g)) >= EXCLAMATIONS_PER_SENTENCE_MIN) {
    return "enthusiastic: it leans on exclamation marks.";
  }
  if (per(matches(/\?/g)) >= QUESTIONS_PER_SENTENCE_MIN) {
    return "inquisitive: it asks more than it tells.";
  }
  if (per(matches(/\d+|`/g)) >= FIGURES_PER_SENTENCE_MIN) {
    return "technical: it is dense with figures or code.";
  }
  if (perSentence(ADDRESS_WORDS) >= ADDRESSES_PER_SENTENCE_MIN) {
    return "conversational: it speaks to the reader directly.";
  }
  if (per(words.length) >= FORMAL_WORDS_PER_SENTENCE_MIN) {
    return "formal: its sentences are long and impersonal.";
  }
  return "neutral: it states things plainly.";
};

/** The most frequent words that mean something, separated by commas. */
export const answerKeywords: Answer = (document, pick) => {
  const count = KEYWORDS_MIN + pick(KEYWORDS_MAX - KEYWORDS_MIN + 1);
  const keywords = listKeywords(document, count, KEYWORD_CHARACTERS_MIN);
  return keywords.length > 0 ? keywords.join(", ") : "(none)";
};

/** The first sentence of each of the first paragraphs. */
export const answerSummary: Answer = (document, pick) => {
  const sentences = listFirstSentences(document);
  if (sentences.length === 0) return "The document is empty.";
  const opening = SUMMARY_OPENINGS[pick(SUMMARY_OPENINGS.length)];
  return `${opening} ${sentences.slice(0, SUMMARY_SENTENCES_MAX).join(" ")}`;
};

/** For a request that names no known task. */
export const answerAnything: Answer = (document, pick) => {
  const words = listWords(document).length;
  return `I read ${words} words. They are about: ${answerKeywords(document, pick)}.`;
};

const SUMMARY_OPENINGS: readonly string[] = [
  "In short:",
  "The main points:",
  "To sum up:",
];

function listFirstSentences(document: string): readonly string[] {
  return listParagraphs(document).map(
    (paragraph) => listSentences(paragraph)[0] ?? paragraph,
  );
}

function listOpenings(document: string): readonly string[] {
  return listFirstSentences(document).map((sentence) => {
    const words = sentence.split(" ");
    if (words.length <= OUTLINE_ITEM_WORDS_MAX) return sentence;
    return `${words.slice(0, OUTLINE_ITEM_WORDS_MAX).join(" ")} …`;
  });
}
