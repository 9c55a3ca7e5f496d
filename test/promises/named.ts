/**
 * Names of tests, and whether there are such tests.
 *
 * Owns the reading of names: `test/order.test.ts`, or `test/order.test.ts > title`. Reads
 * no files itself, so that it can be shown to fail on a snippet.
 */

/** The text of a file; undefined if there is none. */
export type Read = (path: string) => string | undefined;

/** What is wrong with a name; nothing if there is such a test. */
export function checkName(name: string, read: Read): string[] {
  const [path = "", ...rest] = name.split(" > ");
  const text = read(path);
  if (text === undefined) return [`${name}: there is no file ${path}`];
  const isTests =
    /\.test\.ts$/.test(path) && /\b(test|\w+Scenario|\w+Suite)\b.*\(/.test(text);
  if (!isTests) return [`${name}: ${path} has no tests`];
  return rest
    .filter((title) => !hasTitle(text, title))
    .map((title) => `${name}: ${path} has no test "${title}"`);
}

/** Whether a `test` or `describe` of that title stands in a file, and is not left out. */
function hasTitle(text: string, title: string): boolean {
  const literal = title.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const skipped = String.raw`\.(?:skip|skipIf|runIf|todo|fails)\b[^"'\`]*`;
  const named = String.raw`\(\s*["'\`]${literal}["'\`]`;
  return new RegExp(named).test(text) && !new RegExp(skipped + named).test(text);
}

/** Lists the files that a markdown table names in its last column, with their rows. */
export function listNamed(
  markdown: string,
  heading: string,
): [row: string, path: string][] {
  const section = markdown.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => /^\| (?!-)/.test(line));
  return rows.slice(1).flatMap((line) => {
    const cells = line.split("|").map((cell) => cell.trim());
    const [row = "", last = ""] = [cells[1], cells.at(-2)];
    const paths = [...last.matchAll(/`([^`]+\.test\.ts)`/g)].map((match) => match[1]!);
    return paths.length > 0
      ? paths.map((path): [string, string] => [row, path])
      : [[row, ""] as [string, string]];
  });
}
