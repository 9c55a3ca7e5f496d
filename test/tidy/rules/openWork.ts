/** Work left open is an issue that can be found, not a remark in the code. */
import { defineFileRule, isCode, matchLines } from "../rule.js";

const MARK = new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "X" + "XX"].join("|")})\\b`);
const ISSUE = /#\d+|https:/;

export const openWork = defineFileRule({
  name: "open work",
  appliesTo: isCode,
  checkFile: (file) =>
    matchLines(
      file,
      MARK,
      (mark) => `${mark} without an issue; link one or delete it`,
    ).filter(({ line }) => !ISSUE.test(file.text.split("\n")[line - 1] ?? "")),
});
