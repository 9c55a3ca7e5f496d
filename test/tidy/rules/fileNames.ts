/**
 * A file of src is named for the one thing it holds, in camelCase: Convex function paths
 * allow no hyphens, and a second dot hides a file from the Convex bundler.
 */
import { defineFileRule, isCode } from "../rule.js";

const CAMEL_CASE = /^[a-z][A-Za-z0-9]*$/;
const VAGUE_NAME = /^(util|misc|helper|common|stuff|shared)s?$|(Utils?|Helpers?)$/;
/** What Convex and vitest call their files. */
const KNOWN_SUFFIX = /\.(test|config)$/;

export const fileNames = defineFileRule({
  name: "file names",
  appliesTo: (path) => path.startsWith("src/") && isCode(path),
  checkFile: ({ path }) => {
    const base = path.slice(path.lastIndexOf("/") + 1).replace(/\.\w+$/, "");
    const name = base.replace(KNOWN_SUFFIX, "");
    if (!CAMEL_CASE.test(name)) {
      return [{ line: 1, message: `"${base}" is not one camelCase word` }];
    }
    if (VAGUE_NAME.test(name)) {
      return [{ line: 1, message: `"${base}" names no thing; say what it holds` }];
    }
    return [];
  },
});
