/**
 * Checks values as convex-test 0.0.60 does, in its words.
 *
 * Kept on purpose, because suites see them: records are not looked into, a bigint
 * literal never matches (its exported form is compared), null passes for an object until
 * its prototype is asked for, and a field set to undefined counts as present when
 * unexpected fields are looked for.
 */
import {
  convexToJson,
  type JSONValue,
  type ValidatorJSON,
  type Value,
} from "convex/values";
import { isBytesValue, isPlaceholderValue } from "./kinds.js";
import type { TableOf } from "./matchValidator.js";

type Fields = Record<string, Value | undefined>;

/** Null when the value matches, else the message of the error convex-test throws. */
export function checkConvexTestValidator(
  validator: ValidatorJSON,
  value: Value,
  tableOf: TableOf,
): string | null {
  return matches(validator, value, tableOf) ? null : explain(validator, value, tableOf);
}

function matches(
  validator: ValidatorJSON,
  value: Value | undefined,
  tableOf: TableOf,
): boolean {
  switch (validator.type) {
    case "any":
    case "record":
      return true;
    case "null":
      return value === null;
    case "number":
    case "bigint":
    case "boolean":
    case "string":
      return typeof value === validator.type;
    case "commitTs":
      return typeof value === "bigint" || isPlaceholderValue(value);
    case "bytes":
      return isBytesValue(value);
    case "literal":
      return value === validator.value;
    case "id":
      return typeof value === "string" && tableOf(value) === validator.tableName;
    case "array":
      return (
        Array.isArray(value) &&
        value.every((element) => matches(validator.value, element, tableOf))
      );
    case "union":
      return validator.value.some((member) => matches(member, value, tableOf));
    case "object":
      return (
        typeof value === "object" &&
        value !== null &&
        isPlain(value) &&
        matchesFields(validator.value, value as Fields, tableOf)
      );
  }
}

function matchesFields(
  fields: Extract<ValidatorJSON, { type: "object" }>["value"],
  value: Fields,
  tableOf: TableOf,
): boolean {
  for (const name in fields) {
    const { fieldType, optional } = fields[name]!;
    const found = value[name];
    if (found === undefined ? !optional : !matches(fieldType, found, tableOf)) {
      return false;
    }
  }
  for (const name in value) {
    if (fields[name] === undefined) {
      return false;
    }
  }
  return true;
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return (
    prototype === null ||
    prototype === Object.prototype ||
    // Objects of another realm are plain too.
    prototype.constructor?.name === "Object"
  );
}

/** The names convex-test gives to what it expects. */
const EXPECTED: Partial<Record<ValidatorJSON["type"], string>> = {
  id: "string",
  bytes: "ArrayBuffer",
  commitTs: "v.commitTs()",
  array: "Array",
};

function explain(validator: ValidatorJSON, value: Value, tableOf: TableOf): string {
  switch (validator.type) {
    case "literal":
      return expected(text(validator.value), value);
    case "id":
      return typeof value === "string"
        ? `Validator error: Expected ID for table "${validator.tableName}", got \`${value}\``
        : expected("string", value);
    case "array":
      if (Array.isArray(value)) {
        const wrong = value.find((each) => !matches(validator.value, each, tableOf));
        return explain(validator.value, wrong!, tableOf);
      }
      return expected("Array", value);
    case "union": {
      const members = validator.value.map((member) => member.type).join(", ");
      const got = JSON.stringify(convexToJson(value));
      return `Validator error: Expected one of ${members}, got \`${got}\``;
    }
    case "object":
      return explainObject(validator.value, value, tableOf);
    default:
      return expected(EXPECTED[validator.type] ?? validator.type, value);
  }
}

function explainObject(
  fields: Extract<ValidatorJSON, { type: "object" }>["value"],
  value: Value,
  tableOf: TableOf,
): string {
  if (typeof value !== "object") {
    return expected("object", value);
  }
  if (value === null) {
    return "Cannot convert undefined or null to object";
  }
  if (!isPlain(value)) {
    return `Validator error: Expected a plain old JavaScript \`object\`, got \`${text(value)}\``;
  }
  const object = value as Fields;
  for (const [name, { fieldType, optional }] of Object.entries(fields)) {
    const found = object[name];
    if (found === undefined) {
      if (!optional) {
        return `Validator error: Missing required field \`${name}\` in object`;
      }
    } else if (!matches(fieldType, found, tableOf)) {
      return explain(fieldType, found, tableOf);
    }
  }
  const unexpected = Object.keys(object).find((name) => fields[name] === undefined);
  return `Validator error: Unexpected field \`${unexpected}\` in object`;
}

function expected(what: string, value: Value): string {
  return `Validator error: Expected \`${what}\`, got \`${text(value)}\``;
}

/** As a template literal would print it. */
function text(value: Value | JSONValue): string {
  // eslint-disable-next-line @typescript-eslint/no-base-to-string -- convex-test prints it so
  return String(value);
}
