/**
 * Digests of Convex values: what the journal keeps of a local step's arguments (D8), so
 * that a replay can tell whether it called the same step with the same values.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { convexToJson, type Value } from "convex/values";

import { DIGEST_BYTES } from "./constants.js";

/** Not JSON, so no value has it as its text. */
const TEXT_OF_UNDEFINED = "undefined";

/**
 * Computes a digest that is equal for equal values, whatever the order of their fields.
 *
 * Fields that are undefined do not count, as they vanish on the way to a document; 1 and
 * 1n, and 0 and -0, are different values. Throws for what is no Convex value: check with
 * `checkDocumentValue` first.
 */
export function computeDigest(value: Value | undefined): string {
  // convexToJson orders the fields and drops the undefined ones.
  const text =
    value === undefined ? TEXT_OF_UNDEFINED : JSON.stringify(convexToJson(value));
  return bytesToHex(sha256(utf8ToBytes(text)).subarray(0, DIGEST_BYTES));
}
