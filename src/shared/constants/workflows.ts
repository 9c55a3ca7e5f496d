/**
 * What workflows, steps, retries and operators are bounded by.
 */
import { DAY, KiB, MiB, MINUTE, SECOND } from "./units.js";

// ── Workflows and steps ───────────────────────────────────────────────────────

/** Workflows one `startMany` call may start in a mutation (P13). */
export const START_MANY_MAX = 500;
/** Bytes of arguments of one `startMany` transaction (P13). */
export const START_MANY_BYTES_MAX = 4 * MiB;
/** Milliseconds of `workflowCreatedAt` that a batch of START_MANY_MAX spreads over, to keep its order. */
export const START_MANY_SPREAD_MS = 1;
/** Unsettled steps of one workflow: their numbers must fit one `after` array. */
export const OPEN_STEPS_MAX = 4_096;
/** Bytes of the arguments of one workflow's unsettled steps: a third of what claiming stops at. */
export const OPEN_STEPS_BYTES_MAX = 8 * MiB;
/** Steps of one generation: what one replay can read back. */
export const STEPS_MAX = 100_000;
/** Milliseconds up to which a wait stays in memory (D5). */
export const HOT_WAIT_MS_MAX = 5 * MINUTE;
/** Longest sleep: a year; the platform schedules nothing that is further away than five. */
export const SLEEP_MS_MAX = 365 * DAY;
/** Milliseconds one attempt of a step may take by default. */
export const STEP_TIMEOUT_MS_DEFAULT = 5 * MINUTE;
/** Shortest timeout a step may ask for. */
export const STEP_TIMEOUT_MS_MIN = 1;
/** Characters of a name: of a step, a definition or a key. */
export const NAME_LENGTH_MAX = 512;
/** Bytes of an argument preview in the journal. */
export const PREVIEW_BYTES_MAX = 256;
/** Largest head start, in milliseconds, that `priority` may give (D11): a day. */
export const PRIORITY_MS_MAX = 24 * 60 * MINUTE;

// ── Retries (D5) ──────────────────────────────────────────────────────────────

/** Attempts of a step with `retry: true`. */
export const RETRY_ATTEMPTS_DEFAULT = 5;
/** Most attempts a policy may ask for. */
export const RETRY_ATTEMPTS_MAX = 1_000;
/** First backoff of `retry: true`. */
export const RETRY_BACKOFF_MS_DEFAULT = 500;
/** Factor between two backoffs of `retry: true`. */
export const RETRY_BASE_DEFAULT = 2;
/** Longest backoff a policy may ask for; a longer one would look like a stuck workflow. */
export const RETRY_BACKOFF_MS_MAX = 1 * DAY;
/** Longest backoff of `retry: true`; at most HOT_WAIT_MS_MAX, so that it stays in memory. */
export const RETRY_BACKOFF_MS_MAX_DEFAULT = 1 * MINUTE;
/** Part of a backoff that is drawn at random, so that failures do not return in step. */
export const RETRY_JITTER = 0.5;

// ── Restart (P11) ─────────────────────────────────────────────────────────────

/** Older generations one journal may be read from; each is a range of its own in a replay. */
export const INHERITED_MAX = 32;
/** Steps that a restart looks through for a name, from the last one back, or for a failure. */
export const RESTART_SCAN_STEPS = 2_000;

// ── Cleanup and retention (P11) ───────────────────────────────────────────────

/** Longest retention: the platform schedules nothing further ahead than five years. */
export const RETENTION_MS_MAX = 1_000 * DAY;
/** Documents that one page of a cleanup deletes. */
export const CLEANUP_PAGE = 500;
/** Bytes that one page of a cleanup deletes; each is read to be deleted. */
export const CLEANUP_PAGE_BYTES = 2 * MiB;
/** Share of any limit of its transaction at which a page begins nothing more. */
export const CLEANUP_LIMIT_SHARE = 0.25;
/** Children of children that a page goes down to; deeper ones get a timer of their own. */
export const CLEANUP_DEPTH_MAX = 64;
/** First pause before a cleanup that a callback or a child holds up is tried again. */
export const CLEANUP_AGAIN_MS_MIN = 1 * MINUTE;
/** Longest such pause. */
export const CLEANUP_AGAIN_MS_MAX = 1 * DAY;
/** How often in a row it is tried: about a week. */
export const CLEANUP_TRIES = 16;

// ── Operators and queries ─────────────────────────────────────────────────────

/** Workflows one operator transaction settles. */
export const OPERATOR_PAGE = 100;
/** Documents one operator transaction writes before it leaves the rest to the next. */
export const OPERATOR_DOCUMENTS_MAX = 2_000;
/** Rows that one bulk transaction looks through for those that are meant. */
export const BULK_SCAN_ROWS = 500;
/** Bytes of a page of such rows; as many pages as a dry run looks through fit a query. */
export const BULK_PAGE_BYTES = 128 * KiB;
/** Ranges that one bulk transaction looks through; those with nothing in them cost a read. */
export const BULK_PHASES_MAX = 64;
/** What a restart writes at most: the workflow, its places in the queues, its result, ... */
export const RESTART_DOCUMENTS = 9; // ... and what tells its holder
/** Rows a dry run counts before it says "at least". */
export const DRY_RUN_COUNT_MAX = 4_000;
/** Rows an operator's call may settle in all. */
export const OPERATOR_LIMIT_MAX = 1_000_000;
/** Definitions that may be paused at a time: they stand in the one row that all starts read. */
export const PAUSED_MAX = 100;
/** Rows of paused workflows that one transaction takes out of the queues. */
export const PAUSE_PAGE = 100;
/** Rows by default in a page of `list`, `listSteps` and `audit`. */
export const PAGE_DEFAULT = 100;
/** Most rows in a page of `list` and `listSteps`. */
export const PAGE_MAX = 500;
/** Bytes a page of `list` or `listSteps` reads before it ends early. */
export const PAGE_BYTES_MAX = 4 * MiB;
/** Workflows one audit query checks; each costs a handful of point reads. */
export const AUDIT_PAGE = 50;
/** Rows `diagnose` counts per queue and shard before it says "at least". */
export const DIAGNOSE_COUNT_MAX = 100;
/** Shards one `diagnose` call looks at. */
export const DIAGNOSE_SHARDS_MAX = 25;
/** Age of an executor's last commit at which `diagnose` calls it silent: six heartbeats. */
export const FINDING_LATE_MS = 1 * MINUTE;
/** Open steps `getStatus` names. */
export const STATUS_STEPS_MAX = 50;

// ── Ends of workflows (P11) ───────────────────────────────────────────────────

/** Milliseconds a canceled workflow's handler may still run steps, to clean up. */
export const CANCEL_GRACE_MS = 30 * SECOND;
/** Longest such grace. */
export const CANCEL_GRACE_MS_MAX = 24 * 60 * MINUTE;
/** Shortest timeout of a workflow: below it nothing could have begun. */
export const WORKFLOW_TIMEOUT_MS_MIN = 1 * SECOND;
/** Longest timeout of a workflow: a year. */
export const WORKFLOW_TIMEOUT_MS_MAX = 365 * DAY;
/** Characters of the reason of a cancel. */
export const REASON_LENGTH_MAX = 1_024;
/** Documents that the end of a workflow may write at once to remove what it leaves behind. */
export const LEFTOVERS_INLINE = 8;
/** Documents one page of removing leftovers, or of settling open steps, writes about. */
export const LEFTOVERS_PAGE = 400;
/** Bytes of rows one such page reads before it stops. */
export const LEFTOVERS_PAGE_BYTES = 2 * MiB;

// ── Callbacks (P6) ────────────────────────────────────────────────────────────

/** Attempts of an `onComplete` before it waits for an operator: about two hours of backoff. */
export const OUTBOX_ATTEMPTS = 12;
/** First attempts that may share one transaction; each is a nested call with its own modules. */
export const OUTBOX_PAGE = 20;
/** Bytes of results and contexts that one delivery reads before it leaves the rest. */
export const OUTBOX_PAGE_BYTES = 4 * MiB;
/** Backoff after the first attempt; it doubles. Also the time a delivery has before it counts as lost. */
export const OUTBOX_BACKOFF_MS_MIN = 5 * SECOND;
/** Longest backoff. */
export const OUTBOX_BACKOFF_MS_MAX = 30 * MINUTE;
/** Share of a platform limit after which a delivery starts no further callback. */
export const OUTBOX_LIMIT_SHARE = 1 / 4;
