/**
 * Every number and name of the simulated Messages API that is a limit, a size, a duration
 * or a part of the wire format. Defaults that a caller may change are in `options.ts`.
 */

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
const KiB = 1024;
export const MiB = 1024 * KiB;

/** The API's rule of thumb for English; good enough for counters, wrong for any bill. */
export const CHARACTERS_PER_TOKEN = 4;

/** `retry-after` has whole seconds, so a shorter wait is rounded up to this. */
export const RETRY_AFTER_MIN_SECONDS = 1;

export const MESSAGES_PATH = "/v1/messages";
export const MESSAGES_METHOD = "POST";
export const LOOPBACK_HOST = "127.0.0.1";

/** Any date passes: the simulation answers every version alike. */
export const VERSION_PATTERN = /^\d{4}-\d{2}-\d{2}$/;

/** The scheme of an `authorization` header is case-insensitive. */
export const BEARER_PATTERN = /^bearer (.+)$/i;

/**
 * Longer than a client keeps an idle connection, so that the server is never the one that
 * closes it: a request sent into a closing connection is a drop that no draw decided.
 */
export const KEEP_ALIVE_MS = 5 * MINUTE_MS;

/** Hexadecimal characters of a digest that stand in `msg_…` and `req_…` ids. */
export const ID_CHARACTERS = 24;
/** Hexadecimal characters of a prompt digest: 128 bits, so that no two prompts collide. */
export const DIGEST_CHARACTERS = 32;

/** Fields that the simulation accepts and that change nothing in its answer. */
export const FIELDS_IGNORED: readonly string[] = [
  "cache_control",
  "diagnostics",
  "inference_geo",
  "metadata",
  "service_tier",
  "speed",
  "temperature",
  "top_k",
  "top_p",
];

/** Fields that would change the real answer; refused rather than silently ignored. */
export const FIELDS_NOT_MODELLED: readonly string[] = [
  "container",
  "output_config",
  "stop_sequences",
  "stream",
  "thinking",
  "tool_choice",
  "tools",
];

/** Fields that the simulation reads. */
export const FIELDS_READ: readonly string[] = [
  "max_tokens",
  "messages",
  "model",
  "system",
];

// What the simulated answers look like.

export const OUTLINE_ITEMS_MAX = 12;
export const OUTLINE_ITEM_WORDS_MAX = 8;
export const KEYWORDS_MIN = 5;
export const KEYWORDS_MAX = 8;
export const KEYWORD_CHARACTERS_MIN = 4;
export const SUMMARY_SENTENCES_MAX = 3;

// The features that choose the tone word.

export const URGENT_WORDS_PER_SENTENCE_MIN = 0.25;
export const EXCLAMATIONS_PER_SENTENCE_MIN = 0.2;
export const QUESTIONS_PER_SENTENCE_MIN = 0.3;
export const FIGURES_PER_SENTENCE_MIN = 1;
export const ADDRESSES_PER_SENTENCE_MIN = 0.5;
export const FORMAL_WORDS_PER_SENTENCE_MIN = 20;
