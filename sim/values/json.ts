/**
 * Values out of JSON and back, as `convex/values` does it, for the millions that a run has:
 * without a copy on the way in, and without a list of entries for each object.
 *
 * J1. The result and the errors are those of the package: whatever is not plain goes to it.
 */
import { convexToJson, jsonToConvex, type JSONValue, type Value } from "convex/values";
import { FIELD_NAMES_MAX } from "../constants/fieldNames.js";

type Fields = Record<string, Value | undefined>;

/** Names of fields that are known to be allowed. */
const allowedNames = new Set<string>();

/**
 * What the JSON stands for: as `jsonToConvex`, but it takes the JSON over, and changes it. For
 * what has just been parsed.
 */
export function takeJson(json: JSONValue): Value {
  if (typeof json !== "object" || json === null) return json;
  if (Array.isArray(json)) {
    for (let index = 0; index < json.length; index += 1) {
      const element = json[index]!;
      if (typeof element === "object" && element !== null)
        (json as Value[])[index] = takeJson(element);
    }
    return json;
  }
  // Before any field is changed: the package has to see it as it was.
  for (const name in json) if (!isAllowed(name)) return jsonToConvex(json);
  for (const name in json) {
    const field = json[name]!;
    if (typeof field === "object" && field !== null)
      (json as Record<string, Value>)[name] = takeJson(field);
  }
  return json;
}

/** False for what is reserved, forbidden or special. */
function isAllowed(name: string): boolean {
  if (allowedNames.has(name)) return true;
  if (name.startsWith("$") || name === "__proto__") return false;
  try {
    jsonToConvex({ [name]: null });
  } catch {
    return false;
  }
  if (allowedNames.size >= FIELD_NAMES_MAX) allowedNames.clear();
  allowedNames.add(name);
  return true;
}

/** The JSON text of a value, as of what `convexToJson` makes of it. */
export function writeJson(value: Value): string {
  try {
    return JSON.stringify(sortFields(value));
  } catch {
    // No value after all. The package says where in it.
    return JSON.stringify(convexToJson(value));
  }
}

/** A copy with its fields in order, and what has no JSON in the package's form. */
function sortFields(value: Value): JSONValue {
  if (typeof value === "string" || typeof value === "boolean" || value === null)
    return value;
  if (typeof value === "number" && isOrdinary(value)) return value;
  if (Array.isArray(value)) return value.map(sortFields);
  if (typeof value !== "object" || !isPlain(value)) return convexToJson(value);
  const sorted: Record<string, JSONValue> = {};
  for (const name of Object.keys(value).sort()) {
    const field = (value as Fields)[name];
    if (field !== undefined) sorted[name] = sortFields(field);
  }
  return sorted;
}

/** What JSON has as it is. */
function isOrdinary(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
