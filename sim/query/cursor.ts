/**
 * The platform's cursors: opaque strings that name a position in the index and the query
 * they belong to.
 *
 * The backend encrypts them and here they are base64; functions may rely on neither.
 */
import { DeveloperError } from "../values/developerError.js";
import type { QueryPlan } from "./plan.js";
import type { SerializedQuery } from "./serialized.js";

export type CursorPosition =
  { readonly kind: "after"; readonly key: string } | { readonly kind: "end" };

export const END: CursorPosition = { kind: "end" };

/** Null stands for the end. */
type Encoded = readonly [fingerprint: string, key: string | null];

export function encodeCursor(position: CursorPosition, fingerprint: string): string {
  const encoded: Encoded = [fingerprint, position.kind === "after" ? position.key : null];
  // Keys are sequences of UTF-16 units, not text: base64 wants ASCII.
  const json = JSON.stringify(encoded).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return btoa(json);
}

export function decodeCursor(cursor: string, fingerprint: string): CursorPosition {
  const [found, key] = parse(cursor);
  if (found !== fingerprint) {
    throw new DeveloperError(
      "InvalidCursor",
      "InvalidCursor: Tried to run a query starting from a cursor, but it looks like this " +
        "cursor is from a different query.",
      { isConvexSystemError: true, paginationError: "InvalidCursor" },
    );
  }
  return key === null ? END : { kind: "after", key };
}

function parse(cursor: string): Encoded {
  try {
    const encoded = JSON.parse(atob(cursor)) as unknown;
    if (Array.isArray(encoded) && encoded.length === 2) {
      return encoded as unknown as Encoded;
    }
  } catch {
    // Not one of ours: reported below, as a foreign array is.
  }
  throw new DeveloperError("InvalidCursor", "Failed to parse cursor");
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** What two queries must share for a cursor of one to serve the other. */
export function queryFingerprint(query: SerializedQuery, plan: QueryPlan): string {
  const text = JSON.stringify([query, plan.kind === "index" ? plan.key : []]);
  let forward = FNV_OFFSET;
  let backward = FNV_OFFSET;
  for (let at = 0; at < text.length; at += 1) {
    forward = Math.imul(forward ^ text.charCodeAt(at), FNV_PRIME);
    backward = Math.imul(backward ^ text.charCodeAt(text.length - 1 - at), FNV_PRIME);
  }
  return `${(forward >>> 0).toString(16)}${(backward >>> 0).toString(16)}`;
}
