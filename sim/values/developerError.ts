/**
 * A deterministic error of the platform that the calling function may catch.
 *
 * `code` is the backend's short name of it. `data` makes the client rethrow it as a
 * ConvexError; it is JSON (the form in which syscalls reject), not Convex values.
 */
import type { JSONValue } from "convex/values";

export class DeveloperError extends Error {
  readonly code: string;
  readonly data?: JSONValue;

  constructor(code: string, message: string, data?: JSONValue) {
    super(message);
    this.code = code;
    if (data !== undefined) {
      this.data = data;
    }
  }
}

/**
 * A limit of the transaction, or of one query in it, was passed. A page that meets one
 * ends there instead of failing.
 */
export class LimitError extends DeveloperError {}
