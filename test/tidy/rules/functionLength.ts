/**
 * Functions fit on a screen. Counted from the first line of the signature to the closing
 * brace, for anything with a body in braces: functions, methods, accessors, closures.
 *
 * The callback of a test suite's `describe` is a list of tests, not a function to follow.
 */
import ts from "typescript";

import { defineFileRule, isCode, isTest, resolveLine, visit } from "../rule.js";

const FUNCTION_LINES_MAX = 70;

export const functionLength = defineFileRule({
  name: "function length",
  appliesTo: isCode,
  checkFile: (file) => {
    const findings: { line: number; message: string }[] = [];
    visit(file, (node) => {
      if (!isFunctionWithBody(node) || (isTest(file.path) && isSuite(node))) {
        return;
      }
      const tree = node.getSourceFile();
      const line = resolveLine(node);
      const lines = tree.getLineAndCharacterOfPosition(node.end).line + 2 - line;
      if (lines > FUNCTION_LINES_MAX) {
        findings.push({ line, message: `${lines} lines, at most ${FUNCTION_LINES_MAX}` });
      }
    });
    return findings;
  },
});

function isFunctionWithBody(node: ts.Node): boolean {
  return (
    ts.isFunctionLike(node) &&
    "body" in node &&
    node.body !== undefined &&
    ts.isBlock(node.body)
  );
}

function isSuite(node: ts.Node): boolean {
  return (
    ts.isCallExpression(node.parent) &&
    /^describe\b/.test(node.parent.expression.getText())
  );
}
