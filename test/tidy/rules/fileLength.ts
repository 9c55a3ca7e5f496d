/** Files stay short enough to be read in one go; tests, which are lists, may be longer. */
import { defineFileRule, isCode, isTest } from "../rule.js";

const FILE_LINES_MAX = 250;
const TEST_FILE_LINES_MAX = 500;

export const fileLength = defineFileRule({
  name: "file length",
  appliesTo: isCode,
  checkFile: (file) => {
    const lines = file.text.trimEnd().split("\n").length;
    const linesMax = isTest(file.path) ? TEST_FILE_LINES_MAX : FILE_LINES_MAX;
    if (lines <= linesMax) {
      return [];
    }
    return [{ line: linesMax + 1, message: `${lines} lines, at most ${linesMax}` }];
  },
});
