/**
 * Commit timestamps in what a mutation returns: known only once it is committed.
 *
 * Owns the form in which a timestamp and its placeholder cross as JSON.
 */
import type { JSONValue } from "convex/values";

const PLACEHOLDER = "$commitTs";

/** A nanosecond timestamp as an int64. */
export function encodeTs(ts: bigint): JSONValue {
  const bytes = new DataView(new ArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT));
  bytes.setBigInt64(0, ts, true);
  return { $integer: btoa(String.fromCharCode(...new Uint8Array(bytes.buffer))) };
}

/** Whether a JSON value holds a placeholder. */
export function holdsPlaceholder(json: string): boolean {
  return json.includes(`"${PLACEHOLDER}"`);
}

/** Puts the timestamp where placeholders stand. */
export function resolvePlaceholders(json: string, ts: bigint): string {
  if (!holdsPlaceholder(json)) return json;
  return JSON.stringify(replace(JSON.parse(json) as JSONValue, encodeTs(ts)));
}

function replace(value: JSONValue, ts: JSONValue): JSONValue {
  if (Array.isArray(value)) return value.map((item) => replace(item, ts));
  if (typeof value !== "object" || value === null) return value;
  if (PLACEHOLDER in value) return ts;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, replace(item, ts)]),
  );
}
