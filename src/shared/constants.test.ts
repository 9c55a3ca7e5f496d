import { describe, expect, test } from "vitest";

import * as constants from "./constants.js";

/** The most bytes, documents and so on that a transaction of ours may use (I9). */
const allowed = (platform: number): number => platform * constants.LIMIT_SHARE_MAX;

describe("values", () => {
  test("a user's value and the row around it fit into a document", () => {
    const errorBytes =
      constants.ERROR_NAME_BYTES_MAX +
      constants.ERROR_CODE_BYTES_MAX +
      constants.ERROR_MESSAGE_BYTES_MAX +
      constants.ERROR_STACK_BYTES_MAX +
      constants.ERROR_DATA_BYTES_MAX;

    expect(constants.DOCUMENT_VALUE_BYTES_MAX).toBeGreaterThan(0);
    expect(errorBytes).toBeLessThanOrEqual(constants.DOCUMENT_HEADROOM_BYTES / 2);
  });

  test("the names and the preview of a step fit into the room its row keeps", () => {
    // A character of a name is up to three bytes.
    const fieldBytes = 3 * constants.NAME_LENGTH_MAX + constants.PREVIEW_BYTES_MAX;

    expect(fieldBytes).toBeLessThanOrEqual(constants.DOCUMENT_HEADROOM_BYTES / 2);
  });

  test("measuring goes further than any limit it is used to judge", () => {
    expect(constants.MEASURE_BYTES_MAX).toBeGreaterThan(
      constants.DOCUMENT_VALUE_BYTES_MAX,
    );
    expect(constants.PREVIEW_COUNT_BYTES_MAX).toBeGreaterThan(
      constants.ERROR_MESSAGE_BYTES_MAX,
    );
    expect(constants.ERROR_DATA_PREVIEW_BYTES).toBeLessThan(
      constants.ERROR_DATA_BYTES_MAX,
    );
  });

  test("a handful of chatty workflows does not use up an executor's console", () => {
    expect(constants.CONSOLE_LINES_PER_WORKFLOW_MAX * 16).toBeLessThan(
      constants.PLATFORM_CONSOLE_LINES_MAX,
    );
  });
});

describe("the life of an executor", () => {
  test("by default it is over a minute before the platform would end it", () => {
    const lifeMs = constants.LIFETIME_MS_DEFAULT + constants.DRAIN_MS_DEFAULT;

    expect(lifeMs + constants.MINUTE).toBeLessThanOrEqual(constants.PLATFORM_ACTION_MS);
  });

  test("a step that starts as the executor leaves ends within the drain window", () => {
    expect(constants.STEP_TIMEOUT_MS_MIN).toBeLessThan(constants.STEP_TIMEOUT_MS_DEFAULT);
    expect(constants.STEP_TIMEOUT_MS_DEFAULT).toBeLessThanOrEqual(
      constants.DRAIN_MS_DEFAULT,
    );
  });

  test("the jitter of a handoff leaves most of the lifetime", () => {
    expect(constants.LIFETIME_JITTER).toBeGreaterThan(0);
    expect(constants.LIFETIME_JITTER).toBeLessThanOrEqual(0.5);
  });

  test("it looks for work several times before it retires, and hundreds before a handoff", () => {
    expect(constants.POLL_MS_MIN).toBeLessThan(constants.POLL_MS_MAX);
    expect(constants.POLL_MS_MAX * 4).toBeLessThanOrEqual(constants.IDLE_MS_DEFAULT);
    expect(constants.HEARTBEAT_MS * 60).toBeLessThanOrEqual(
      constants.LIFETIME_MS_DEFAULT,
    );
  });

  test("it lets go of who waits before it stops claiming", () => {
    expect(constants.HOT_BYTES_MAX * (1 - constants.EVICTION_SHARE)).toBeGreaterThan(
      constants.SCAN_BYTES_MAX + constants.DELIVERED_BYTES_MAX,
    );
    expect(constants.EVICTION_WAIT_MS_MIN).toBeLessThan(constants.HOT_WAIT_MS_MAX);
  });

  test("what it buffers leaves half of the heap to what runs", () => {
    expect(constants.HOT_BYTES_MAX).toBeLessThan(constants.PLATFORM_HEAP_BYTES / 2);
    expect(constants.HOT_BYTES_MAX).toBeGreaterThanOrEqual(
      constants.SCAN_BYTES_MAX + constants.COMMIT_BYTES_MAX,
    );
  });

  test("all executors and their successors leave slots and permits to the app", () => {
    expect(constants.SCHEDULER_SHARE).toBeLessThanOrEqual(1 / 2);
    expect(constants.PERMIT_SHARE).toBeLessThanOrEqual(1 / 2);
  });

  test("the defaults are within what options may ask for", () => {
    expect(constants.SHARDS_DEFAULT).toBeLessThanOrEqual(constants.SHARDS_MAX);
    expect(constants.SLOTS_PER_SHARD_DEFAULT).toBeLessThanOrEqual(
      constants.SLOTS_PER_SHARD_MAX,
    );
    expect(constants.SLOTS_PER_SHARD_MAX).toBeLessThanOrEqual(
      constants.SLOTS_PER_EXECUTOR_MAX,
    );
  });
});

describe("the watchdog", () => {
  test("takes no seat from an executor that may still be settling a commit", () => {
    const commitMs =
      constants.COMMIT_TRIES *
      (constants.PLATFORM_PERMIT_WAIT_MS + constants.COMMIT_RETRY_MS_MAX);

    expect(constants.TAKEOVER_MS).toBeGreaterThanOrEqual(
      constants.HEARTBEAT_MS + commitMs,
    );
    expect(
      constants.QUIET_MS + (constants.TAKEOVER_LOOKS - 1) * constants.WATCHDOG_MS,
    ).toBeGreaterThanOrEqual(constants.TAKEOVER_MS);
    expect(constants.QUIET_MS).toBeGreaterThan(2 * constants.HEARTBEAT_MS);
  });

  test("sees each executor many times in its life, and its guard races nobody", () => {
    expect(constants.WATCHDOG_MS * 10).toBeLessThan(constants.LIFETIME_MS_DEFAULT);
    expect(constants.WATCHDOG_GUARD_MS).toBeGreaterThan(constants.WATCHDOG_MS);
    expect(constants.WATCHDOG_OVERDUE_MS).toBeGreaterThan(constants.WATCHDOG_GUARD_MS);
  });

  test("remembers all that a page of seats can have quiet", () => {
    expect(constants.WATCHDOG_SEATS_MAX).toBeLessThan(constants.SUSPECTS_MAX);
    expect(constants.RESTART_BACKOFF_MS_MIN).toBeLessThan(
      constants.RESTART_BACKOFF_MS_MAX,
    );
  });

  test("the quarantine's seat and shard are nobody else's", () => {
    expect(constants.QUARANTINE_SEAT).toBeGreaterThanOrEqual(constants.SEATS_MAX);
    expect(constants.QUARANTINE_SHARD).toBeGreaterThanOrEqual(constants.SHARDS_MAX);
    expect(constants.QUARANTINE_HOT_MAX).toBeLessThanOrEqual(constants.RECOVERY_PAGE);
  });
});

describe("commits", () => {
  test("a full one, read and written, uses at most half of a transaction (I9)", () => {
    expect(constants.COMMIT_BYTES_MAX * 2).toBeLessThanOrEqual(
      allowed(constants.PLATFORM_TRANSACTION_BYTES),
    );
    expect(constants.COMMIT_DOCUMENTS_MAX).toBeLessThanOrEqual(
      allowed(constants.PLATFORM_DOCUMENTS_WRITTEN),
    );
  });

  test("one operation always fits, whatever value it carries", () => {
    expect(constants.PLATFORM_DOCUMENT_BYTES_MAX).toBeLessThanOrEqual(
      constants.COMMIT_BYTES_MAX,
    );
  });

  test("each workflow of a full one has room for an operation", () => {
    expect(constants.COMMIT_WORKFLOWS_MAX).toBeLessThanOrEqual(
      constants.COMMIT_DOCUMENTS_MAX,
    );
    expect(constants.REVOCATIONS_PAGE).toBeLessThanOrEqual(
      constants.COMMIT_WORKFLOWS_MAX,
    );
  });

  test("company is waited for less long than anything else", () => {
    expect(constants.LINGER_MS_MAX).toBeLessThan(constants.POLL_MS_MAX);
    expect(constants.LINGER_STEP_SHARE).toBeLessThan(0.1);
    expect(constants.COMMIT_RETRY_MS_MIN).toBeLessThan(constants.COMMIT_RETRY_MS_MAX);
  });
});

describe("pages", () => {
  test("the steps that may be open at once fit one array of a row", () => {
    expect(constants.OPEN_STEPS_MAX).toBeLessThanOrEqual(
      constants.PLATFORM_ARRAY_LENGTH_MAX,
    );
    expect(constants.OPEN_STEPS_MAX).toBeLessThan(constants.STEPS_MAX);
  });

  test("every batch of rows fits one array", () => {
    const lengths = [
      constants.START_MANY_MAX,
      constants.SCAN_CANDIDATES_MAX,
      constants.COMMIT_WORKFLOWS_MAX,
      constants.JOURNAL_PAGE_ROWS,
      constants.PAGE_MAX,
      constants.SHARDS_MAX,
      constants.DRY_RUN_COUNT_MAX,
    ];

    expect(Math.max(...lengths)).toBeLessThanOrEqual(constants.PLATFORM_ARRAY_LENGTH_MAX);
  });

  test("a full batch of starts uses at most half of a transaction (I9)", () => {
    const documentsPerStart = 3; // payload, workflow, task

    expect(constants.START_MANY_MAX * documentsPerStart).toBeLessThanOrEqual(
      allowed(constants.PLATFORM_DOCUMENTS_WRITTEN),
    );
    expect(constants.START_MANY_BYTES_MAX * 2).toBeLessThanOrEqual(
      allowed(constants.PLATFORM_TRANSACTION_BYTES),
    );
  });

  test("a batch of starts can carry the largest arguments that may be stored", () => {
    expect(constants.DOCUMENT_VALUE_BYTES_MAX).toBeLessThanOrEqual(
      constants.START_MANY_BYTES_MAX,
    );
  });

  test("reading a page uses at most half of a transaction, with one large row more", () => {
    const pages = [
      constants.JOURNAL_PAGE_BYTES,
      constants.PAGE_BYTES_MAX,
      constants.SCAN_BYTES_MAX,
    ];

    expect(
      Math.max(...pages) + constants.PLATFORM_DOCUMENT_BYTES_MAX,
    ).toBeLessThanOrEqual(allowed(constants.PLATFORM_TRANSACTION_BYTES));
  });

  test("a scan of both queues reads at most half of what a transaction may read", () => {
    // At least two rows of each shard, of each queue; and a claim for each candidate.
    const documents = 2 * 2 * constants.SHARDS_MAX + 4 * constants.SCAN_CANDIDATES_MAX;

    expect(documents).toBeLessThanOrEqual(allowed(constants.PLATFORM_DOCUMENTS_READ));
    expect(constants.PAGE_DEFAULT).toBeLessThanOrEqual(constants.PAGE_MAX);
  });
});

describe("waits", () => {
  test("every backoff stays in memory, and most of a lifetime is left after it", () => {
    expect(constants.RETRY_BACKOFF_MS_DEFAULT).toBeLessThanOrEqual(
      constants.RETRY_BACKOFF_MS_MAX_DEFAULT,
    );
    expect(constants.RETRY_BACKOFF_MS_MAX_DEFAULT).toBeLessThanOrEqual(
      constants.HOT_WAIT_MS_MAX,
    );
    expect(constants.HOT_WAIT_MS_MAX).toBeLessThan(constants.LIFETIME_MS_DEFAULT / 2);
  });

  test("a far one can be scheduled: the platform goes five years ahead", () => {
    const fiveYearsMs = 5 * 365 * constants.DAY;

    expect(constants.SLEEP_MS_MAX).toBeLessThan(fiveYearsMs / 2);
    expect(constants.RETRY_BACKOFF_MS_MAX).toBeLessThanOrEqual(constants.SLEEP_MS_MAX);
    expect(constants.RETRY_AFTER_MS_MAX).toBeLessThanOrEqual(constants.SLEEP_MS_MAX);
    expect(constants.RETRY_BACKOFF_MS_MAX_DEFAULT).toBeLessThanOrEqual(
      constants.RETRY_BACKOFF_MS_MAX,
    );
  });

  test("a hot grace is shorter than a wait that stays in memory by itself", () => {
    expect(constants.HOT_GRACE_MS).toBeGreaterThanOrEqual(constants.POLL_MS_MAX);
    expect(constants.HOT_GRACE_MS).toBeLessThan(constants.HOT_WAIT_MS_MAX);
  });

  test("the agenda is asked before an idle executor retires", () => {
    expect(constants.AGENDA_MS).toBeLessThan(constants.IDLE_MS_DEFAULT);
    expect(constants.TIMER_PUT_OFF_MS).toBeGreaterThan(constants.AGENDA_MS);
  });

  test("signals and timers fit their transactions", () => {
    expect(constants.SIGNALS_PAGE).toBeLessThan(constants.COMMIT_DOCUMENTS_MAX);
    // A scan that rides shares its query with standings at gates and with revocations.
    const riding = 3 * constants.GATES_PER_TRADE + 2 * constants.REVOCATIONS_PAGE;
    expect(constants.SCAN_SIGNALS_MAX + riding).toBeLessThanOrEqual(
      allowed(constants.PLATFORM_DOCUMENTS_READ),
    );
    expect(constants.TIMERS_PAGE).toBeLessThan(constants.TIMER_DOCUMENTS_MAX);
    expect(2 * constants.TIMER_DOCUMENTS_MAX).toBeLessThanOrEqual(
      allowed(constants.PLATFORM_DOCUMENTS_WRITTEN),
    );
  });

  test("the default policy is one that may be asked for", () => {
    expect(constants.RETRY_ATTEMPTS_DEFAULT).toBeLessThanOrEqual(
      constants.RETRY_ATTEMPTS_MAX,
    );
    expect(constants.RETRY_BASE_DEFAULT).toBeGreaterThanOrEqual(1);
    expect(constants.RETRY_JITTER).toBeLessThanOrEqual(1);
  });

  test("no wait is longer than a timer of the platform can be set for", () => {
    expect(constants.PLATFORM_ACTION_MS).toBeLessThan(constants.PLATFORM_TIMEOUT_MS_MAX);
    expect(constants.HOT_WAIT_MS_MAX).toBeLessThan(constants.PLATFORM_TIMEOUT_MS_MAX);
    expect(constants.TIMER_STRETCH_MS).toBeLessThanOrEqual(constants.HEARTBEAT_MS);
    expect(constants.TIMER_STRETCH_MS).toBeLessThan(constants.QUIET_MS);
    expect(constants.CLOCK_BACK_MS).toBeLessThan(constants.TIMER_STRETCH_MS);
  });

  test("a batch keeps its order, and the head start of one is not that of the next", () => {
    expect(constants.START_MANY_SPREAD_MS).toBeGreaterThan(0);
    expect(constants.START_MANY_SPREAD_MS).toBeLessThanOrEqual(1);
    // Milliseconds of today leave the fractions that a full batch is spread over.
    const now = Date.UTC(2100, 0, 1);
    expect(now + constants.START_MANY_SPREAD_MS / constants.START_MANY_MAX).not.toBe(now);
  });
});

describe("events and what is seen from outside", () => {
  test("values that a commit hands over leave room for the rest of it", () => {
    const commitShare = constants.COMMIT_BYTES_MAX / constants.PLATFORM_TRANSACTION_BYTES;

    expect(constants.EVENT_DELIVERY_SHARE + commitShare).toBeLessThanOrEqual(
      constants.LIMIT_SHARE_MAX,
    );
    expect(
      constants.EVENT_DELIVERY_SHARE * constants.PLATFORM_TRANSACTION_BYTES,
    ).toBeGreaterThan(constants.EVENT_SERVINGS_MAX * constants.DOCUMENT_VALUE_BYTES_MAX);
  });

  test("a status is small beside a row, and its counts beside a query", () => {
    expect(constants.STATUS_BYTES_MAX).toBeLessThan(
      constants.DOCUMENT_VALUE_BYTES_MAX / 16,
    );
    expect(constants.STATUS_STEPS_MAX).toBeLessThanOrEqual(constants.STATUS_OPEN_MAX);
    expect(constants.STATUS_OPEN_MAX + constants.STATUS_QUEUE_MAX).toBeLessThanOrEqual(
      allowed(constants.PLATFORM_DOCUMENTS_READ),
    );
  });

  test("lines of handlers and of transitions leave some to the user's actions", () => {
    const lines =
      constants.CONSOLE_LINES_PER_EXECUTOR_MAX + constants.TRANSITION_LINES_MAX;

    expect(lines).toBeLessThanOrEqual(constants.PLATFORM_CONSOLE_LINES_MAX - 16);
    expect(constants.TRANSITION_LINES_BURST).toBeLessThan(constants.TRANSITION_LINES_MAX);
    expect(constants.TRANSITION_DROPPED_BYTES).toBeLessThan(
      constants.TRANSITION_LINE_BYTES_MAX / 4,
    );
    const paced = constants.TRANSITION_LINES_MAX - constants.TRANSITION_LINES_BURST;
    expect(paced * constants.TRANSITION_LINE_MS).toBeGreaterThanOrEqual(
      constants.LIFETIME_MS_DEFAULT,
    );
  });
});

describe("help", () => {
  test("a helper's look fits a query, rows and their workflows, beside its own scan", () => {
    const rows =
      constants.HELP_CALLS_MAX *
      (constants.SCAN_CANDIDATES_MAX + 2 * constants.HELP_WINDOW);

    expect(rows).toBeLessThanOrEqual(allowed(constants.PLATFORM_DOCUMENTS_READ) / 8);
  });

  test("whom one call wakes has had a look before the next call wakes others", () => {
    expect(constants.HELP_CALL_MS).toBeGreaterThan(constants.POLL_MS_MAX);
  });
});

describe("restart, cleanup and bulk operations", () => {
  test("what a page of a cleanup deletes fits beside the timers that fire with it", () => {
    expect(constants.CLEANUP_PAGE).toBeLessThanOrEqual(constants.TIMER_DOCUMENTS_MAX);
    expect(constants.CLEANUP_LIMIT_SHARE).toBeLessThan(constants.LIMIT_SHARE_MAX);
    // The last row of a page may be as large as a document.
    expect(
      2 * (constants.CLEANUP_PAGE_BYTES + constants.PLATFORM_DOCUMENT_BYTES_MAX),
    ).toBeLessThanOrEqual(allowed(constants.PLATFORM_TRANSACTION_BYTES));
  });

  test("a cleanup that is held up is tried for days", () => {
    const pausesMs = Array.from({ length: constants.CLEANUP_TRIES }, (_, tries) =>
      Math.min(
        constants.CLEANUP_AGAIN_MS_MAX,
        constants.CLEANUP_AGAIN_MS_MIN * 2 ** tries,
      ),
    );
    const sum = pausesMs.reduce((total, one) => total + one, 0);

    expect(sum).toBeGreaterThan(5 * constants.DAY);
  });

  test("what a dry run looks through fits a query", () => {
    const pages = constants.DRY_RUN_COUNT_MAX / constants.OPERATOR_PAGE;

    expect(pages * constants.BULK_PAGE_BYTES).toBeLessThanOrEqual(
      allowed(constants.PLATFORM_TRANSACTION_BYTES),
    );
    expect(constants.BULK_SCAN_ROWS).toBeGreaterThanOrEqual(constants.OPERATOR_PAGE);
  });

  test("a restart looks for a step no further than a transaction may read", () => {
    expect(constants.RESTART_SCAN_STEPS).toBeLessThanOrEqual(
      allowed(constants.PLATFORM_DOCUMENTS_READ),
    );
    expect(constants.PAGE_BYTES_MAX).toBeLessThanOrEqual(
      allowed(constants.PLATFORM_TRANSACTION_BYTES),
    );
  });
});
