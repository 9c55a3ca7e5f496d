/**
 * The database indexes of a table, and the keys a document has in them.
 *
 * Every key ends in `_creationTime` and `_id`, so it is unique; `by_id` is the id alone.
 * A layout is never changed: a deploy that changes anything of the table makes a new one.
 */
import type { Value } from "convex/values";

import { encodeKey, encodeStringKey } from "./keys.js";

const BY_ID = "by_id";
const BY_CREATION_TIME = "by_creation_time";

/** Places of the system indexes; those of the schema follow. */
export const BY_ID_PLACE = 0;

export interface IndexFields {
  readonly name: string;
  readonly fields: readonly string[];
}

export class IndexLayout {
  readonly indexes: readonly IndexFields[];
  readonly #places: ReadonlyMap<string, number>;
  readonly #paths: readonly (readonly (readonly string[])[])[];

  constructor(declared: readonly IndexFields[]) {
    this.indexes = [
      { name: BY_ID, fields: ["_id"] },
      { name: BY_CREATION_TIME, fields: ["_creationTime", "_id"] },
      ...declared.map(({ name, fields }) => ({
        name,
        fields: [...fields, "_creationTime", "_id"],
      })),
    ];
    this.#places = new Map(this.indexes.map(({ name }, place) => [name, place]));
    this.#paths = this.indexes.map(({ fields }) => fields.map((path) => path.split(".")));
  }

  /** Undefined when there is no index of that name. */
  placeOf(name: string): number | undefined {
    return this.#places.get(name);
  }

  keyOf(place: number, value: Record<string, Value>): string {
    if (place === BY_ID_PLACE) {
      return encodeStringKey(value._id as string);
    }
    return encodeKey(this.#paths[place]!.map((path) => readPath(value, path)));
  }
}

/** A field on the way that is missing, or is no object, leaves the value undefined. */
function readPath(
  value: Record<string, Value>,
  path: readonly string[],
): Value | undefined {
  let found: Value | undefined = value[path[0]!];
  for (let depth = 1; depth < path.length; depth++) {
    if (
      typeof found !== "object" ||
      found === null ||
      !Object.hasOwn(found, path[depth]!)
    ) {
      return undefined;
    }
    found = (found as Record<string, Value>)[path[depth]!];
  }
  return found;
}
