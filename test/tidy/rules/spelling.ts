/** One spelling of each word: "canceled", "canceling", "cancellation". */
import { defineFileRule, matchLines } from "../rule.js";

const OTHER_SPELLING = /cancel(?:led|ling|ation)/i;

export const spelling = defineFileRule({
  name: "spelling",
  appliesTo: () => true,
  checkFile: (file) =>
    matchLines(
      file,
      OTHER_SPELLING,
      (word) => `"${word}": write canceled, canceling, cancellation`,
    ),
});
