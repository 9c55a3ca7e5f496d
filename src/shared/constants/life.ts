/**
 * How dead and stuck executors are found, replaced and judged (P8, P9).
 */
import { MINUTE, SECOND } from "./units.js";

// ── Watchdog (P8) ─────────────────────────────────────────────────────────────

/** Milliseconds between two looks of the watchdog at a seat, and of an executor at the watchdog. */
export const WATCHDOG_MS = 30 * SECOND;
/** Seats one run of the watchdog looks at: with four rows each it stays a small transaction. */
export const WATCHDOG_SEATS_MAX = 25;
/** Milliseconds after its time at which a run of the watchdog that has not begun counts as lost: three periods. */
export const WATCHDOG_OVERDUE_MS = 3 * WATCHDOG_MS;
/** Milliseconds by which the guard trails the run that it stands in for: late enough never to race it. */
export const WATCHDOG_GUARD_MS = 2 * WATCHDOG_MS;
/**
 * Age of a heartbeat, in milliseconds, from which an executor is suspected: three heartbeats.
 * In either direction, since clocks jump.
 */
export const QUIET_MS = 30 * SECOND;
/**
 * Milliseconds without any sign of life after which a seat is taken from an executor whose
 * job still counts as running. Longer than a heartbeat and everything that one commit may go
 * through before its outcome is settled: COMMIT_TRIES times a wait for a permit and a pause.
 */
export const TAKEOVER_MS = 2 * MINUTE;
/** Looks in a row that must see the same heartbeat: a clock that jumps moves none of them. */
export const TAKEOVER_LOOKS = 4;
/** Quiet executors the watchdog remembers between two looks. */
export const SUSPECTS_MAX = 64;

// ── Restarts ──────────────────────────────────────────────────────────────────

/** Pause before the restart that follows the second death in a row; the first has none. */
export const RESTART_BACKOFF_MS_MIN = 1 * SECOND;
/** Longest pause before a restart; it doubles up to it. A dozen restarts an hour cost nothing. */
export const RESTART_BACKOFF_MS_MAX = 5 * MINUTE;
/** Bytes kept of the error with which an executor died. */
export const DEATH_ERROR_BYTES_MAX = 1_024;

// ── Quarantine (P9) ───────────────────────────────────────────────────────────

/** Deaths of its holder, without progress between them, that make a workflow a suspect: one may be anybody's. */
export const SUSPECT_DEATHS = 2;
/** Suspects the quarantine runs at once at first; halved after each of its deaths, so four deaths isolate one. */
export const QUARANTINE_HOT_MAX = 16;
/** Deaths of a workflow that was alone in its executor before it is failed: one may still be the machine's. */
export const POISON_DEATHS = 2;

// ── Clocks that jump ──────────────────────────────────────────────────────────

/**
 * Longest timeout that the executor's timer wheel sets, in milliseconds: timeouts count their
 * delay, whatever the clock does, so after a jump ahead nothing is later than this.
 */
export const TIMER_STRETCH_MS = 10 * SECOND;
/**
 * By how many milliseconds a timeout ends too early if the clock was set back, so far that an
 * executor hands over rather than wait for the times that it has noted. Timeouts round by a
 * few; a smaller jump delays what waits by no more than itself.
 */
export const CLOCK_BACK_MS = 5 * SECOND;
