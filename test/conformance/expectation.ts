/**
 * Compares what a case observed with what it expects: Convex values exactly, strings by
 * pattern where the words may vary, failures by their message and data.
 *
 * Owns: equality of Convex values and how a difference is told. No test framework: the live
 * runner uses it as well.
 */

/** What a call that threw is observed as. */
export class Failure {
  constructor(
    readonly message: string,
    readonly data?: unknown,
  ) {}
}

/** Accepts the values that the predicate accepts. */
export class Matcher {
  constructor(
    readonly description: string,
    readonly accepts: (observed: any) => boolean,
  ) {}
}

/** A value that fulfills a condition, which the description names. */
export function satisfies(
  description: string,
  accepts: (observed: any) => boolean,
): Matcher {
  return new Matcher(description, accepts);
}

/** A call that throws with such a message, and with the data where they are given. */
export function fails(message: RegExp, data?: unknown): Matcher {
  const description = `a failure with ${message}${data === undefined ? "" : " and data"}`;
  return new Matcher(
    description,
    (observed) =>
      observed instanceof Failure &&
      message.test(observed.message) &&
      (data === undefined || findMismatch(observed.data, data) === null),
  );
}

export const anyString = satisfies("a string", (value) => typeof value === "string");
export const anyNumber = satisfies("a number", (value) => typeof value === "number");

/** Says where and how the two differ; null when they do not. */
export function findMismatch(
  observed: unknown,
  expected: unknown,
  path = "",
): string | null {
  const where = path === "" ? "" : `at ${path}: `;
  const difference = `${where}expected ${show(expected)}, observed ${show(observed)}`;
  if (expected instanceof Matcher) {
    return expected.accepts(observed) ? null : difference;
  }
  if (expected instanceof RegExp) {
    return typeof observed === "string" && expected.test(observed) ? null : difference;
  }
  if (isContainer(expected) && isContainer(observed)) {
    return findInside(observed, expected, path, difference);
  }
  return Object.is(observed, expected) ? null : difference;
}

type Container = Record<string, unknown>;

function isContainer(value: unknown): value is Container {
  return typeof value === "object" && value !== null && !(value instanceof Matcher);
}

function findInside(
  observed: Container,
  expected: Container,
  path: string,
  difference: string,
): string | null {
  if (isBytes(expected) || isBytes(observed)) {
    return show(expected) === show(observed) ? null : difference;
  }
  const isSameShape =
    Array.isArray(expected) === Array.isArray(observed) &&
    observed instanceof Failure === expected instanceof Failure;
  if (!isSameShape) {
    return difference;
  }
  for (const key of new Set([...Object.keys(expected), ...Object.keys(observed)])) {
    const found = findMismatch(observed[key], expected[key], `${path}.${key}`);
    if (found !== null) {
      return found;
    }
  }
  return null;
}

function isBytes(value: unknown): value is ArrayBuffer {
  return Object.prototype.toString.call(value) === "[object ArrayBuffer]";
}

const SHOWN_LENGTH_MAX = 600;

/** A short text of any value, for a report. */
export function show(value: unknown): string {
  const text = JSON.stringify(value, (_key, inner: unknown) => {
    if (inner instanceof Matcher) return `<${inner.description}>`;
    if (inner instanceof RegExp) return String(inner);
    if (inner instanceof Failure) return { threw: inner.message, data: inner.data };
    if (isBytes(inner)) return `bytes:${[...new Uint8Array(inner)].join(",")}`;
    if (typeof inner === "bigint") return `${inner}n`;
    if (typeof inner === "number" && !isPlain(inner)) {
      return Object.is(inner, -0) ? "-0" : String(inner);
    }
    return inner;
  });
  return text === undefined ? "undefined" : text.slice(0, SHOWN_LENGTH_MAX);
}

function isPlain(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}
