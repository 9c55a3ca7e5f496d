/** A file of src begins by saying what it owns. */
import { defineFileRule, isShipped } from "../rule.js";

/** A directive may come first; then a comment of at least a short sentence. */
const HEADER = /^(["']use \w+["'];?\s+)?(\/\*(?:(?!\*\/)[^]){20,}\*\/|\/\/ .{20,})/;

export const fileHeader = defineFileRule({
  name: "file header",
  appliesTo: isShipped,
  checkFile: (file) =>
    HEADER.test(file.text)
      ? []
      : [{ line: 1, message: "no header comment: say what the file owns" }],
});
