/** Reads a field by its dotted path; undefined where the path leads through no object. */
import type { Value } from "convex/values";
import { isObject } from "../schema/kinds.js";

export type Fields = Readonly<Record<string, Value | undefined>>;

export function fieldReader(path: string): (document: Fields) => Value | undefined {
  const steps = path.split(".");
  if (steps.length === 1) {
    return (document) => (Object.hasOwn(document, path) ? document[path] : undefined);
  }
  return (document) => {
    let value: Value | undefined = document;
    for (const step of steps) {
      if (!isObject(value) || !Object.hasOwn(value, step)) {
        return undefined;
      }
      value = value[step];
    }
    return value;
  };
}
