/**
 * What gates are paced and bounded by (P15).
 */
import { DAY, MINUTE, SECOND } from "./units.js";

// ── Trading ───────────────────────────────────────────────────────────────────

/** Milliseconds between two trades of one executor at one gate. */
export const GATE_TRADE_MS = 1 * SECOND;
/**
 * Milliseconds from the first that waits to the trade that says so: what is claimed or made
 * ready together is asked for together, and so dealt in order.
 */
export const GATE_LINGER_MS = 50;
/**
 * Age of an allocation at which anybody makes the next one, if the last had served all:
 * short, so that a gate with room is quick; not zero, so that many traders do not conflict.
 */
export const GATE_REOPEN_MS = 250;
/** Age of an allocation at which its leader is given up: it trades each second. */
export const GATE_TAKEOVER_MS = 1_600;
/**
 * How far ahead grants are dealt at least: until every executor has traded once more and the
 * next allocation has been read too, so that each grant arrives before it is due …
 */
export const GATE_AHEAD_MS_MIN = 2 * GATE_TRADE_MS + 500;
/**
 * … and at most: while trades also wait for a commit to ride with. What has been dealt is
 * neither taken back by a lower rate nor dealt anew by a higher one.
 */
export const GATE_AHEAD_MS_MAX = 6 * SECOND;
/** Grants that each of several executors is dealt in that time: as often it may commit. */
export const GATE_GRANTS_AHEAD = 4;
/** How long before a grant may be due it should be heard of. */
export const GATE_HEAR_MS = 250;
/** Milliseconds after which a grant that is due and was not used is lost. */
export const GATE_LATE_MS = 2 * SECOND;
/** How much of an unused rate a gate keeps, in milliseconds: the burst after a pause. */
export const GATE_BURST_MS = 1 * SECOND;
/** Longest pause between two trades at a gate that is closed or paused. */
export const GATE_POLL_MS_MAX = 5 * SECOND;
/** Age at which what an executor asked for counts no more: longer than it ever pauses or rides. */
export const GATE_FRESH_MS = GATE_AHEAD_MS_MAX + GATE_TRADE_MS;
/**
 * Grants a second with which a gate without a rate opens again, and an adaptive one that knows
 * no limit at all starts; doubled each second.
 */
export const GATE_RAMP_START = 10;
/** How long a gate without a rate takes to open wholly. */
export const GATE_RAMP_MS = 10 * SECOND;

// ── Learning ──────────────────────────────────────────────────────────────────

/** Least weight a second: one a minute, so that there is always somebody to learn from. */
export const PACE_MIN = 1 / 60;
/** Factor by which a pace rises in a second at most: a herd is what comes faster than that. */
export const PACE_RISE = 2;
/** Longest time that one step of the pace counts for: a trader that pauses learns nothing. */
export const PACE_STEP_MS_MAX = 2 * SECOND;
/** Share of the pace that is given up after a refusal, and tried again as long after it … */
export const PACE_CUT = 0.1;
/** … in milliseconds. As long again, and the pace has risen by the same share; then faster. */
export const PACE_RETURN_MS = 30 * SECOND;
/** Share given up besides if it was refused again so soon: the limit is far lower. */
export const PACE_CUT_AGAIN = 0.25;
/** How soon after a refusal was heeded another one means that it was not enough. */
export const PACE_AGAIN_MS = 15 * SECOND;
/** Share of a limit that is kept back while a provider has nothing left over, … */
export const PACE_SPARE = 0.03;
/** … which is less than what it lets through in so many milliseconds: requests come unevenly. */
export const PACE_RESERVE_MS = 1 * SECOND;
/** Age at which what was learned is forgotten: providers say it with each answer. */
export const PACE_FORGET_MS = 10 * MINUTE;

// ── Bounds ────────────────────────────────────────────────────────────────────

/** Groups of waiting steps an executor names; the first half are single steps. */
export const GATE_GROUPS_MAX = 32;
/** Share by which the last step moves what steps at a gate are expected to take. */
export const GATE_TOOK_SHARE = 0.1;
/** Least time a step is expected to take: so often a second is a slot asked for at most. */
export const GATE_TOOK_MS_MIN = 100;
/** Grants that whoever comes first may take at least, before the others have asked. */
export const GATE_FIRST_GRANTS = 8;
/** Grants of one allocation. */
export const GATE_GRANTS_MAX = 10_000;
/** Gates in one trade. */
export const GATES_PER_TRADE = 16;
/** Executors of a gate that an allocation reads: every seat's, and as many that drain. */
export const GATE_EXECUTORS_MAX = 1_000;
/** Passes taken and given back that one allocation counts in; with more it only counts. */
export const GATE_MOVES_PAGE = 500;
/** Rows of a forgotten executor that one transaction drops. */
export const GATE_DROP_PAGE = 200;
/** Gates in one page of `gates.list`. */
export const GATES_PAGE = 20;
/** Times in a row a gated step may be refused with `retry-after` before that is a failure. */
export const GATE_REFUSALS_MAX = 20;
/** A gate that is already closed is closed again only for at least this much longer. */
export const GATE_CLOSE_GRAIN_MS = 1 * SECOND;

/** Highest rate, concurrency and weight: whole numbers that add up exactly for years. */
export const GATE_LIMIT_MAX = 1_000_000;
/** Longest period of a rate. */
export const GATE_PER_MS_MAX = 1 * DAY;
/** Period of a rate that does not say: as providers state their limits. */
export const GATE_PER_MS_DEFAULT = 1 * MINUTE;
