/**
 * Why a function did not return: the kinds of failure that the platform tells apart.
 *
 * Owns the kinds, and what they look like in JavaScript. Knows no clock and no store.
 *
 * - `user`: a deterministic error of the function: thrown by it, a validator, a limit, a
 *   missing function. The only kind that code inside a transaction can catch.
 * - `fatal`: the function went beyond its time or memory. Deterministic too, so a scheduled
 *   mutation fails for good, but it ends the whole transaction uncatchably.
 * - `conflict`: others wrote what this transaction had read.
 * - `overload`: no room now; nothing was done.
 * - `system`: anything else that is not the function's fault; what was done is unknown.
 */
import type { JSONValue } from "convex/values";

export type FailureKind = "user" | "fatal" | "conflict" | "overload" | "system";

/** A failure on its way to whoever called the function. */
export class FunctionFailure extends Error {
  override readonly name = "FunctionFailure";

  constructor(
    readonly kind: FailureKind,
    message: string,
    /** The platform's short name, such as `TooManyWrites`. */
    readonly code: string = kind,
    /** What a ConvexError carried, as JSON. */
    readonly data?: JSONValue,
  ) {
    super(message);
  }
}

/** An error by the function itself, such as a bad argument: its code may catch it. */
export function userFailure(message: string): FunctionFailure {
  return new FunctionFailure("user", message);
}

/** Text of the platform for a job or a call whose action went away with its backend. */
export const TRANSIENT_MESSAGE = "Transient error while executing action";

/** An action that ended without a word: its machine died. */
export function crashFailure(): FunctionFailure {
  return new FunctionFailure("system", TRANSIENT_MESSAGE, "crash");
}

/** Wording: crates/errors/src/lib.rs, `user_occ`. */
export class ConflictFailure extends FunctionFailure {
  constructor(
    table: string | null,
    /** ns, of the commit that it conflicted with. */
    readonly ts: bigint,
  ) {
    const tables = table === null ? "a table" : `the "${table}" table`;
    super(
      "conflict",
      `Documents read from or written to ${tables} changed while this mutation was being ` +
        "run and on every subsequent retry. Another call to this mutation changed the same data. " +
        "See https://docs.convex.dev/error#1",
      "OptimisticConcurrencyControlFailure",
    );
  }
}

/** Wording: crates/application/src/application_function_runner/mod.rs, `Limiter`. */
export function permitFailure(limit: number, kind: string): FunctionFailure {
  return new FunctionFailure(
    "overload",
    `Too many concurrent requests. Your backend is limited to ${limit} concurrent ${kind}s. ` +
      "To get more resources, upgrade to Convex Pro. If you are already on Convex Pro, " +
      "please contact support.",
    "TooManyConcurrentRequests",
  );
}

/** Wording: crates/errors/src/lib.rs, `user_overloaded`; crates/isolate/src/client.rs. */
export function overloadFailure(): FunctionFailure {
  return new FunctionFailure(
    "overload",
    "There are no available workers to process the request",
    "ExpiredInQueue",
  );
}

/** Its caller or the backend went away: whether it was done nobody can know. */
export function goneFailure(): FunctionFailure {
  return new FunctionFailure(
    "system",
    "Your request couldn't be completed. Try again later.",
    "InternalServerError",
  );
}

/** Wording: crates/database/src/snapshot_manager.rs; the figure is the deployment's own. */
export function writesFailure(): FunctionFailure {
  return new FunctionFailure(
    "overload",
    "Too many writes per second. Your backend is limited in how much it writes per second. " +
      "Spread your writes over time, or use a larger deployment class.",
    "TooManyWrites",
  );
}

/**
 * Makes of anything thrown by a function's code what its caller will learn of it: the text
 * with "Uncaught" before it and a place behind it, and the data of a ConvexError; class and
 * fields are lost. The platform's place has a line and a column, which would make a run
 * depend on the machine's paths: ours names the function.
 */
export function failureOf(thrown: unknown, udfPath: string): FunctionFailure {
  if (thrown instanceof FunctionFailure) return thrown;
  const place = `\n    at handler (${udfPath})`;
  if (isConvexError(thrown)) {
    const data = parseData(thrown.data);
    const text = typeof data === "string" ? data : JSON.stringify(data);
    return new FunctionFailure(
      "user",
      `Uncaught ConvexError: ${text}${place}`,
      "user",
      data,
    );
  }
  return new FunctionFailure("user", `Uncaught ${describe(thrown)}${place}`);
}

function describe(thrown: unknown): string {
  // Errors may come from another realm of the same process; their shape is what counts.
  const { name, message } = (thrown ?? {}) as { name?: unknown; message?: unknown };
  if (typeof message !== "string") return String(thrown);
  return `${typeof name === "string" ? name : "Error"}: ${message}`;
}

function isConvexError(thrown: unknown): thrown is { data: unknown } {
  return (
    typeof thrown === "object" && thrown !== null && Symbol.for("ConvexError") in thrown
  );
}

/** `convex/server` has serialized the data of what left a handler, but not of what is new. */
function parseData(data: unknown): JSONValue {
  if (typeof data !== "string") return (data ?? null) as JSONValue;
  try {
    return JSON.parse(data) as JSONValue;
  } catch {
    return data;
  }
}
