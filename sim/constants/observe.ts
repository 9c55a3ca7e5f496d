/** Bounds of what a run remembers of itself, and of what faults do by default. */

/** Events that a trace keeps; older ones are only in its digest. */
export const TRACE_EVENTS_MAX = 10_000;

/** Characters collected before they are hashed: one call of the hash for many events. */
export const DIGEST_CHUNK_LENGTH = 16_384;
