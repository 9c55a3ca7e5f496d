/**
 * Who imports whom: what the rules about layers, cycles and purity share.
 *
 * Type imports count too: a layer whose types point upwards cannot be read alone.
 */
import path from "node:path/posix";
import ts from "typescript";

import { visit, resolveLine, type SourceFile } from "../rule.js";

export interface Import {
  specifier: string;
  line: number;
}

/** Our own entry points, as `paths` of tsconfig.json has them. */
const PACKAGE_ENTRIES: Record<string, string> = {
  "convex-executor": "src/client/index.ts",
  "convex-executor/test": "src/test.ts",
  "convex-executor/convex.config": "src/component/convex.config.ts",
  "convex-executor/convex.config.js": "src/component/convex.config.ts",
};

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
  return PACKAGE_ENTRIES[specifier] ?? null;
}
