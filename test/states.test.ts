/**
 * What each event does to a workflow in each state: every pair is listed, no-ops included.
 *
 * The first table says where the workflow stands right after the event; the second how it
 * ends once executors have been started and all is quiet. `audit` is empty at both times.
 */
import { describe, expect, test } from "vitest";
import {
  end,
  observe,
  reach,
  startIn,
  STATES,
  type Situation,
  type StateName,
} from "./harness/states.js";

const EVENTS = {
  cancel: async ({ app, id }) =>
    void (await app.inMutation(async (ctx) => app.executor.cancel(ctx, id))),
  "cancel force": async ({ app, id }) => await end(app, id),
  "child settles": async ({ app, child }) => {
    if (child) await end(app, child);
  },
  failPendingTasks: async ({ app }) => void (await app.operate("failPendingTasks")),
  "failPendingTasks includeRunning": async ({ app }) =>
    void (await app.operate("failPendingTasks", { includeRunning: true })),
  clearTaskQueue: async ({ app }) => void (await app.operate("clearTaskQueue")),
  clearReplayQueue: async ({ app }) => void (await app.operate("clearReplayQueue")),
  "dry runs": async ({ app }) => {
    const args = { dryRun: true };
    await app.operate("failPendingTasks", { ...args, includeRunning: true });
    await app.operate("clearTaskQueue", args);
    await app.operate("clearReplayQueue", args);
  },
  bumpEpoch: async ({ app }) => void (await app.operate("bumpEpoch")),
  "bumpEpoch restart": async ({ app }) =>
    void (await app.operate("bumpEpoch", { restart: true })),
  startExecutors: async ({ app }) => void (await app.operate("startExecutors")),
  "executor crash": async ({ app }) => {
    await app.crash(...app.faults.incarnations.keys());
  },
  unpark: async ({ app }) => void (await app.operate("unpark")),
} satisfies Record<string, (situation: Situation) => Promise<void>>;
type EventName = keyof typeof EVENTS;

/** Where the workflow stands right after the event; `same` is a no-op. */
type After = Record<EventName, StateName | "same">;
type Final = "completed" | "failed" | "canceled";
/** How it ends; events that are not named end as `otherwise`. */
type Ends = { otherwise: Final } & Partial<Record<EventName, Final>>;

const NO_OPS: After = {
  cancel: "same",
  "cancel force": "same",
  "child settles": "same",
  failPendingTasks: "same",
  "failPendingTasks includeRunning": "same",
  clearTaskQueue: "same",
  clearReplayQueue: "same",
  "dry runs": "same",
  bumpEpoch: "same",
  "bumpEpoch restart": "same",
  startExecutors: "same",
  "executor crash": "same",
  unpark: "same",
};

/** A workflow that the present executor holds. */
const HELD: After = {
  ...NO_OPS,
  cancel: "W15_ENDING",
  "cancel force": "W10_CANCELED",
  "failPendingTasks includeRunning": "W6_SIGNALLED",
  bumpEpoch: "W12_HELD_BY_DRAINING",
  "bumpEpoch restart": "W12_HELD_BY_DRAINING",
  "executor crash": "W13_HELD_BY_DEAD",
};

const AFTER: Record<StateName, After> = {
  W1_QUEUED: {
    ...NO_OPS,
    cancel: "W10_CANCELED",
    "cancel force": "W10_CANCELED",
    failPendingTasks: "W9_FAILED",
    "failPendingTasks includeRunning": "W9_FAILED",
    clearTaskQueue: "W10_CANCELED",
  },
  W2_HOT_RUNNING: HELD,
  W3_HOT_SLEEPING: HELD,
  W4_HOT_BACKOFF: HELD,
  W5_COLD_WAITING_CHILD: {
    ...NO_OPS,
    cancel: "W15_ENDING",
    "cancel force": "W10_CANCELED",
    "child settles": "W6_SIGNALLED",
  },
  W6_SIGNALLED: {
    ...NO_OPS,
    cancel: "W15_ENDING",
    "cancel force": "W10_CANCELED",
    clearReplayQueue: "W10_CANCELED",
  },
  W7_PARKED: {
    ...NO_OPS,
    cancel: "W15_ENDING",
    "cancel force": "W10_CANCELED",
    unpark: "W6_SIGNALLED",
  },
  W8_COMPLETED: NO_OPS,
  W9_FAILED: NO_OPS,
  W10_CANCELED: NO_OPS,
  W11_HOT_SIGNALLED: {
    ...NO_OPS,
    cancel: "W15_ENDING",
    "cancel force": "W10_CANCELED",
    "failPendingTasks includeRunning": "W6_SIGNALLED",
    clearReplayQueue: "W10_CANCELED",
  },
  W12_HELD_BY_DRAINING: {
    ...NO_OPS,
    cancel: "W15_ENDING",
    "cancel force": "W10_CANCELED",
    "failPendingTasks includeRunning": "W6_SIGNALLED",
    "executor crash": "W13_HELD_BY_DEAD",
  },
  W13_HELD_BY_DEAD: {
    ...NO_OPS,
    cancel: "W15_ENDING",
    "cancel force": "W10_CANCELED",
    "failPendingTasks includeRunning": "W6_SIGNALLED",
  },
  W14_COLD_SLEEPING: {
    ...NO_OPS,
    cancel: "W15_ENDING",
    "cancel force": "W10_CANCELED",
  },
  W15_ENDING: {
    ...NO_OPS,
    "cancel force": "W10_CANCELED",
    clearReplayQueue: "W10_CANCELED",
  },
};

/** A workflow whose steps an operator fails sees the failure, and ends as one. */
const RUNNING: Ends = {
  otherwise: "completed",
  cancel: "canceled",
  "cancel force": "canceled",
  "failPendingTasks includeRunning": "failed",
};

const ENDS: Record<StateName, Ends> = {
  W1_QUEUED: {
    otherwise: "completed",
    cancel: "canceled",
    "cancel force": "canceled",
    failPendingTasks: "failed",
    "failPendingTasks includeRunning": "failed",
    clearTaskQueue: "canceled",
  },
  W2_HOT_RUNNING: RUNNING,
  W3_HOT_SLEEPING: RUNNING,
  W4_HOT_BACKOFF: RUNNING,
  W5_COLD_WAITING_CHILD: { ...RUNNING, "child settles": "failed" },
  W6_SIGNALLED: {
    otherwise: "failed",
    cancel: "canceled",
    "cancel force": "canceled",
    clearReplayQueue: "canceled",
  },
  W7_PARKED: { otherwise: "completed", cancel: "canceled", "cancel force": "canceled" },
  W8_COMPLETED: { otherwise: "completed" },
  W9_FAILED: { otherwise: "failed" },
  W10_CANCELED: { otherwise: "canceled" },
  W11_HOT_SIGNALLED: {
    otherwise: "failed",
    cancel: "canceled",
    "cancel force": "canceled",
    clearReplayQueue: "canceled",
  },
  W12_HELD_BY_DRAINING: RUNNING,
  W13_HELD_BY_DEAD: RUNNING,
  W14_COLD_SLEEPING: {
    otherwise: "completed",
    cancel: "canceled",
    "cancel force": "canceled",
  },
  W15_ENDING: { otherwise: "canceled" },
};

const PAIRS = STATES.flatMap((state) =>
  (Object.keys(EVENTS) as EventName[]).map((event) => {
    const after = AFTER[state][event];
    const end = ENDS[state][event] ?? ENDS[state].otherwise;
    return { state, event, after: after === "same" ? state : after, end };
  }),
);

describe("a workflow", () => {
  test.each(STATES)("can be brought into %s", async (state) => {
    const situation = await reach(state);

    expect(await observe(situation)).toBe(state);
    expect(await situation.app.audit()).toEqual([]);
  });

  test.each(PAIRS)("$state + $event -> $after, ends $end", async (pair) => {
    const situation = await reach(pair.state);
    const { app, id } = situation;
    // Bulk verbs spare what is younger than their call, and clocks have milliseconds.
    await app.runFor(1);

    await EVENTS[pair.event](situation);

    expect(await observe(situation)).toBe(pair.after);
    expect(await app.audit()).toEqual([]);
    await app.runFor(1);
    await app.operate("startExecutors");
    await app.run();
    expect((await app.status(id)).state).toBe(pair.end);
    expect(await app.audit()).toEqual([]);
    expect(await app.rows("claims")).toEqual([]);
    expect(app.overlaps).toEqual([]);
  });

  test.each(STATES)(
    "in %s is found again by its key, not started twice",
    async (state) => {
      const situation = await reach(state);
      const before = (await situation.app.rows("workflows")).length;

      expect(await startIn(situation.app, state)).toBe(situation.id);
      expect(await situation.app.rows("workflows")).toHaveLength(before);
    },
  );
});
