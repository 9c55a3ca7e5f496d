/**
 * How executors without work help those that have too much (P18).
 */
import { SECOND } from "./units.js";

/**
 * Least time between two calls for help of one executor: with its scans every few seconds,
 * each call wakes those who are still idle, and costs a thousandth of what it wakes them for.
 */
export const HELP_CALL_MS = 5 * SECOND;
/** Longest time between two looks for somebody idle: the pause doubles while nobody is. */
export const HELP_LOOK_MS_MAX = 20 * SECOND;
/** Idle seats that one call wakes: a hundred are there after two minutes, and none for a blip. */
export const HELP_WAKE_MAX = 4;
/** Shards that a call names, those with most candidates first. */
export const HELP_SHARDS_MAX = 8;
/** Calls that a helper's scan reads, and shards of them that it looks at. */
export const HELP_CALLS_MAX = 4;
/**
 * Rows of a shard that a helper chooses from, behind those that their owner takes next: as
 * many helpers as there are slots in a shard take one each without often meeting.
 */
export const HELP_WINDOW = 100;
/** Workflows of such rows that are looked at together, until there are enough without a gate. */
export const HELP_PAGE = 32;
/** Share of its free slots that a helper fills at a time: more may soon be its own. */
export const HELP_SHARE = 1 / 2;

// ── The circle of helpers ─────────────────────────────────────────────────────

/** Points of the circle on which rows and helpers stand: those of a 32-bit hash. */
export const HELP_CIRCLE = 2 ** 32;
/** The golden section of the circle: seats in turn stand as far apart as can be. */
export const HELP_GOLDEN = 0x9e3779b9;
/** FNV-1a, 32 bits: offset and prime. It tells ids apart that differ in a character. */
export const FNV_OFFSET = 0x811c9dc5;
export const FNV_PRIME = 0x01000193;
