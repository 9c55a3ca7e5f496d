/**
 * Facts of the platform. Sources: convex-backend at 94a42c3d, where a file is named there;
 * else crates/common/src/knobs.rs and docs.convex.dev/production/state/limits.
 */
import { MiB, MINUTE, SECOND } from "./units.js";

// ── Transactions and actions ──────────────────────────────────────────────────

/** Milliseconds a V8 action may run before the platform ends it. */
export const PLATFORM_ACTION_MS = 30 * MINUTE;
/** Documents a transaction may read. */
export const PLATFORM_DOCUMENTS_READ = 32_000;
/** Documents a transaction may write. */
export const PLATFORM_DOCUMENTS_WRITTEN = 16_000;
/** Bytes a transaction may read or write. */
export const PLATFORM_TRANSACTION_BYTES = 16 * MiB;
/** Bytes of a V8 action's heap; what all work of one executor shares. */
export const PLATFORM_HEAP_BYTES = 64 * MiB;
/** Scheduled jobs that run at once, by deployment class; an executor holds one for life. */
export const SCHEDULER_SLOTS = { s16: 8, s256: 256, d1024: 512, d2048: 1_024 } as const;
/** Largest share of a platform limit that a transaction of ours may use (I9). */
export const LIMIT_SHARE_MAX = 1 / 2;

// ── Permits ───────────────────────────────────────────────────────────────────

/** Functions of each kind that run at once, by deployment class. */
export const PERMITS = {
  s16: { query: 16, mutation: 16, action: 64 },
  s256: { query: 256, mutation: 256, action: 512 },
  d1024: { query: 1_024, mutation: 512, action: 1_024 },
  d2048: { query: 2_048, mutation: 1_024, action: 2_048 },
} as const;

/** Milliseconds a query or mutation waits for a permit before it is refused. */
export const PLATFORM_PERMIT_WAIT_MS = 5 * SECOND;

// ── Documents and values ──────────────────────────────────────────────────────

/** Backend: `MAX_USER_SIZE` in crates/common/src/document.rs; counts `_id` and `_creationTime`. */
export const PLATFORM_DOCUMENT_BYTES_MAX = 1 * MiB;

/** Backend: `MAX_DOCUMENT_NESTING` in crates/common/src/document.rs; the document itself is level 1. */
export const PLATFORM_DOCUMENT_NESTING_MAX = 16;

/** Backend: `MAX_OBJECT_FIELDS` in crates/value/src/object.rs; each object, nested ones too. */
export const PLATFORM_OBJECT_FIELDS_MAX = 1024;

/** Backend: `MAX_ARRAY_LEN` in crates/value/src/array.rs. */
export const PLATFORM_ARRAY_LENGTH_MAX = 8192;

/** Backend: `MAX_FIELD_NAME_LENGTH` in crates/convex/sync_types/src/identifier.rs. */
export const PLATFORM_FIELD_NAME_LENGTH_MAX = 1024;

/** The range of a bigint: it is stored as a signed 64-bit integer. */
export const PLATFORM_INT64_MIN = -(2n ** 63n);
export const PLATFORM_INT64_MAX = 2n ** 63n - 1n;

/** Arguments and return value of one function call. */
export const PLATFORM_FUNCTION_VALUE_BYTES_MAX = 16 * MiB;

// ── Console and timers ────────────────────────────────────────────────────────

/** The platform keeps this many log lines of a function and drops the rest. */
export const PLATFORM_CONSOLE_LINES_MAX = 256;

/** `setTimeout` takes a signed 32-bit delay; a longer one fires at once in Node. */
export const PLATFORM_TIMEOUT_MS_MAX = 2 ** 31 - 1;
