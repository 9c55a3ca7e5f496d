/**
 * How the platform and convex-test 0.0.60 differ in counting and in what they say.
 *
 * Sources: convex-backend crates/database/src/reads.rs and writes.rs,
 * crates/model/src/scheduled_jobs/mod.rs, crates/common/src/fmt.rs (sizes); convex-test
 * dist/transactionMetrics.js. Each checks the dimensions of one operation in its order.
 */
import type { UsageKey } from "../constants/transactionLimits.js";

export interface UsageRules {
  readonly readChecks: readonly UsageKey[];
  readonly writeChecks: readonly UsageKey[];
  /** Counters, beside those of reads, that a rolled back nested call leaves as they are. */
  readonly keepsOnRollback: readonly UsageKey[];
  /** A schedule beyond the limit is not counted. */
  readonly refusesUncounted: boolean;
  exceeded(key: UsageKey, limit: number): { code: string; message: string };
}

const READ_LESS =
  "Consider using smaller limits in your queries, paginating your queries, or using " +
  "indexed queries with a selective index range expressions.";

export const platformUsage: UsageRules = {
  readChecks: ["documentsRead", "bytesRead"],
  writeChecks: ["documentsWritten", "bytesWritten"],
  keepsOnRollback: ["functionsScheduled", "scheduledFunctionArgsBytes"],
  refusesUncounted: true,
  exceeded(key, limit) {
    switch (key) {
      case "documentsRead":
        return tooMany("TooManyDocumentsRead", "documents read", limit, ` ${READ_LESS}`);
      case "bytesRead":
        return tooMany(
          "TooManyBytesRead",
          "bytes read",
          `${limit} bytes`,
          ` ${READ_LESS}`,
        );
      case "databaseQueries":
        return tooMany("TooManyReads", "reads", limit, ` ${READ_LESS}`);
      case "documentsWritten":
        return tooMany("TooManyWrites", "writes", limit);
      case "bytesWritten":
        return tooMany("TooManyBytesWritten", "bytes written", formatBytes(limit));
      case "functionsScheduled":
        return {
          code: "TooManyFunctionsScheduled",
          message: `Too many functions scheduled by this mutation (limit: ${limit})`,
        };
      case "scheduledFunctionArgsBytes":
        return {
          code: "ScheduledFunctionsArgumentsTooLarge",
          message:
            "Too large total size of the arguments of scheduled functions from this " +
            `mutation (limit: ${limit} bytes)`,
        };
    }
  },
};

function tooMany(
  code: string,
  what: string,
  limit: number | string,
  help = "",
): { code: string; message: string } {
  const ending = help === "" ? "" : `.${help}`;
  return {
    code,
    message: `Too many ${what} in a single function execution (limit: ${limit})${ending}`,
  };
}

/** Units as the backend tries them: the first that divides, to one decimal place. */
const BYTE_UNITS: readonly (readonly [number, string])[] = [
  [2 ** 30, "GiB"],
  [1e9, "GB"],
  [2 ** 20, "MiB"],
  [1e6, "MB"],
  [2 ** 10, "KiB"],
  [1e3, "KB"],
];

export function formatBytes(bytes: number): string {
  for (const [size, name] of BYTE_UNITS) {
    if (bytes >= size && (bytes * 10) % size === 0) {
      return `${bytes / size} ${name}`;
    }
  }
  return `${bytes} bytes`;
}

const CONVEX_TEST_LIMIT: Readonly<Record<UsageKey, [what: string, unit: string]>> = {
  bytesRead: ["Read too much data", " bytes"],
  documentsRead: ["Scanned too many documents", ""],
  databaseQueries: ["Too many index ranges read", ""],
  bytesWritten: ["Wrote too much data", " bytes"],
  documentsWritten: ["Wrote too many documents", ""],
  functionsScheduled: ["Scheduled too many functions", ""],
  scheduledFunctionArgsBytes: ["Scheduled function arguments too large", " bytes"],
};

export const convexTestUsage: UsageRules = {
  readChecks: ["bytesRead", "documentsRead"],
  writeChecks: ["bytesWritten", "documentsWritten"],
  keepsOnRollback: [],
  refusesUncounted: false,
  exceeded(key, limit) {
    const [what, unit] = CONVEX_TEST_LIMIT[key];
    return {
      code: "ConvexTestLimit",
      message:
        `${what} in a single function execution (limit: ${limit}${unit}). ` +
        "This is a Convex limit: https://docs.convex.dev/production/state/limits",
    };
  },
};
