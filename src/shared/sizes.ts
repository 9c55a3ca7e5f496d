/**
 * Whether a value may be stored in a field of a document, decided before the platform is
 * asked: a commit that carries one bad value would die with all the others in it.
 *
 * Owns the limits of values, as the backend has them (file references in constants.ts).
 * Total over all JavaScript values: proxies and getters may throw, a check never does.
 *
 * V1. Every atom counts at least one byte and measuring stops at a limit, so the work is
 *     bounded even for arrays that share their elements many times over.
 */
import { getConvexSize, type Value } from "convex/values";

import {
  DOCUMENT_VALUE_BYTES_MAX,
  MEASURE_BYTES_MAX,
  MESSAGE_PATH_BYTES_MAX,
  PLATFORM_ARRAY_LENGTH_MAX,
  PLATFORM_DOCUMENT_NESTING_MAX,
  PLATFORM_OBJECT_FIELDS_MAX,
} from "./constants.js";
import { computeBoundedText } from "./text.js";
import { findFieldNameFault, findUnsupported } from "./unsupported.js";

export type ValueFault =
  "too_large" | "too_deep" | "too_many_fields" | "array_too_long" | "unsupported";

export type ValueCheck =
  | { ok: true; bytes: number }
  | {
      ok: false;
      reason: ValueFault;
      /** Names the path, the actual and the limit, and what to do. */
      message: string;
      /** The size, as far as it was measured. */
      bytes?: number;
      /** The limit that was passed; absent for what is unsupported. */
      limit?: number;
    };

export interface ValueCheckOptions {
  /** What the value is, as the reader of the message calls it: `the result of step "x"`. */
  label: string;
  /**
   * Objects around the value, the document included.
   * @defaultValue 1
   */
  wrapperNesting?: number;
  /** @defaultValue DOCUMENT_VALUE_BYTES_MAX */
  bytesMax?: number;
}

export interface ValueMeasure {
  /** The size the platform accounts, see `getConvexSize`. */
  bytes: number;
  /** Levels of containers: 0 for an atom, 1 for an array of atoms. */
  nesting: number;
}

/** Measures a value that {@link checkDocumentValue} accepted; on others it may throw or never end. */
export function measureValue(value: Value | undefined): ValueMeasure {
  return { bytes: getConvexSize(value), nesting: computeNesting(value) };
}

function computeNesting(value: Value | undefined): number {
  if (typeof value !== "object" || value === null || value instanceof ArrayBuffer)
    return 0;
  const children: (Value | undefined)[] = Array.isArray(value)
    ? value
    : (Object.values(value) as (Value | undefined)[]);
  return (
    1 + children.reduce<number>((most, child) => Math.max(most, computeNesting(child)), 0)
  );
}

/** Checks whether `value` may stand in a field of a document; undefined means no field. */
export function checkDocumentValue(
  value: unknown,
  options: ValueCheckOptions,
): ValueCheck {
  const bytesMax = options.bytesMax ?? DOCUMENT_VALUE_BYTES_MAX;
  const nestingMax = PLATFORM_DOCUMENT_NESTING_MAX - (options.wrapperNesting ?? 1);
  const walk = new Walk(nestingMax);
  try {
    if (value !== undefined) walk.visit(value, "");
  } catch (thrown) {
    if (thrown instanceof Fault) return createRefusal(options.label, thrown);
    // A getter or a proxy's trap threw, or a structure tired the stack.
    const text = "cannot be read: a getter or proxy threw. Pass plain data";
    return createRefusal(options.label, new Fault("unsupported", walk.path, text));
  }
  if (walk.bytes <= bytesMax) return { ok: true, bytes: walk.bytes };
  const atLeast = walk.bytes > MEASURE_BYTES_MAX ? "at least " : "";
  const text =
    `is too large (${atLeast}${walk.bytes} bytes > limit ${bytesMax}). Store it elsewhere, ` +
    "in file storage or a table of your own, and pass its id";
  return createRefusal(
    options.label,
    new Fault("too_large", "", text, bytesMax),
    walk.bytes,
  );
}

function createRefusal(label: string, fault: Fault, bytes?: number): ValueCheck {
  const path = computeBoundedText(fault.path, MESSAGE_PATH_BYTES_MAX);
  const subject = path === "" ? label : `${label}, at ${path},`;
  const message = `${subject} ${fault.message}.`;
  return { ok: false, reason: fault.reason, message, bytes, limit: fault.limit };
}

/** Thrown by the walk alone, and caught by the check alone. */
class Fault extends Error {
  constructor(
    readonly reason: ValueFault,
    readonly path: string,
    text: string,
    readonly limit?: number,
  ) {
    super(text);
  }
}

class Walk {
  bytes = 0;
  /** Where the walk is, for messages. */
  path = "";
  readonly #ancestors: object[] = [];

  constructor(readonly nestingMax: number) {}

  visit(value: unknown, path: string): void {
    if (this.bytes > MEASURE_BYTES_MAX) return;
    this.path = path;
    if (typeof value === "object" && value !== null && this.#ancestors.includes(value)) {
      throw new Fault(
        "unsupported",
        path,
        "refers to an object that contains it. Break the cycle",
      );
    }
    const unsupported = findUnsupported(value);
    if (unsupported !== null) throw new Fault("unsupported", path, unsupported);
    if (Array.isArray(value)) this.#visitArray(value, path);
    else if (isContainer(value)) this.#visitObject(value, path);
    else this.bytes += getConvexSize(value as Value);
  }

  #visitArray(array: unknown[], path: string): void {
    const { length } = array;
    if (length > PLATFORM_ARRAY_LENGTH_MAX) {
      const text = `has ${length} elements > limit ${PLATFORM_ARRAY_LENGTH_MAX}. Split it, or use a table`;
      throw new Fault("array_too_long", path, text, PLATFORM_ARRAY_LENGTH_MAX);
    }
    this.#enter(array, path);
    // By index: a hole must be seen, it would become null on the way.
    for (let index = 0; index < length; index += 1)
      this.visit(array[index], `${path}[${index}]`);
    this.#ancestors.pop();
  }

  #visitObject(object: Record<string, unknown>, path: string): void {
    // Fields that are undefined are dropped by the platform and count for nothing.
    const fields = Object.entries(object).filter(([, value]) => value !== undefined);
    if (fields.length > PLATFORM_OBJECT_FIELDS_MAX) {
      const text = `has ${fields.length} fields > limit ${PLATFORM_OBJECT_FIELDS_MAX}. Use an array, or a table`;
      throw new Fault("too_many_fields", path, text, PLATFORM_OBJECT_FIELDS_MAX);
    }
    this.#enter(object, path);
    for (const [name, value] of fields) {
      const fieldPath = `${path}.${name}`;
      const nameFault = findFieldNameFault(name);
      if (nameFault !== null) throw new Fault("unsupported", fieldPath, nameFault);
      this.bytes += name.length + 1;
      this.visit(value, fieldPath);
    }
    this.#ancestors.pop();
  }

  #enter(container: object, path: string): void {
    this.#ancestors.push(container);
    this.bytes += getConvexSize([]);
    if (this.#ancestors.length <= this.nestingMax) return;
    const text =
      `is nested deeper than ${this.nestingMax} levels (${PLATFORM_DOCUMENT_NESTING_MAX} less those ` +
      "of the row that stores it). Flatten it, or store the inner part as JSON text";
    throw new Fault("too_deep", path, text, this.nestingMax);
  }
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !(value instanceof ArrayBuffer);
}
