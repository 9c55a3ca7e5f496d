/** Constants of the clocks and of chance. */

/** When a run starts, unless told otherwise: fixed, as a run is a function of its seed. */
export const START_AT_MS = Date.UTC(2026, 0, 1);

/** Below this many events a heap is not worth rebuilding to drop the canceled ones. */
export const HEAP_COMPACTION_SIZE_MIN = 64;

/**
 * Turns of the event loop asked for at once. Node drains all microtasks and ticks between
 * two immediates, so one pass of its loop can carry many of our events; a bound keeps real
 * input and output (a module that loads) from waiting long.
 */
export const TURNS_PER_PASS_MAX = 64;

/** The longest delay of one of Node's timers; it fires at once beyond. */
export const NODE_TIMER_MS_MAX = 2 ** 31 - 1;

/** Hexadecimal digits of a hash that give one 32-bit word of a generator's state. */
export const WORD_HEX_DIGITS = 8;
