/** Names and bounds of what functions see as globals. */

/**
 * Globals that a function may have a version of its own of. Those convex-test 0.0.60 knows
 * (an assignment in a function stays in it), and those that differ on the platform.
 */
export const SCOPED_GLOBALS = [
  "setTimeout",
  "clearTimeout",
  "setInterval",
  "clearInterval",
  "fetch",
  "Date",
  "Math",
  "console",
  "process",
  "crypto",
  "Crypto",
  "CryptoKey",
  "SubtleCrypto",
  "atob",
  "btoa",
  "Request",
  "Response",
  "Headers",
  "URL",
  "URLSearchParams",
  "AbortController",
  "TextEncoder",
  "TextDecoder",
  "structuredClone",
  "queueMicrotask",
  "performance",
  "AbortSignal",
  "setImmediate",
  "clearImmediate",
  "MessageChannel",
  "WeakRef",
  "FinalizationRegistry",
] as const;

/**
 * What the platform lacks and Node has (PLATFORM.md section 5). `queueMicrotask` is lacking
 * there too, but Node's own streams and `Response` read it from the global object.
 */
export const ABSENT_GLOBALS = [
  "setImmediate",
  "clearImmediate",
  "MessageChannel",
] as const;

/** Log lines kept of a function; `MAX_LOG_LINES`, crates/isolate/src/environment/helpers/mod.rs. */
export const LOG_LINES_MAX = 256;

/** Characters kept of a line; `MAX_LOG_LINE_LENGTH` in the same file, there in bytes. */
export const LOG_LINE_LENGTH_MAX = 32_768;

/** Steps per millisecond of `performance.now()`: it is cut to 0.1 ms (PLATFORM.md section 5). */
export const PERFORMANCE_STEPS_PER_MS = 10;

/** Bytes that one call of `crypto.getRandomValues` fills at most; Web Crypto, section 10.1.1. */
export const RANDOM_VALUES_BYTES_MAX = 65_536;

/** Bytes of a UUID; RFC 9562. */
export const UUID_BYTES = 16;
