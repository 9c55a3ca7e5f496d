/**
 * Limits, sizes and durations, each with its unit last and its reason.
 *
 * Facts of the platform start with `PLATFORM_`; everything else is our choice. The
 * relationships between them are asserted in `constants.test.ts`.
 */

export const KiB = 1024;
export const MiB = 1024 * KiB;

export const MILLISECOND = 1;
export const SECOND = 1000 * MILLISECOND;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

// ── The handler's world ─────────────────────────────────────────────────────────────

/** The platform keeps this many log lines of a function and drops the rest. */
export const PLATFORM_CONSOLE_LINES_MAX = 256;

/**
 * Lines one workflow's handler may print while it stays in one executor's memory. All
 * workflows of an executor share {@link PLATFORM_CONSOLE_LINES_MAX}, so one chatty
 * handler must not silence the others.
 */
export const CONSOLE_LINES_PER_WORKFLOW_MAX = 8;

/** The Web Crypto quota of one `crypto.getRandomValues` call; kept so that code meets it early. */
export const RANDOM_VALUES_BYTES_MAX = 64 * KiB;

// ── Timers ──────────────────────────────────────────────────────────────────────────

/** `setTimeout` takes a signed 32-bit delay; a longer one fires at once in Node. */
export const PLATFORM_TIMEOUT_MS_MAX = 2 ** 31 - 1;

// ── Values in documents ─────────────────────────────────────────────────────────────

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

/** Arguments and return value of one function call. */
export const PLATFORM_FUNCTION_VALUE_BYTES_MAX = 16 * MiB;

/**
 * Room which a document that carries a user's value keeps for its own fields: ids, names,
 * digest, preview, a serialized error.
 */
export const DOCUMENT_HEADROOM_BYTES = 64 * KiB;

/** The largest user value that fits into one field of one of our documents. */
export const DOCUMENT_VALUE_BYTES_MAX = PLATFORM_DOCUMENT_BYTES_MAX - DOCUMENT_HEADROOM_BYTES;

/**
 * Where measuring a too large value stops: a few arrays that share their elements can
 * denote more bytes than there are atoms, and no legal value is larger than this.
 */
export const MEASURE_BYTES_MAX = PLATFORM_FUNCTION_VALUE_BYTES_MAX;

/** A path longer than this is cut in messages; a field name alone may be 1024 characters. */
export const MESSAGE_PATH_BYTES_MAX = 256;

// ── Digests and previews ────────────────────────────────────────────────────────────

/** 128 bits: by accident two of 2^32 values of one workflow collide once in 2^64 cases. */
export const DIGEST_BYTES = 16;

/** Levels a preview shows; deeper containers are abbreviated. As deep as a document may be. */
export const PREVIEW_NESTING_MAX = PLATFORM_DOCUMENT_NESTING_MAX;

/** A preview tells how much was cut by counting on, but not beyond this. */
export const PREVIEW_COUNT_BYTES_MAX = 256 * KiB;

/** Long strings are quoted in pieces of this many UTF-16 units, never as a whole. */
export const PREVIEW_CHUNK_CHARACTERS = 4 * KiB;

/** Bytes of an ArrayBuffer which a preview shows in hexadecimal. */
export const PREVIEW_BUFFER_BYTES_MAX = 8;

// ── Serialized errors ───────────────────────────────────────────────────────────────

/** Bounds the parts of a serialized error; names and codes are short identifiers. */
export const ERROR_NAME_BYTES_MAX = 128;
export const ERROR_CODE_BYTES_MAX = 128;
/** API errors repeat the response body in their message; its beginning is what helps. */
export const ERROR_MESSAGE_BYTES_MAX = 4 * KiB;
export const ERROR_STACK_BYTES_MAX = 4 * KiB;
/** `ConvexError` data is a code and some ids; larger data is kept as a preview. */
export const ERROR_DATA_BYTES_MAX = 16 * KiB;
export const ERROR_DATA_PREVIEW_BYTES = 1 * KiB;
/** Causes, and members of an AggregateError, named below the stack. */
export const ERROR_CAUSES_MAX = 4;
/** "Uncaught Error: " prefixes peeled off a message; calls nest eight levels deep. */
export const ERROR_WRAPPERS_MAX = 8;
/** A server may ask for any delay; a longer one than this would look like a stuck workflow. */
export const RETRY_AFTER_MS_MAX = 1 * DAY;
