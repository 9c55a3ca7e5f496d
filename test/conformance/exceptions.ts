/**
 * Where a target differs from the platform on purpose: why, and what it shows instead.
 *
 * Owns: the only way to differ. Keys are case ids, then target names. What is stated here is
 * asserted, and an entry that is no longer needed fails the suite (judge.ts).
 */
import { convexTestExceptions } from "./exceptions/convexTest.js";
import type { Exception, ExceptionTable } from "./exceptions/exception.js";
import { faithfulExceptions } from "./exceptions/faithful.js";

const BY_TARGET: Record<string, Record<string, Exception>> = {
  "convex-test": convexTestExceptions,
  // Compat is made to differ as convex-test does.
  compat: convexTestExceptions,
  faithful: faithfulExceptions,
};

const table: Record<string, Record<string, Exception>> = {};
for (const [target, entries] of Object.entries(BY_TARGET)) {
  for (const [id, exception] of Object.entries(entries)) {
    table[id] = { ...table[id], [target]: exception };
  }
}

export const exceptions: ExceptionTable = table;
