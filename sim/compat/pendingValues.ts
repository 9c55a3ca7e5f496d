/**
 * Commit timestamps that are not known yet, inside arguments, results and documents.
 *
 * A transaction sees such a value as the greatest integer; the commit puts the real one in
 * its place. Pure; leaves a value without placeholders as the very object it was.
 */
import { CommitTsPlaceholder } from "./convexPackage.js";

/** What a placeholder counts as until its transaction commits: the greatest int64. */
const PENDING_COMMIT_TS = 2n ** 63n - 1n;

function isPlaceholder(value: unknown): boolean {
  return CommitTsPlaceholder !== undefined && value instanceof CommitTsPlaceholder;
}

/** An object written with braces, also one of another realm (an edge runtime's, say). */
export function isSimpleObject(value: unknown): value is Record<string, unknown> {
  const prototype = Object.getPrototypeOf(value) as {
    constructor?: { name?: unknown };
  } | null;
  return (
    typeof value === "object" &&
    (prototype === null ||
      prototype === Object.prototype ||
      prototype.constructor?.name === "Object")
  );
}

/** Whether a placeholder stands anywhere in a value. */
export function hasPendingValues(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (isPlaceholder(value)) return true;
  if (Array.isArray(value)) return value.some(hasPendingValues);
  return isSimpleObject(value) && Object.values(value).some(hasPendingValues);
}

/** The value as the transaction that wrote it sees it. */
export function resolvePendingValues(value: unknown): unknown {
  return substitute(value, PENDING_COMMIT_TS);
}

/** The value as it reads once committed. */
export function resolveCommittedValues(value: unknown, commitTs: bigint): unknown {
  return substitute(value, commitTs);
}

function substitute(value: unknown, commitTs: bigint): unknown {
  if (!hasPendingValues(value)) return value;
  if (isPlaceholder(value)) return commitTs;
  if (Array.isArray(value)) return value.map((item) => substitute(item, commitTs));
  const fields = Object.entries(value as Record<string, unknown>);
  return Object.fromEntries(
    fields.map(([name, field]) => [name, substitute(field, commitTs)]),
  );
}
