/**
 * What events, and what is seen of a workflow from outside, are bounded by.
 */
import { DAY, KiB, SECOND } from "./units.js";

// ── Events ────────────────────────────────────────────────────────────────────

/** Events of one workflow that nobody has awaited yet: a sender that is never heard must hear of it. */
export const EVENTS_PENDING_MAX = 1_000;
/** Mailboxes of one workflow that are looked at: the open one, and those of ended generations. */
export const MAILBOXES_MAX = 4;
/** Events that one step may wait for at once: each is a row, and all go when one has come. */
export const EVENT_NAMES_MAX = 16;
/** Longest timeout of a wait for an event; the platform's scheduler reaches five years. */
export const EVENT_TIMEOUT_MS_MAX = 365 * DAY;
/**
 * What the delivery of one event writes at most: step, event, value, mailbox, two timers and
 * a signal. The waiters of the step come on top, one per event that it waited for.
 */
export const EVENT_DELIVERY_DOCUMENTS = 7;
/**
 * Share of a platform limit up to which a commit hands over the values of events that were
 * sent before: what is left carries the rest of the commit (COMMIT_BYTES_MAX), and both stay
 * within half (I9). Later ones are handed over by a timer that is due at once.
 */
export const EVENT_DELIVERY_SHARE = 1 / 4;
/** Events that one timer hands over before it puts the rest off: each may be a megabyte. */
export const EVENT_SERVINGS_MAX = 4;

// ── Seen from outside ─────────────────────────────────────────────────────────

/** Bytes of a status that a handler sets: a line and some figures; it is rewritten often. */
export const STATUS_BYTES_MAX = 16 * KiB;
/** Rows of a queue that `getStatus` counts before it says "at least". */
export const STATUS_QUEUE_MAX = 100;
/** Open steps that `getStatus` counts before it says "at most" of those done. */
export const STATUS_OPEN_MAX = 500;

// ── Transitions in the log ────────────────────────────────────────────────────

/**
 * Lines of one executor that tell of transitions. Together with
 * CONSOLE_LINES_PER_EXECUTOR_MAX they leave some of the platform's to the user's actions.
 */
export const TRANSITION_LINES_MAX = 40;
/** Lines that an executor may print at once, before it has to pace itself. */
export const TRANSITION_LINES_BURST = 8;
/** Milliseconds that earn a line: the rest of the lines last for a life and its drain. */
export const TRANSITION_LINE_MS = 45 * SECOND;
/** Milliseconds for which a transition waits for others to share its line. */
export const TRANSITION_HOLD_MS = 5 * SECOND;
/** Bytes of such a line; the platform documents 4 KiB, and adds a prefix of its own. */
export const TRANSITION_LINE_BYTES_MAX = 3 * KiB + KiB / 2;
/** Bytes of such a line that are kept for the counts of what was dropped, of all kinds. */
export const TRANSITION_DROPPED_BYTES = 640;
/** Bytes of an error's message in a line: enough to tell errors apart. */
export const TRANSITION_MESSAGE_BYTES_MAX = 200;
/** Hexadecimal digits of an OpenTelemetry span id: eight bytes. */
export const SPAN_ID_DIGITS = 16;
