/**
 * Compiles the filter expressions a query sends into functions of a document.
 *
 * Two dialects. "platform" orders values as indexes do, wants operands of one numeric
 * type and booleans where booleans are due (convex-backend crates/common/src/query.rs).
 * "convexTest" compares with JavaScript's operators and takes what is truthy, as
 * convex-test 0.0.60 does; it knows no `$neg`.
 *
 * Documents must be handed in as the transaction sees them: pending commit timestamps
 * resolved ({@link resolvePending}).
 */
import { jsonToConvex, type JSONValue, type Value } from "convex/values";
import { DeveloperError } from "../values/developerError.js";
import { compare, resolvePending } from "./compare.js";
import { fieldReader, type Fields } from "./fields.js";
import { platformArithmetic, platformBoolean, platformNegation } from "./arithmetic.js";

export type Ordering = "platform" | "convexTest";
export type Predicate = (document: Fields) => boolean;
type Evaluation = (document: Fields) => Value | undefined;
type Expression = Record<string, JSONValue | undefined>;

/** The filter as a predicate; throws where evaluating it on the platform would throw. */
export function compileFilter(expression: JSONValue, ordering: Ordering): Predicate {
  const evaluate = compile(expression as Expression, ordering);
  if (ordering === "platform") {
    return (document) => platformBoolean(evaluate(document));
  }
  return (document) => Boolean(evaluate(document));
}

export function evaluateFilter(
  document: Fields,
  expression: JSONValue,
  ordering: Ordering,
): Value | undefined {
  return compile(expression as Expression, ordering)(document);
}

/** A bound or literal of a query: `{$undefined: null}` is undefined, placeholders count as int64. */
export function queryValue(json: JSONValue): Value | undefined {
  if (typeof json === "object" && json !== null && "$undefined" in json) {
    return undefined;
  }
  return resolvePending(jsonToConvex(json));
}

const COMPARISONS: Record<string, (order: number) => boolean> = {
  $eq: (order) => order === 0,
  $neq: (order) => order !== 0,
  $gt: (order) => order > 0,
  $gte: (order) => order >= 0,
  $lt: (order) => order < 0,
  $lte: (order) => order <= 0,
};

/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-return --
   JavaScript's operators on whatever the operands are is the rule here. */
type Operator = (left: any, right: any) => any;

const JAVASCRIPT: Record<string, Operator> = {
  $gt: (left, right) => left > right,
  $gte: (left, right) => left >= right,
  $lt: (left, right) => left < right,
  $lte: (left, right) => left <= right,
  $add: (left, right) => left + right,
  $sub: (left, right) => left - right,
  $mul: (left, right) => left * right,
  $div: (left, right) => left / right,
  $mod: (left, right) => left % right,
};
/* eslint-enable */

function compile(expression: Expression, ordering: Ordering): Evaluation {
  const operator =
    Object.keys(expression).find((key) => expression[key] !== undefined) ?? "";
  const operand = expression[operator];
  switch (operator) {
    case "$field":
      return fieldReader(operand as string);
    case "$literal": {
      const value = queryValue(operand!);
      return () => value;
    }
    case "$and":
    case "$or":
      return compileJunction(operator, operand as JSONValue[], ordering);
    case "$not": {
      const inner = compileFilter(operand!, ordering);
      return (document) => !inner(document);
    }
    case "$neg":
      if (ordering === "platform") {
        const inner = compile(operand as Expression, ordering);
        return (document) => platformNegation(inner(document));
      }
      break;
    default:
      break;
  }
  const binary = binaryOperator(operator, ordering);
  if (binary === undefined) {
    return unknownExpression(expression, ordering);
  }
  const [leftJson, rightJson] = operand as [Expression, Expression];
  const left = compile(leftJson, ordering);
  const right = compile(rightJson, ordering);
  return (document) => binary(left(document), right(document));
}

/** convex-test finds out when there is a document to evaluate it on. */
function unknownExpression(expression: Expression, ordering: Ordering): Evaluation {
  const json = JSON.stringify(expression);
  if (ordering === "platform") {
    throw new DeveloperError("InvalidArgument", `Unknown filter expression: ${json}`);
  }
  return () => {
    throw new Error(`not implemented: ${json}`);
  };
}

function compileJunction(
  operator: "$and" | "$or",
  operands: JSONValue[],
  ordering: Ordering,
): Evaluation {
  const members = operands.map((member) => compileFilter(member, ordering));
  return operator === "$and"
    ? (document) => members.every((member) => member(document))
    : (document) => members.some((member) => member(document));
}

type Binary = (left: Value | undefined, right: Value | undefined) => Value | undefined;

function binaryOperator(operator: string, ordering: Ordering): Binary | undefined {
  const comparison = COMPARISONS[operator];
  const isEquality = operator === "$eq" || operator === "$neq";
  if (comparison !== undefined && (ordering === "platform" || isEquality)) {
    return (left, right) => comparison(compare(left, right));
  }
  if (ordering === "convexTest") {
    return JAVASCRIPT[operator] as Binary | undefined;
  }
  return platformArithmetic(operator);
}
