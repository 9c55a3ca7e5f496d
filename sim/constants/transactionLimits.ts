/**
 * What one transaction may read, write and schedule, nested calls included.
 *
 * Source: convex-backend crates/common/src/knobs.rs (TRANSACTION_MAX_*), as in
 * PLATFORM.md section 1; convex-test 0.0.60 uses the same figures.
 */

const MIB = 1024 * 1024;

/** The dimensions in the order in which `getTransactionMetrics` names them. */
export const USAGE_KEYS = [
  "bytesRead",
  "bytesWritten",
  "databaseQueries",
  "documentsRead",
  "documentsWritten",
  "functionsScheduled",
  "scheduledFunctionArgsBytes",
] as const;

export type UsageKey = (typeof USAGE_KEYS)[number];

export const TRANSACTION_LIMITS: Readonly<Record<UsageKey, number>> = {
  bytesRead: 16 * MIB,
  bytesWritten: 16 * MIB,
  databaseQueries: 4_096,
  documentsRead: 32_000,
  documentsWritten: 16_000,
  functionsScheduled: 1_000,
  scheduledFunctionArgsBytes: 16 * MIB,
};
