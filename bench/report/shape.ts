/**
 * Shapes of JSON: what a value has to be, and an error that says where it is not.
 *
 * Fields that a shape does not name are let through: files may be newer than their reader.
 */

/** Checks a value and returns it as what it is; `path` is where it stands in the file. */
export type Shape<T> = (value: unknown, path: string) => T;

/** A value is not what it has to be. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";
}

export const text: Shape<string> = (value, path) =>
  typeof value === "string" ? value : fail(path, "text", value);

export const number: Shape<number> = (value, path) =>
  typeof value === "number" ? value : fail(path, "a number", value);

/** JSON has no NaN and no infinity, and writes null for them: what could not be computed. */
export const numberOrNaN: Shape<number> = (value, path) =>
  value === null ? NaN : number(value, path);

export const flag: Shape<boolean> = (value, path) =>
  typeof value === "boolean" ? value : fail(path, "true or false", value);

export function oneOf<const T extends string | number>(...known: readonly T[]): Shape<T> {
  const expected = known.map((one) => JSON.stringify(one)).join(" or ");
  return (value, path) =>
    known.includes(value as T) ? (value as T) : fail(path, expected, value);
}

export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return (value, path) => (value === null ? null : shape(value, path));
}

/** What a file that was written before there was such a field stands for. */
export function added<T>(shape: Shape<T>, earlier: T): Shape<T> {
  return (value, path) => (value === undefined ? earlier : shape(value, path));
}

export function list<T>(shape: Shape<T>): Shape<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) return fail(path, "a list", value);
    return value.map((item, index) => shape(item, `${path}[${index}]`));
  };
}

/** A list of at least one. */
export function someOf<T>(shape: Shape<T>): Shape<readonly T[]> {
  const many = list(shape);
  return (value, path) => {
    const items = many(value, path);
    return items.length > 0 ? items : fail(path, "a list of at least one", value);
  };
}

export const triple: Shape<readonly [number, number, number]> = (value, path) => {
  const [a, b, c, ...rest] = list(number)(value, path);
  if (a === undefined || b === undefined || c === undefined || rest.length > 0) {
    return fail(path, "three numbers", value);
  }
  return [a, b, c];
};

export function record<T>(shape: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return (value, path) => {
    const entries = Object.entries(readObject(value, path));
    return Object.fromEntries(
      entries.map(([key, one]) => [key, shape(one, `${path}.${key}`)]),
    );
  };
}

/** An object of which every field has its shape; other fields are kept out. */
export function object<T extends object>(fields: {
  readonly [K in keyof T]-?: Shape<T[K]>;
}): Shape<T> {
  return (value, path) => {
    const source = readObject(value, path);
    const entries = Object.entries<Shape<unknown>>(fields);
    const prefix = path === "" ? "" : `${path}.`;
    return Object.fromEntries(
      entries.map(([key, shape]) => [key, shape(source[key], `${prefix}${key}`)]),
    ) as T;
  };
}

function readObject(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return fail(path || "the file", "an object", value);
  }
  return value as Record<string, unknown>;
}

/** Characters of a wrong value that are shown. */
const SHOWN_MAX = 60;

function fail(path: string, expected: string, value: unknown): never {
  const shown = value === undefined ? "nothing" : JSON.stringify(value);
  const short = shown.length > SHOWN_MAX ? `${shown.slice(0, SHOWN_MAX)}…` : shown;
  throw new ShapeError(`${path} has to be ${expected}, and is ${short}`);
}
