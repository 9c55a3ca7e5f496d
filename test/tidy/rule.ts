/**
 * What a house rule is: a pure function from source files to findings.
 *
 * Owns: the types, and the small reading of syntax trees that rules share. Rules read no
 * files, so that each can be shown to fail on a snippet.
 */
import ts from "typescript";

/** A file of the project, by its path from the root, with forward slashes. */
export interface SourceFile {
  path: string;
  text: string;
}

export interface Finding {
  path: string;
  /** Counted from 1. */
  line: number;
  message: string;
}

export interface Rule {
  /** The key under which exceptions are listed. */
  name: string;
  /** Sees all files at once, since some rules are about how files relate. */
  check(files: readonly SourceFile[]): Finding[];
}

/** Makes a rule of a check that looks at one file at a time. */
export function defineFileRule(options: {
  name: string;
  appliesTo: (path: string) => boolean;
  checkFile: (file: SourceFile) => Omit<Finding, "path">[];
}): Rule {
  return {
    name: options.name,
    check: (files) =>
      files
        .filter((file) => options.appliesTo(file.path))
        .flatMap((file) =>
          options.checkFile(file).map((finding) => ({ path: file.path, ...finding })),
        ),
  };
}

export function isCode(path: string): boolean {
  return /\.(ts|tsx|js|mjs)$/.test(path);
}

export function isTest(path: string): boolean {
  return path.endsWith(".test.ts");
}

/** Whether a path is shipped code: under src, and not a test. */
export function isShipped(path: string): boolean {
  return path.startsWith("src/") && isCode(path) && !isTest(path);
}

const trees = new WeakMap<SourceFile, ts.SourceFile>();

/** Parses a file, once. */
function parse(file: SourceFile): ts.SourceFile {
  let tree = trees.get(file);
  if (tree === undefined) {
    tree = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, true);
    trees.set(file, tree);
  }
  return tree;
}

/** Visits every node of a file, parents first. */
export function visit(file: SourceFile, visitor: (node: ts.Node) => void): void {
  const walk = (node: ts.Node): void => {
    visitor(node);
    ts.forEachChild(node, walk);
  };
  walk(parse(file));
}

/** The line of a node's first token, counted from 1. */
export function resolveLine(node: ts.Node): number {
  const tree = node.getSourceFile();
  return tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
}

/** Finds every line that a pattern matches. */
export function matchLines(
  file: SourceFile,
  pattern: RegExp,
  message: (match: string) => string,
): Omit<Finding, "path">[] {
  return file.text.split("\n").flatMap((text, index) => {
    const match = pattern.exec(text);
    return match === null ? [] : [{ line: index + 1, message: message(match[0]) }];
  });
}
