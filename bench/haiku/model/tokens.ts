/**
 * Estimated token counts. Characters are UTF-16 code units, which is what `length` counts.
 */

import { CHARACTERS_PER_TOKEN } from "../constants.js";

/** Estimates the tokens of a text; at least 1, as the API never reports 0. */
export function countTokens(text: string): number {
  return Math.max(1, Math.ceil(text.length / CHARACTERS_PER_TOKEN));
}

/** Cuts a text to its first `tokensMax` estimated tokens, never through a character. */
export function cutToTokens(text: string, tokensMax: number): string {
  // Half a surrogate pair is no valid string to a database.
  const cut = text.slice(0, tokensMax * CHARACTERS_PER_TOKEN);
  return cut.replace(/[\uD800-\uDBFF]$/, "");
}
