/**
 * Errors on their way out of a function.
 *
 * The `convex` package turns the data of a ConvexError into JSON text as it leaves a handler;
 * whoever catches it, a suite or an action, expects the value again.
 */
import { jsonToConvex } from "./convexPackage.js";

const CONVEX_ERROR = Symbol.for("ConvexError");

/** The same error, with its data as the value that was thrown. */
export function restoreErrorData(thrown: unknown): unknown {
  if (typeof thrown !== "object" || thrown === null || !(CONVEX_ERROR in thrown)) {
    return thrown;
  }
  const error = thrown as { data?: unknown };
  if (typeof error.data === "string") {
    try {
      error.data = jsonToConvex(JSON.parse(error.data) as never);
    } catch {
      // Text that is no JSON was put there by user code: it stays.
    }
  }
  return thrown;
}
