/**
 * What values, errors, previews and a handler's console are bounded by.
 */
import {
  PLATFORM_DOCUMENT_BYTES_MAX,
  PLATFORM_DOCUMENT_NESTING_MAX,
  PLATFORM_FUNCTION_VALUE_BYTES_MAX,
} from "./platform.js";
import { DAY, KiB } from "./units.js";

// ── Values in documents ───────────────────────────────────────────────────────

/**
 * Room which a document that carries a user's value keeps for its own fields: ids, names,
 * digest, preview, a serialized error.
 */
export const DOCUMENT_HEADROOM_BYTES = 64 * KiB;

/** The largest user value that fits into one field of one of our documents. */
export const DOCUMENT_VALUE_BYTES_MAX =
  PLATFORM_DOCUMENT_BYTES_MAX - DOCUMENT_HEADROOM_BYTES;

/**
 * Where measuring a too large value stops: a few arrays that share their elements can
 * denote more bytes than there are atoms, and no legal value is larger than this.
 */
export const MEASURE_BYTES_MAX = PLATFORM_FUNCTION_VALUE_BYTES_MAX;

/** A path longer than this is cut in messages; a field name alone may be 1024 characters. */
export const MESSAGE_PATH_BYTES_MAX = 256;

/** Objects around a stored outcome's value: the document and the outcome. */
export const OUTCOME_NESTING = 2;
/** Bytes of a rejected value that its error shows. */
export const REJECTED_PREVIEW_BYTES = 200;

// ── Digests and previews ──────────────────────────────────────────────────────

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

// ── Serialized errors ─────────────────────────────────────────────────────────

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

// ── The handler's world ───────────────────────────────────────────────────────

/**
 * Lines one workflow's handler may print while it stays in one executor's memory. All
 * workflows of an executor share {@link PLATFORM_CONSOLE_LINES_MAX}, so one chatty
 * handler must not silence the others.
 */
export const CONSOLE_LINES_PER_WORKFLOW_MAX = 8;

/** Bits of a 32-bit draw below its high byte, the one that is used. */
export const RANDOM_LOW_BITS = 24;

/** Bytes of a UUID, see RFC 9562. */
export const UUID_BYTES = 16;

/** The Web Crypto quota of one `crypto.getRandomValues` call; kept so that code meets it early. */
export const RANDOM_VALUES_BYTES_MAX = 64 * KiB;

/** Lines all handlers of one executor may print; the rest is for the engine and the user's actions. */
export const CONSOLE_LINES_PER_EXECUTOR_MAX = 200;
