/**
 * Who imports whom: what the rules about layers, cycles and purity share.
 *
 * Type imports count too: a layer whose types point upwards cannot be read alone.
 */
import path from "node:path/posix";
import ts from "typescript";

import tsconfig from "../../../tsconfig.json" with { type: "json" };
import { visit, resolveLine, type SourceFile } from "../rule.js";

export interface Import {
  specifier: string;
  line: number;
}

/** Our own entry points: the file that each name of the package leads to. */
export const packageEntries: ReadonlyMap<string, string> = new Map(
  Object.entries(tsconfig.compilerOptions.paths).map(([name, targets]) => [
    name,
    path.normalize(targets[0] ?? ""),
  ]),
);

/** Lists what a file imports or re-exports, dynamic imports and import types included. */
export function listImports(file: SourceFile): Import[] {
  const imports: Import[] = [];
  visit(file, (node) => {
    const specifier = resolveSpecifier(node);
    if (specifier !== undefined && ts.isStringLiteralLike(specifier)) {
      imports.push({ specifier: specifier.text, line: resolveLine(node) });
    }
  });
  return imports;
}

function resolveSpecifier(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    return node.moduleSpecifier;
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return node.argument.literal;
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return node.arguments[0];
  }
  return undefined;
}

/** The path within the project that an import names, or null for a package. */
export function resolveImport(from: string, specifier: string): string | null {
  if (specifier.startsWith(".")) {
    const target = path.join(path.dirname(from), specifier);
    return target.replace(/\.js$/, ".ts");
  }
  return packageEntries.get(specifier) ?? null;
}
