/**
 * What the platform refuses to store, whatever the schema: documents that are too large,
 * too nested or too wide, and fields that are the system's.
 *
 * Sources in convex-backend: crates/common/src/document.rs, crates/value/src/object.rs and
 * array.rs, crates/convex/sync_types/src/identifier.rs. What the client already refuses
 * when it serializes (characters of field names, values that are none) is not repeated.
 */
import { getDocumentSize, type Value } from "convex/values";
import {
  ARRAY_LENGTH_MAX,
  DOCUMENT_BYTES_MAX,
  DOCUMENT_NESTING_MAX,
  IDENTIFIER_LENGTH_MAX,
  OBJECT_FIELDS_MAX,
  VALUE_NESTING_MAX,
} from "../constants/documentLimits.js";
import { displayValue } from "../schema/displayValue.js";
import { isObject } from "../schema/kinds.js";
import { DeveloperError } from "../values/developerError.js";
import { max } from "../math.js";

export type Fields = Record<string, Value>;

/** Levels of the value, after checking all its arrays and objects. */
export function checkValue(value: Value | undefined): number {
  if (Array.isArray(value)) {
    if (value.length > ARRAY_LENGTH_MAX) {
      throw new DeveloperError(
        "ArrayTooLong",
        `Array length is too long (${value.length} > maximum length ${ARRAY_LENGTH_MAX})`,
      );
    }
    let deepest = 0;
    for (const element of value) {
      deepest = max(deepest, checkValue(element));
    }
    return checkNesting(deepest + 1);
  }
  if (!isObject(value)) {
    return 0;
  }
  let deepest = 0;
  let fieldCount = 0;
  for (const name in value) {
    fieldCount += 1;
    deepest = max(deepest, checkValue(value[name]));
  }
  if (fieldCount > OBJECT_FIELDS_MAX) {
    throw new DeveloperError(
      "TooManyFieldsError",
      `Object has too many fields (${fieldCount} > maximum number ${OBJECT_FIELDS_MAX})`,
    );
  }
  return checkNesting(deepest + 1);
}

function checkNesting(nesting: number): number {
  if (nesting > VALUE_NESTING_MAX) {
    throw new DeveloperError(
      "TooNestedError",
      `Value is too nested (nested ${nesting} levels deep > maximum nesting ` +
        `${VALUE_NESTING_MAX})`,
    );
  }
  return nesting;
}

/** A document as it is about to be stored, without its system fields. */
export function checkDocument(fields: Fields): void {
  const nesting = checkValue(fields);
  const violations: string[] = [];
  if (nesting > DOCUMENT_NESTING_MAX) {
    violations.push(
      `Document is too nested (nested ${nesting} levels deep > maximum nesting ` +
        `${DOCUMENT_NESTING_MAX})`,
    );
  }
  for (const name in fields) {
    if (name.startsWith("_")) {
      violations.push(
        `Field '${name}' starts with an underscore, which is only allowed for system ` +
          "fields like '_id'",
      );
    }
  }
  if (violations.length > 0) {
    throw new DeveloperError(
      "InvalidDocumentError",
      `Document(value: ${displayValue(fields)}) isn't a valid document: ` +
        violations.join("\n "),
    );
  }
}

/** Bytes of the document with its system fields; throws when there are too many. */
export function checkedSize(fields: Fields): number {
  const size = getDocumentSize(fields);
  if (size > DOCUMENT_BYTES_MAX) {
    throw new DeveloperError(
      "ValueTooLargeError",
      `Value is too large (${formatSize(size)} > maximum size ` +
        `${formatSize(DOCUMENT_BYTES_MAX)})`,
    );
  }
  return size;
}

const SIZE_STEP = 1_024;
const SIZE_UNITS = ["B", "KiB", "MiB", "GiB"];

/** Two decimals unless it is a whole number, as the humansize crate prints them. */
function formatSize(bytes: number): string {
  let size = bytes;
  let unit = 0;
  while (size >= SIZE_STEP && unit < SIZE_UNITS.length - 1) {
    size /= SIZE_STEP;
    unit += 1;
  }
  return `${Number.isInteger(size) ? size : size.toFixed(2)} ${SIZE_UNITS[unit]}`;
}

/** What is wrong with a table's name; null: nothing. */
export function identifierProblem(name: string): string | null {
  if (name === "") {
    return "Identifier cannot be empty";
  }
  if (!/^[A-Za-z_]/.test(name)) {
    return (
      `Invalid first character '${name[0]}' in ${name}: Identifiers must start with an ` +
      "alphabetic character or underscore"
    );
  }
  const wrong = /[^A-Za-z0-9_]/.exec(name);
  if (wrong !== null) {
    return (
      `Identifier ${name} has invalid character '${wrong[0]}': Identifiers can only ` +
      "contain alphanumeric characters or underscores"
    );
  }
  if (name.length > IDENTIFIER_LENGTH_MAX) {
    return `Identifier is too long (${name.length} > maximum ${IDENTIFIER_LENGTH_MAX})`;
  }
  return /^_+$/.test(name)
    ? `Identifier ${name} cannot have exclusively underscores`
    : null;
}
