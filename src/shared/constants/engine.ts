/**
 * How executors are laid out, live, scan and commit.
 */
import { KiB, MiB, MINUTE, SECOND } from "./units.js";

// ── Layout (D7) ───────────────────────────────────────────────────────────────

/** Shards by default: a partition fine enough that 100 seats can share the work. */
export const SHARDS_DEFAULT = 100;
/** Most shards: a scan reads the head of each shard that a seat serves. */
export const SHARDS_MAX = 1_000;
/** Most seats: a quarter of the scheduler's slots of the largest class. */
export const SEATS_MAX = 256;
/** Incarnations of a seat at once by default: one serves, its predecessor drains. */
export const INCARNATIONS_DEFAULT = 2;
/** Most incarnations a seat is sized for: executors that live for milliseconds are tests. */
export const INCARNATIONS_MAX = 4;
/** The seat of the quarantine (P9): behind every other, see SEATS_MAX. */
export const QUARANTINE_SEAT = 10_000;
/** The shard of suspects (P9): behind every other, see SHARDS_MAX. */
export const QUARANTINE_SHARD = 10_000;
/** Running steps per shard by default: beyond it an LLM's API is the limit, not the slots. */
export const SLOTS_PER_SHARD_DEFAULT = 50;
/** Most slots per shard; the burst benchmark uses 500. */
export const SLOTS_PER_SHARD_MAX = 1_000;
/** Most slots of one executor, whatever its shards: what 64 MB of heap can carry. */
export const SLOTS_PER_EXECUTOR_MAX = 1_000;
/** Hot workflows per slot: those that wait may be hot without holding a slot (D11). */
export const HOT_PER_SLOT = 2;
/**
 * Accounted bytes at which an executor stops claiming: arguments, journals that are being
 * replayed, results that handlers may hold, what waits for a commit, and what running steps
 * are expected to answer. Each exists about twice for a moment: as the text that came over
 * the network or goes into a commit, and as the value. Twice this, and some 12 MiB of code
 * and engine, stay under the heap's 64 MiB.
 */
export const HOT_BYTES_MAX = 24 * MiB;
/**
 * Share of HOT_BYTES_MAX from which workflows that only wait are let go of: the rest is for
 * those that run, and more than the candidates of a scan and one workflow's results take.
 */
export const EVICTION_SHARE = 3 / 4;
/** Workflows let go of for it in one round of the loop: each writes a handful of documents. */
export const EVICTIONS_MAX = 16;
/** Milliseconds that a wait has still to last for that: coming back costs a replay. */
export const EVICTION_WAIT_MS_MIN = 5 * SECOND;
/** Share of an executor's slots that one workflow's steps fill before others are dispatched, or while others wait. */
export const LOCAL_SHARE = 1 / 2;
/** Open steps that one workflow always runs in its executor: a child costs four rows more. */
export const LOCAL_STEPS_MIN = 8;
/**
 * Milliseconds by which each dispatched step of a fan-out stands behind the one before in
 * the order, so that thousands of them do not keep younger workflows waiting.
 */
export const DISPATCH_STEP_BACK_MS = 20;
/**
 * Milliseconds a workflow that waits for children or the workpool stays hot: a call or two
 * of a child. Staying costs looks for signals, about one a second; leaving costs a replay.
 */
export const HOT_GRACE_MS = 10 * SECOND;
/** Bytes that a step is expected to answer before the first one has. */
export const RESPONSE_BYTES_ASSUMED = 32 * KiB;
/** Answers from whose sizes the next are expected. */
export const RESPONSES_KEPT = 64;
/**
 * Delivered results that count for one workflow at most: whether its handler still holds
 * them nobody knows. A loop over thousands of steps must not keep its executor from others.
 */
export const DELIVERED_BYTES_MAX = 2 * MiB;
/** Largest share of the permits of a kind that all executors together may hold. */
export const PERMIT_SHARE = 1 / 4;
/** Largest share of the scheduler's slots that executors and their successors may hold. */
export const SCHEDULER_SHARE = 1 / 2;

// ── Life of an executor (P5, P6) ──────────────────────────────────────────────

/** Milliseconds an executor serves before it hands over to its successor. */
export const LIFETIME_MS_DEFAULT = 18 * MINUTE;
/** Largest part of the lifetime by which a handoff is put off, so that seats take turns. */
export const LIFETIME_JITTER = 0.1;
/** Milliseconds a leaving executor waits for its running steps. */
export const DRAIN_MS_DEFAULT = 8 * MINUTE;
/**
 * Attempts of a step that may be interrupted before the end of a drain window fails it: a
 * step that fits no life of an executor would else be run again for ever.
 */
export const INTERRUPTIONS_MAX = 5;
/** Milliseconds without work after which an executor retires. */
export const IDLE_MS_DEFAULT = 5 * SECOND;
/** Milliseconds between two signs of life when nothing else commits. */
export const HEARTBEAT_MS = 10 * SECOND;
/** Claims taken from an executor that one of its commits tells it of; the next goes on. */
export const REVOCATIONS_PAGE = 200;

/** Pause after a question about its own life failed. */
export const ASK_AGAIN_MS = 1 * SECOND;

// ── Scanning and claiming (P3) ────────────────────────────────────────────────

/** Shortest pause between two scans that found nothing. */
export const POLL_MS_MIN = 50;
/** Longest pause between two scans; the pause doubles up to it. */
export const POLL_MS_MAX = 1 * SECOND;
/** An executor that commits as often as this, on average, has its questions ride. */
export const CADENCE_MS = 3 * SECOND;
/** Commits from which that is told: enough that chance evens out. */
export const CADENCE_COMMITS = 6;
/**
 * How long a question that is due waits for a commit to take it along, while one is expected:
 * an executor that settles two steps in three seconds asks so alone in one of thirty cases.
 */
export const RIDE_MS = 5 * SECOND;
/**
 * Age at which candidates are looked up again, so that older workflows which came back are seen;
 * RIDE_MS more while a commit is expected to take the scan along.
 */
export const CANDIDATES_FRESH_MS = 2 * SECOND;
/** Tasks that are looked up for that: those which came back stand before the candidates. */
export const SCAN_FRESH_HEADS = 8;
/** Journals an executor reads at a time: each may be megabytes, and takes a query permit. */
export const OPENING_MAX = 8;
/** Candidates one scan returns at most; 4 × CLAIM_LIMIT of the prior art, so that rows in flight never hide ready ones. */
export const SCAN_CANDIDATES_MAX = 200;
/** Bytes of arguments one scan carries before it stops adding candidates. */
export const SCAN_BYTES_MAX = 2 * MiB;
/** Seats, claims or jobs of leaving executors one scan looks at. */
export const DRAINING_MAX = 8;
/** Rows of a journal one replay query reads. */
export const JOURNAL_PAGE_ROWS = 500;
/** Bytes of a journal one replay query reads before it stops. */
export const JOURNAL_PAGE_BYTES = 4 * MiB;
/**
 * Signals that one scan reads over all shards: a workflow whose many steps settle at once has
 * as many, and they should hide nobody behind them. An eighth of what a query may read.
 */
export const SCAN_SIGNALS_MAX = 4_000;
/** Signals that one read shows and one commit consumes; more remain for the next round. */
export const SIGNALS_PAGE = 500;
/** Signals that parking removes: those that came after the look that consumed the others. */
export const PARK_SIGNALS_MAX = 32;
/** Claims of a dead executor that one recovery transaction gives back. */
export const RECOVERY_PAGE = 200;

// ── Timers (P6) ───────────────────────────────────────────────────────────────

/** Timers that one transaction fires; each handler writes a handful of documents. */
export const TIMERS_PAGE = 100;
/** Documents after which a transaction leaves the other due timers to the next one. */
export const TIMER_DOCUMENTS_MAX = 1_000;
/**
 * Longest time between two looks at the agenda, and RIDE_MS more while a commit is expected to
 * take the question along: others may have added to it.
 */
export const AGENDA_MS = 2 * SECOND;
/** How long a timer is put off whose handler threw. */
export const TIMER_PUT_OFF_MS = 1 * MINUTE;
/** Characters of the error that is kept with such a timer. */
export const TIMER_TROUBLE_LENGTH_MAX = 512;

// ── Committing (D2, P4, D8) ───────────────────────────────────────────────────

/** Bytes of one group commit: a quarter of the platform's, so that pacing stays even. */
export const COMMIT_BYTES_MAX = 4 * MiB;
/** Documents one group commit may write; well under a second of the platform's time. */
export const COMMIT_DOCUMENTS_MAX = 1_000;
/**
 * What the end of a workflow usually writes: itself, its result, its row in each place and
 * what tells its holder, its parent's, the pass of its gate and the move that gives it back.
 */
export const FINISH_DOCUMENTS = 10;
/** What an isolated step counts for in a commit: its row, and a nested call of the workpool. */
export const ISOLATED_DOCUMENTS = 16;
/** Workflows of one group commit. */
export const COMMIT_WORKFLOWS_MAX = 400;
/** Longest time a result waits for others to share its commit. */
export const LINGER_MS_MAX = 250;
/** Share of the median step's duration that batching may add. */
export const LINGER_STEP_SHARE = 0.02;
/** Durations of the last steps from which the median is taken. */
export const STEP_DURATIONS_KEPT = 64;
/**
 * Failures of one commit before its outcome is settled by an empty one (P4): with the
 * pauses below about ten seconds, so that a short outage costs nobody anything.
 */
export const COMMIT_TRIES = 8;
/** Failures of a part of such a commit: it is suspected already, and has many halves. */
export const COMMIT_TRIES_SUSPECT = 4;
/** First pause before a commit is tried again. */
export const COMMIT_RETRY_MS_MIN = 100;
/** Longest pause before a commit is tried again. */
export const COMMIT_RETRY_MS_MAX = 5 * SECOND;
/** Failures of a mutation step's transaction before it is settled as failed (P4). */
export const MUTATION_TRIES = 8;
/** Turns the loop gives to deliveries before it looks at anything else. */
export const TURN_ROUNDS_MAX = 64;

/** How often in a row the platform may have no room for a step before that is a failure. */
export const OVERLOADS_MAX = 60;
/** Pause before a step that the platform had no room for is started again. */
export const OVERLOAD_PAUSE_MS = 1 * SECOND;
