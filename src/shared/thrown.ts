/**
 * What was thrown, as data, and back as an error the handler can catch.
 *
 * Errors cross function boundaries, journals and replays as data only. So that a handler
 * takes the same branch hot and in a replay, it is always given what
 * {@link deserializeError} makes, also when the original is still at hand.
 *
 * Total: anything may be thrown, and reading it may throw again. Bounded: each part has a
 * limit in constants.ts. May not touch: retry policy, which reads the data.
 */
import { ConvexError, type Value } from "convex/values";

import {
  ERROR_CAUSES_MAX,
  ERROR_CODE_BYTES_MAX,
  ERROR_DATA_BYTES_MAX,
  ERROR_DATA_PREVIEW_BYTES,
  ERROR_MESSAGE_BYTES_MAX,
  ERROR_NAME_BYTES_MAX,
  ERROR_STACK_BYTES_MAX,
} from "./constants.js";
import { computePreview } from "./preview.js";
import { findRetryAfterMs } from "./retryAfter.js";
import { checkDocumentValue } from "./sizes.js";
import { computeBoundedText } from "./text.js";
import { computeUnwrapped } from "./uncaught.js";

/** An error as it stands in the journal. */
export interface SerializedError {
  name: string;
  message: string;
  /** `code` of the error, or of its data. */
  code?: string;
  /** The data of a `ConvexError`; absent if it cannot be stored. */
  data?: Value;
  /** What the data looked like, if it could not be stored as it was. */
  dataPreview?: string;
  /** For people; nothing may depend on it. */
  stack?: string;
  /** How long the thrower asked to be left alone. */
  retryAfterMs?: number;
  /** The thrower says that trying again is no use. */
  nonRetryable?: boolean;
}

const STEP_ERROR = Symbol.for("convex-executor.StepError");

/** What a handler catches when a step failed with anything but a `ConvexError`. */
export class StepError extends Error {
  readonly code?: string;
  readonly dataPreview?: string;
  readonly retryAfterMs?: number;
  readonly nonRetryable: boolean;
  /** @internal Known by this instead of its class, which a bundle may hold twice. */
  readonly [STEP_ERROR] = true;

  constructor(serialized: SerializedError) {
    super(serialized.message);
    this.name = serialized.name;
    this.code = serialized.code;
    this.dataPreview = serialized.dataPreview;
    this.retryAfterMs = serialized.retryAfterMs;
    this.nonRetryable = serialized.nonRetryable ?? false;
    if (serialized.stack !== undefined) this.stack = serialized.stack;
  }
}

/** Tells whether `error` is a {@link StepError}. */
export function isStepError(error: unknown): error is StepError {
  return typeof error === "object" && error !== null && read(error, STEP_ERROR) === true;
}

/**
 * Serializes anything that was thrown. `nowMs` is what the date in a `retry-after` header
 * is compared with.
 */
export function serializeError(thrown: unknown, nowMs: number): SerializedError {
  if ((typeof thrown !== "object" && typeof thrown !== "function") || thrown === null) {
    const message =
      typeof thrown === "string"
        ? thrown
        : computePreview(thrown, ERROR_MESSAGE_BYTES_MAX);
    return {
      name: "Error",
      message: computeBoundedText(message, ERROR_MESSAGE_BYTES_MAX),
    };
  }
  const data = isConvexError(thrown) ? read(thrown, "data") : undefined;
  const dataFields = typeof data === "object" && data !== null ? data : {};
  const code = readText(thrown, "code") ?? readText(dataFields, "code");
  const isFinal =
    read(thrown, "nonRetryable") === true || read(dataFields, "nonRetryable") === true;
  return dropUndefined({
    ...serializeText(thrown),
    code: code === undefined ? undefined : computeBoundedText(code, ERROR_CODE_BYTES_MAX),
    ...serializeData(data),
    ...(isStepError(thrown) ? { dataPreview: thrown.dataPreview } : {}),
    stack: computeStack(thrown),
    retryAfterMs: findRetryAfterMs([thrown, dataFields], nowMs),
    nonRetryable: isFinal ? true : undefined,
  });
}

/**
 * Makes the error which the handler catches; the same for the same data. Its code is its
 * `code`, wherever the original had it.
 */
export function deserializeError(serialized: SerializedError): Error {
  if (serialized.data === undefined) return new StepError(serialized);
  const { code } = serialized;
  const error = Object.assign(new ConvexError(serialized.data), code ? { code } : {});
  error.message = serialized.message;
  if (serialized.stack !== undefined) error.stack = serialized.stack;
  return error;
}

function serializeText(thrown: object): { name: string; message: string } {
  const ownName = readText(thrown, "name");
  const unwrapped = computeUnwrapped(readText(thrown, "message") ?? describe(thrown));
  // Errors that crossed a function boundary are plain; their name is in the message.
  const isPlain = ownName === undefined || ownName === "" || ownName === "Error";
  const name = isPlain ? (unwrapped.name ?? "Error") : ownName;
  return {
    name: computeBoundedText(name, ERROR_NAME_BYTES_MAX),
    message: computeBoundedText(unwrapped.message, ERROR_MESSAGE_BYTES_MAX),
  };
}

/** For what is thrown but no error: all of it is the message. */
function describe(thrown: object): string {
  return computePreview(thrown, ERROR_MESSAGE_BYTES_MAX);
}

function serializeData(data: unknown): Pick<SerializedError, "data" | "dataPreview"> {
  if (data === undefined) return {};
  const check = checkDocumentValue(data, {
    label: "the error's data",
    // The row, its outcome, the serialized error.
    wrapperNesting: 3,
    bytesMax: ERROR_DATA_BYTES_MAX,
  });
  if (check.ok) return { data: data as Value };
  return { dataPreview: computePreview(data, ERROR_DATA_PREVIEW_BYTES) };
}

/** The stack, and below it what caused it: the members of an AggregateError, the causes. */
function computeStack(thrown: object): string | undefined {
  const lines = [readText(thrown, "stack") ?? ""];
  const causes = collectCauses(thrown);
  for (const cause of causes) {
    const isObject = typeof cause === "object" && cause !== null;
    const { name, message } = isObject
      ? serializeText(cause)
      : { name: "value", message: describeAtom(cause) };
    lines.push(`Caused by ${name}: ${message}`);
  }
  const text = lines.filter((line) => line !== "").join("\n");
  return text === "" ? undefined : computeBoundedText(text, ERROR_STACK_BYTES_MAX);
}

function describeAtom(value: unknown): string {
  return computePreview(value, ERROR_MESSAGE_BYTES_MAX);
}

function collectCauses(thrown: object): unknown[] {
  const members = read(thrown, "errors");
  const causes: unknown[] = [];
  if (Array.isArray(members)) {
    for (let index = 0; index < ERROR_CAUSES_MAX; index += 1)
      causes.push(read(members, index));
  }
  let cause = read(thrown, "cause");
  while (cause !== undefined && causes.length < ERROR_CAUSES_MAX) {
    causes.push(cause);
    cause =
      typeof cause === "object" && cause !== null ? read(cause, "cause") : undefined;
  }
  return causes.filter((member) => member !== undefined);
}

/** As the client library marks it, so that a second copy of that library's class counts. */
function isConvexError(thrown: object): boolean {
  return read(thrown, Symbol.for("ConvexError")) === true;
}

/** Reads a property of anything; one that cannot be read counts as absent. */
function read(holder: object, key: PropertyKey): unknown {
  try {
    return Reflect.get(holder, key);
  } catch {
    return undefined;
  }
}

function readText(holder: object, key: PropertyKey): string | undefined {
  const value = read(holder, key);
  return typeof value === "string" ? value : undefined;
}

/** Rows are compared and printed in tests and tools; absent fields should be absent. */
function dropUndefined(serialized: SerializedError): SerializedError {
  const entries = Object.entries(serialized).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as unknown as SerializedError;
}
