/**
 * Where a target differs from the platform on purpose: why, and what it shows instead.
 *
 * Owns: the only way to differ. Keys are case ids, then target names. What is stated here is
 * asserted, and an entry that is no longer needed fails the suite (judge.ts).
 */
import { convexTestExceptions } from "./exceptions/convexTest.js";
import type { ExceptionTable } from "./exceptions/exception.js";

/** convex-test's differences are those of the compat profile: it is made to behave so. */
const MIRRORS = ["convex-test", "compat"];

export const exceptions: ExceptionTable = Object.fromEntries(
  Object.entries(convexTestExceptions).map(([id, exception]) => [
    id,
    Object.fromEntries(MIRRORS.map((name) => [name, exception])),
  ]),
);
