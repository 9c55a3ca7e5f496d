/** What a client is told of a failure: an Error with the text, or a ConvexError with its data. */
import { ConvexError, jsonToConvex } from "convex/values";
import { FunctionFailure } from "./failure.js";

export function toCallerError(error: unknown): unknown {
  if (!(error instanceof FunctionFailure)) return error;
  if (error.data === undefined) return new Error(error.message, { cause: error });
  const convexError = new ConvexError(jsonToConvex(error.data));
  convexError.message = error.message;
  return convexError;
}
