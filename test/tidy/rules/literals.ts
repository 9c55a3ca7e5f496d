/**
 * Limits, sizes and durations stand in src/shared/constants.ts, with a name and a reason.
 *
 * A number in shipped code is a limit when either holds:
 * 1. It is not a whole number from 0 to 16. Small ones are arithmetic, indices and radices;
 *    100, 0.5 and 1_000 were chosen by somebody. Hexadecimal is exempt: masks and hash
 *    constants are written so, limits never.
 * 2. It is 2 to 16 and is given to, compared with or the default of a name that says what is
 *    limited: its last word is a unit or a bound (`delayMs: 5`, `attempts >= 3`).
 */
import ts from "typescript";

import { defineFileRule, isShipped, resolveLine, visit } from "../rule.js";

const CONSTANTS_FILE = /^src\/shared\/constants(\.ts$|\/)/;
const PLAIN_INTEGER_MAX = 16;
const LIMIT_NAME =
  /(^|[a-z_])(ms|seconds|minutes|hours|bytes|kib|mib|max|min|limit|size|count|attempts|depth|capacity|concurrency|slots)$/i;

export const literals = defineFileRule({
  name: "limits in constants",
  appliesTo: (path) => isShipped(path) && !CONSTANTS_FILE.test(path),
  checkFile: (file) => {
    const findings: { line: number; message: string }[] = [];
    visit(file, (node) => {
      if (isNumber(node) && isLimit(node)) {
        const message = `${node.getText()}: name it in src/shared/constants.ts`;
        findings.push({ line: resolveLine(node), message });
      }
    });
    return findings;
  },
});

function isNumber(node: ts.Node): boolean {
  const isLiteral = ts.isNumericLiteral(node) || ts.isBigIntLiteral(node);
  // `1` in the type `Tuple[1]` or `0 | 1` is a name, not a quantity.
  return isLiteral && !ts.isLiteralTypeNode(node.parent);
}

function isLimit(node: ts.Node): boolean {
  const text = node.getText().replace(/_/g, "").replace(/n$/, "");
  if (/^0x/i.test(text)) {
    return false;
  }
  const value = Number(text);
  if (!Number.isInteger(value) || value > PLAIN_INTEGER_MAX) {
    return true;
  }
  return value > 1 && resolveNames(node).some((name) => LIMIT_NAME.test(name));
}

const COMPARISONS = new Set<ts.SyntaxKind>([
  ts.SyntaxKind.LessThanToken,
  ts.SyntaxKind.LessThanEqualsToken,
  ts.SyntaxKind.GreaterThanToken,
  ts.SyntaxKind.GreaterThanEqualsToken,
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.EqualsToken,
  ts.SyntaxKind.QuestionQuestionToken,
]);

/** The names that a number is given to, compared with or the default of. */
function resolveNames(node: ts.Node): string[] {
  const { parent } = node;
  if (ts.isBinaryExpression(parent) && COMPARISONS.has(parent.operatorToken.kind)) {
    const other = parent.left === node ? parent.right : parent.left;
    // `const delayMs = options.delay ?? 5`: the default is given to delayMs.
    return [resolveLastName(other), ...resolveNames(parent)];
  }
  if (
    ts.isVariableDeclaration(parent) ||
    ts.isPropertyAssignment(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isParameter(parent) ||
    ts.isBindingElement(parent)
  ) {
    return [resolveLastName(parent.name)];
  }
  return [];
}

function resolveLastName(node: ts.Node): string {
  return /(\w+)\W*$/.exec(node.getText())?.[1] ?? "";
}
