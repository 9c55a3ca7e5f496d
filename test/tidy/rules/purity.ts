/**
 * Decisions in src/shared are functions of their arguments: no clock, no chance, no Convex,
 * no Node. Only so can the simulation and the tests give them any time and any order.
 */
import ts from "typescript";

import { defineFileRule, isShipped, resolveLine, visit } from "../rule.js";
import { listImports } from "./imports.js";

const IMPURE_MEMBER =
  /^(globalThis\.)?(Date\.now|Math\.random|performance\.\w+|crypto\.\w+)$/;
const IMPURE_CALL = /^(setTimeout|setInterval|fetch)$/;
const IMPURE_IMPORT = /^node:|^convex\/(server|browser|react)|_generated/;

export const purity = defineFileRule({
  name: "purity of src/shared",
  appliesTo: (path) => path.startsWith("src/shared/") && isShipped(path),
  checkFile: (file) => {
    const findings = listImports(file)
      .filter(({ specifier }) => IMPURE_IMPORT.test(specifier))
      .map(({ specifier, line }) => ({ line, message: `imports "${specifier}"` }));
    visit(file, (node) => {
      if (isImpure(node)) {
        const message = `${node.getText()}: pass it in as an argument`;
        findings.push({ line: resolveLine(node), message });
      }
    });
    return findings;
  },
});

function isImpure(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) {
    return IMPURE_MEMBER.test(node.getText());
  }
  if (ts.isCallExpression(node)) {
    return IMPURE_CALL.test(node.expression.getText());
  }
  // `new Date(ms)` is a conversion; without arguments it reads the clock.
  return (
    ts.isNewExpression(node) &&
    node.expression.getText() === "Date" &&
    (node.arguments ?? []).length === 0
  );
}
