/**
 * Arithmetic and truth in the platform's filters: both operands int64 or both float64,
 * int64 within its range, booleans only where a boolean is due.
 *
 * Source: Expression::eval in convex-backend crates/common/src/query.rs.
 */
import type { Value } from "convex/values";
import { displayValue, typeName } from "../schema/displayValue.js";
import { DeveloperError } from "../values/developerError.js";

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

interface Operation {
  readonly name: string;
  readonly integers: (left: bigint, right: bigint) => bigint;
  readonly floats: (left: number, right: number) => number;
  readonly divides?: boolean;
}

const OPERATIONS: Record<string, Operation> = {
  $add: { name: "add", integers: (l, r) => l + r, floats: (l, r) => l + r },
  $sub: { name: "subtract", integers: (l, r) => l - r, floats: (l, r) => l - r },
  $mul: { name: "multiply", integers: (l, r) => l * r, floats: (l, r) => l * r },
  $div: {
    name: "divide",
    integers: (l, r) => l / r,
    floats: (l, r) => l / r,
    divides: true,
  },
  $mod: {
    name: "mod",
    integers: (l, r) => l % r,
    floats: (l, r) => l % r,
    divides: true,
  },
};

type Binary = (left: Value | undefined, right: Value | undefined) => Value;

export function platformArithmetic(operator: string): Binary | undefined {
  const operation = OPERATIONS[operator];
  if (operation === undefined) {
    return undefined;
  }
  return (left, right) => {
    if (typeof left === "number" && typeof right === "number") {
      return operation.floats(left, right);
    }
    if (typeof left === "bigint" && typeof right === "bigint") {
      return ofIntegers(operation, left, right);
    }
    throw evaluationError(
      `Cannot ${operation.name} ${described(left)} and ${described(right)}`,
    );
  };
}

function ofIntegers(operation: Operation, left: bigint, right: bigint): bigint {
  const { name } = operation;
  if (operation.divides === true && right === 0n) {
    throw evaluationError(`Cannot ${name} ${left} by zero`);
  }
  const result = operation.integers(left, right);
  // The remainder of i64's minimum by -1 overflows as the quotient does.
  const overflows = operation.divides === true && left === INT64_MIN && right === -1n;
  if (overflows || result > INT64_MAX || result < INT64_MIN) {
    const range =
      right === 0n ? "by zero" : `and ${right}: the result is out of range for Int64`;
    throw evaluationError(`Cannot ${name} ${left} ${range}`);
  }
  return result;
}

export function platformNegation(value: Value | undefined): Value {
  if (typeof value === "number") {
    return -value;
  }
  if (typeof value === "bigint") {
    if (value === INT64_MIN) {
      throw evaluationError(
        `Cannot negate ${value}: the result is out of range for Int64`,
      );
    }
    return -value;
  }
  throw evaluationError(`Cannot negate ${described(value)}`);
}

export function platformBoolean(value: Value | undefined): boolean {
  if (typeof value !== "boolean") {
    throw evaluationError(`Cannot use value ${described(value)} as a Boolean`);
  }
  return value;
}

function described(value: Value | undefined): string {
  return `${displayValue(value)} (type ${typeName(value)})`;
}

function evaluationError(message: string): DeveloperError {
  return new DeveloperError("EvalError", message);
}
