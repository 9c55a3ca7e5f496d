/**
 * Logging goes through one place, whose levels a deployment sets and whose lines a test can
 * record. The linter forbids `console` as well, but can be silenced in a line.
 */
import ts from "typescript";

import { defineFileRule, isShipped, resolveLine, visit } from "../rule.js";

const LOGGING_FILE = /(^|\/)logging\.ts$/;

export const consoleUse = defineFileRule({
  name: "console use",
  appliesTo: (path) => isShipped(path) && !LOGGING_FILE.test(path),
  checkFile: (file) => {
    const findings: { line: number; message: string }[] = [];
    visit(file, (node) => {
      if (
        ts.isPropertyAccessExpression(node) &&
        node.expression.getText() === "console"
      ) {
        const message = `${node.getText()}: log through ctx.log (logging.ts)`;
        findings.push({ line: resolveLine(node), message });
      }
    });
    return findings;
  },
});
