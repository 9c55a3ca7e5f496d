/**
 * Whether a Convex value matches an exported validator, by the platform's rules.
 *
 * Allocates nothing: every write and every call passes here. What a mismatch is, and how
 * it is worded, is validator.ts's business.
 *
 * A pending commit timestamp passes for the int64 it will become, as the backend checks
 * the view before the commit.
 */
import {
  jsonToConvex,
  type JSONValue,
  type ValidatorJSON,
  type Value,
} from "convex/values";
import { PENDING_COMMIT_TS } from "./displayValue.js";
import {
  isBytesValue,
  isObject,
  isPlaceholderValue,
  type ConvexObject,
} from "./kinds.js";

/** Name of the table an id belongs to in the validating namespace; null: not an id. */
export type TableOf = (id: string) => string | null;

export type ObjectValidator = Extract<ValidatorJSON, { type: "object" }>;
export type RecordValidator = Extract<ValidatorJSON, { type: "record" }>;

export function matches(
  validator: ValidatorJSON,
  value: Value | undefined,
  tableOf: TableOf,
): boolean {
  switch (validator.type) {
    case "any":
      return true;
    case "null":
      return value === null;
    case "number":
      return typeof value === "number";
    case "bigint":
    case "commitTs":
      return typeof value === "bigint" || isPlaceholderValue(value);
    case "boolean":
      return typeof value === "boolean";
    case "string":
      return typeof value === "string";
    case "bytes":
      return isBytesValue(value);
    case "literal":
      return matchesLiteral(validator.value, value);
    case "id":
      return typeof value === "string" && tableOf(value) === validator.tableName;
    case "array":
      return Array.isArray(value) && matchesAll(validator.value, value, tableOf);
    case "record":
      return isObject(value) && matchesRecord(validator, value, tableOf);
    case "object":
      return isObject(value) && matchesObject(validator, value, tableOf);
    case "union":
      for (const member of validator.value) {
        if (matches(member, value, tableOf)) {
          return true;
        }
      }
      return false;
  }
}

function matchesLiteral(literal: JSONValue, value: Value | undefined): boolean {
  if (typeof literal !== "object") {
    // Object.is as the backend compares floats bit by bit: 0 is not -0.
    return Object.is(literal, value);
  }
  const expected = jsonToConvex(literal);
  return Object.is(expected, isPlaceholderValue(value) ? PENDING_COMMIT_TS : value);
}

function matchesAll(element: ValidatorJSON, values: Value[], tableOf: TableOf): boolean {
  for (const value of values) {
    if (!matches(element, value, tableOf)) {
      return false;
    }
  }
  return true;
}

function matchesRecord(
  validator: RecordValidator,
  value: ConvexObject,
  tableOf: TableOf,
): boolean {
  for (const key in value) {
    if (
      value[key] !== undefined &&
      !(
        matches(validator.keys, key, tableOf) &&
        matches(validator.values.fieldType, value[key], tableOf)
      )
    ) {
      return false;
    }
  }
  return true;
}

function matchesObject(
  { value: fields }: ObjectValidator,
  value: ConvexObject,
  tableOf: TableOf,
): boolean {
  for (const name in fields) {
    const field = fields[name]!;
    const found = value[name];
    if (
      found === undefined ? !field.optional : !matches(field.fieldType, found, tableOf)
    ) {
      return false;
    }
  }
  for (const name in value) {
    if (value[name] !== undefined && !Object.hasOwn(fields, name)) {
      return false;
    }
  }
  return true;
}
