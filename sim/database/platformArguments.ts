/**
 * Arguments of the platform's database calls, and what is said of wrong ones.
 *
 * Source: with_argument_error and its uses in convex-backend crates/isolate/src/environment.
 * Where the backend tells in detail why an id does not decode, this names its length only.
 */
import type { JSONValue, Value } from "convex/values";
import { isObject } from "../schema/kinds.js";
import { DeveloperError } from "../values/developerError.js";
import { decodeTableNumber } from "../values/ids.js";
import { takeJson } from "../values/json.js";
import { checkValue, type Fields } from "./documentChecks.js";
import type { Frame } from "./profile.js";

/** An id with its table, which is null when this namespace has none of that number. */
export function resolveId(
  frame: Frame,
  method: string,
  id: JSONValue,
): { id: string; table: string | null } {
  if (typeof id !== "string") {
    const problem = `invalid type: ${JSON.stringify(id)}, expected a string`;
    throw new DeveloperError(
      "InvalidArgument",
      `Invalid arguments for \`${method}\`: ${problem}`,
    );
  }
  const table = frame.tableOf(id);
  if (table === null && decodeTableNumber(id) === null) {
    const problem = `Unable to decode ID: Invalid ID length ${id.length}`;
    throw invalidArgument(method, "id", problem);
  }
  return { id, table };
}

export function checkTable(
  method: string,
  expected: string | undefined,
  actual: string,
): void {
  if (expected !== undefined && expected !== actual) {
    throw invalidArgument(
      method,
      "id",
      `expected to be an Id<"${expected}">, got Id<"${actual}"> instead.`,
    );
  }
}

export function guardSystemTable(table: string, expectsSystem: boolean): void {
  if (table.startsWith("_") !== expectsSystem) {
    throw new DeveloperError(
      "SystemTableError",
      expectsSystem
        ? "User tables cannot be accessed with db.system."
        : "System tables can only be accessed with db.system.",
    );
  }
}

export function objectArgument(method: string, json: JSONValue): Fields {
  const value = argumentValue(method, json);
  if (!isObject(value)) {
    throw invalidArgument(method, "value", "Value must be an Object");
  }
  return value as Fields;
}

/** A patch: fields that are undefined are to be removed. */
export function patchArgument(json: JSONValue): Record<string, Value | undefined> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw invalidArgument("db.patch", "value", "Value must be an Object");
  }
  const changes: Record<string, Value | undefined> = {};
  for (const name in json) {
    const field = json[name]!;
    changes[name] = isUndefined(field) ? undefined : argumentValue("db.patch", field);
  }
  return changes;
}

function isUndefined(json: JSONValue): boolean {
  return typeof json === "object" && json !== null && "$undefined" in json;
}

/** The JSON was parsed for this call, and is taken over. */
function argumentValue(method: string, json: JSONValue): Value {
  try {
    const value = takeJson(json);
    checkValue(value);
    return value;
  } catch (error) {
    throw invalidArgument(method, "value", (error as Error).message);
  }
}

export function invalidArgument(
  method: string,
  name: string,
  problem: string,
): DeveloperError {
  return new DeveloperError(
    "InvalidArgument",
    `Invalid argument \`${name}\` for \`${method}\`: ${problem}`,
  );
}
