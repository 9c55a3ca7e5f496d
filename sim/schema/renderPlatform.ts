/**
 * Words a validation failure as the backend words it.
 *
 * Source: ValidationError and the Display of Validator in convex-backend
 * crates/common/src/schemas/validator.rs; the prefixes from
 * crates/udf/src/validation.rs, crates/model/src/modules/function_validators.rs and
 * crates/common/src/schemas/mod.rs.
 */
import { type JSONValue } from "convex/values";
import { displayFloat, displayValue } from "./displayValue.js";
import type { ValidationFailure, ValidatorJSON } from "./validator.js";

export function renderArgumentFailure(failure: ValidationFailure): string {
  return `ArgumentValidationError: ${renderPlatform(failure)}`;
}

export function renderReturnsFailure(failure: ValidationFailure): string {
  return `ReturnsValidationError: ${renderPlatform(failure)}`;
}

export function renderDocumentFailure(table: string, failure: ValidationFailure): string {
  return (
    `Failed to insert or update a document in table "${table}" because it does not ` +
    `match the schema: ${renderPlatform(failure)}`
  );
}

export function renderPlatform(failure: ValidationFailure): string {
  const path = failure.path.length === 0 ? "" : `Path: ${failure.path.join("")}`;
  switch (failure.kind) {
    case "wrongTable": {
      const from = failure.foundTable.startsWith("_")
        ? "a system table"
        : `table \`${failure.foundTable}\``;
      return (
        `Found ID "${failure.id}" from ${from}, which does not match the table name ` +
        `in validator \`v.id("${failure.table}")\`.${path}`
      );
    }
    case "literal":
      return (
        `\`${displayValue(failure.value)}\` does not match literal validator ` +
        `\`${displayValidator(failure.literal)}\`.${path}`
      );
    case "missing":
      return (
        `Object is missing the required field \`${failure.field}\`. Consider wrapping the ` +
        `field validator in \`v.optional(...)\` if this is expected.\n${path}\n` +
        `Object: ${displayValue(failure.object)}\n` +
        `Validator: ${displayValidator(failure.validator)}`
      );
    case "extra":
      return (
        `Object contains extra field \`${failure.field}\` that is not in the validator.\n` +
        `${path}\nObject: ${displayValue(failure.object)}\n` +
        `Validator: ${displayValidator(failure.validator)}`
      );
    case "noMatch":
      return (
        `Value does not match validator.\n${path}\n` +
        `Value: ${displayValue(failure.value)}\n` +
        `Validator: ${displayValidator(failure.validator)}`
      );
  }
}

/** The validator as source text, fields in name order. */
function displayValidator(validator: ValidatorJSON): string {
  switch (validator.type) {
    case "id":
      return `v.id("${validator.tableName}")`;
    case "number":
      return "v.float64()";
    case "bigint":
      return "v.int64()";
    case "literal":
      return `v.literal(${displayLiteral(validator.value)})`;
    case "array":
      return `v.array(${displayValidator(validator.value)})`;
    case "record":
      return `v.record(${displayValidator(validator.keys)}, ${displayValidator(validator.values.fieldType)})`;
    case "union":
      return `v.union(${validator.value.map(displayValidator).join(", ")})`;
    case "object": {
      const fields = Object.keys(validator.value)
        .sort()
        .map((name) => `${name}: ${displayField(validator.value[name]!)}`);
      return `v.object({${fields.join(", ")}})`;
    }
    default:
      return `v.${validator.type}()`;
  }
}

function displayField(field: { fieldType: ValidatorJSON; optional: boolean }): string {
  const type = displayValidator(field.fieldType);
  return field.optional ? `v.optional(${type})` : type;
}

function displayLiteral(literal: JSONValue): string {
  if (typeof literal === "number") {
    return displayFloat(literal);
  }
  if (typeof literal === "object" && literal !== null) {
    return "$integer" in literal ? "<bigint>" : "<number>";
  }
  return JSON.stringify(literal);
}
