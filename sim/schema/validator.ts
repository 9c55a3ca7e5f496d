/**
 * Checks Convex values against exported validators, as the platform does.
 *
 * A match allocates nothing (matchValidator.ts); only a failure is described, by walking
 * once more. renderPlatform.ts words it; convexTestValidator.ts is the other checker,
 * whose rules differ.
 */
import type { ValidatorJSON, Value } from "convex/values";
import { isObject, type ConvexObject } from "./kinds.js";
import {
  matches,
  type ObjectValidator,
  type RecordValidator,
  type TableOf,
} from "./matchValidator.js";

export type { TableOf } from "./matchValidator.js";
export type { ValidatorJSON } from "convex/values";

type LiteralValidator = Extract<ValidatorJSON, { type: "literal" }>;

/** Where (`path`, outermost first, as `.field` or `[index]`) and why a value fails. */
export type ValidationFailure = { path: string[] } & (
  | { kind: "wrongTable"; id: string; foundTable: string; table: string }
  | { kind: "literal"; value: Value; literal: LiteralValidator }
  | { kind: "missing"; field: string; object: ConvexObject; validator: ObjectValidator }
  | { kind: "extra"; field: string; object: ConvexObject; validator: ObjectValidator }
  | { kind: "noMatch"; value: Value; validator: ValidatorJSON }
);

/** Null when the value matches, else the failure that the backend would report. */
export function checkValidator(
  validator: ValidatorJSON,
  value: Value,
  tableOf: TableOf,
): ValidationFailure | null {
  if (matches(validator, value, tableOf)) {
    return null;
  }
  const failure = explain(validator, value, tableOf);
  failure.path.reverse();
  return failure;
}

/** The failure of a value known not to match; its path is still innermost first. */
function explain(
  validator: ValidatorJSON,
  value: Value,
  tableOf: TableOf,
): ValidationFailure {
  switch (validator.type) {
    case "id": {
      const foundTable = typeof value === "string" ? tableOf(value) : null;
      return foundTable === null
        ? noMatch(validator, value)
        : {
            kind: "wrongTable",
            id: value as string,
            foundTable,
            table: validator.tableName,
            path: [],
          };
    }
    case "literal":
      return { kind: "literal", value, literal: validator, path: [] };
    case "array": {
      const elements = Array.isArray(value) ? value : [];
      const index = elements.findIndex(
        (each) => !matches(validator.value, each, tableOf),
      );
      return index < 0
        ? noMatch(validator, value)
        : below(`[${index}]`, explain(validator.value, elements[index]!, tableOf));
    }
    case "record":
      return isObject(value)
        ? explainRecord(validator, value, tableOf)
        : noMatch(validator, value);
    case "object":
      return isObject(value)
        ? explainObject(validator, value, tableOf)
        : noMatch(validator, value);
    case "union":
      // With several members the backend drops what each of them said.
      return validator.value.length === 1
        ? explain(validator.value[0]!, value, tableOf)
        : noMatch(validator, value);
    default:
      return noMatch(validator, value);
  }
}

function explainRecord(
  validator: RecordValidator,
  value: ConvexObject,
  tableOf: TableOf,
): ValidationFailure {
  for (const key of Object.keys(value).sort()) {
    if (!matches(validator.keys, key, tableOf)) {
      return below(".keys()", explain(validator.keys, key, tableOf));
    }
    const found = value[key];
    const { fieldType } = validator.values;
    if (found !== undefined && !matches(fieldType, found, tableOf)) {
      return below(".values()", explain(fieldType, found, tableOf));
    }
  }
  return noMatch(validator, value);
}

/** Fields come in name order, as the backend keeps objects and validators sorted. */
function explainObject(
  validator: ObjectValidator,
  object: ConvexObject,
  tableOf: TableOf,
): ValidationFailure {
  for (const name of Object.keys(validator.value).sort()) {
    const { fieldType, optional } = validator.value[name]!;
    const found = object[name];
    if (found === undefined) {
      if (!optional) {
        return { kind: "missing", field: name, object, validator, path: [] };
      }
    } else if (!matches(fieldType, found, tableOf)) {
      return below(`.${name}`, explain(fieldType, found, tableOf));
    }
  }
  const extra = Object.keys(object)
    .sort()
    .find((name) => object[name] !== undefined && !Object.hasOwn(validator.value, name));
  return extra === undefined
    ? noMatch(validator, object)
    : { kind: "extra", field: extra, object, validator, path: [] };
}

function noMatch(
  validator: ValidatorJSON,
  value: Value | ConvexObject,
): ValidationFailure {
  return { kind: "noMatch", value: value, validator, path: [] };
}

function below(step: string, failure: ValidationFailure): ValidationFailure {
  failure.path.push(step);
  return failure;
}
