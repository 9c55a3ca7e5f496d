/** Validation of arguments and results, with convex-test's words and ids. */
import type { ValidatorJSON, Value } from "convex/values";
import { checkConvexTestValidator } from "../schema/convexTestValidator.js";
import { tableOfId } from "./ids.js";

/** Throws where the value does not match, with the first reason found. */
export function checkValidator(validator: ValidatorJSON, value: unknown): void {
  const reason = checkConvexTestValidator(validator, value as Value, tableOfId);
  if (reason !== null) throw new Error(reason);
}
