/**
 * What each bulk operation ranges over, whom it means, and what it does to them.
 *
 * Owns the table of verbs. Settling a row takes it out of what the verb means, so that a
 * page may be looked at twice. Whatever is removed from a queue is settled in the same
 * transaction: nothing is left unfinished (I1).
 */
import { paginator } from "convex-helpers/server/pagination";
import { v, type Infer } from "convex/values";
import { FINISH_DOCUMENTS, LEFTOVERS_INLINE } from "../shared/constants.js";
import { vWorkflowState } from "../shared/model.js";
import { clearQueued, failQueued, failRunning, restartFailed } from "./bulkSettling.js";
import { requestCancel } from "./canceling.js";
import { expireSoon } from "./cleanup.js";
import { loadConfig } from "./config.js";
import type { Doc, MutationCtx, QueryCtx } from "./functions.js";
import { retryCallback } from "./outbox.js";
import { isPaused, PAUSED, unparkWorkflow } from "./parking.js";
import schema from "./schema.js";

export const vBulkVerb = v.union(
  v.literal("failTasks"),
  v.literal("failClaims"),
  v.literal("clearTasks"),
  v.literal("clearReplays"),
  v.literal("cancel"),
  v.literal("restart"),
  v.literal("cleanup"),
  v.literal("unpark"),
  v.literal("resume"),
  v.literal("retryOutbox"),
);
type BulkVerb = Infer<typeof vBulkVerb>;

/** Whom an operation means; each takes some of these, and all that are given must hold. */
export const vBulkFilter = v.object({
  shard: v.optional(v.number()),
  definition: v.optional(v.string()),
  state: v.optional(vWorkflowState),
  /** Finished at or after this time, in milliseconds since 1970. */
  from: v.optional(v.number()),
  /** Finished before this time. */
  to: v.optional(v.number()),
  errorCode: v.optional(v.string()),
  /** What the error's message contains. */
  errorText: v.optional(v.string()),
  /** The code that parked it. */
  parkedBy: v.optional(v.string()),
  fromFailure: v.optional(v.boolean()),
});
export type BulkFilter = Infer<typeof vBulkFilter>;

type BulkTable = "taskQueue" | "replayQueue" | "claims" | "workflows" | "outbox";
export type BulkRow = Doc<BulkTable>;

/** One range of rows. `isByCreation`: what comes after a younger row is younger too. */
export type Phase = {
  table: BulkTable;
  isByCreation: boolean;
  open: (ctx: QueryCtx) => Pages;
};
type Pages = {
  paginate: (options: {
    cursor: string | null;
    numItems: number;
    maximumBytesRead?: number;
  }) => Promise<Page>;
};
/** A page of rows, and where the next begins. */
export type Page = { page: BulkRow[]; isDone: boolean; continueCursor: string };

type Verb = {
  /** The ranges to walk through; a dry run must meet nobody twice. */
  phases: (filter: BulkFilter, isDryRun: boolean) => Phase[];
  /** Whom it means, besides the shard, the definition and the time of the call. */
  isMeant: (row: BulkRow, filter: BulkFilter, before: number) => boolean;
  /** Settles a row; answers how many documents that may have written, 0 if it cannot be. */
  settle: (ctx: MutationCtx, row: BulkRow, filter: BulkFilter) => Promise<number>;
};

export const VERBS: Record<BulkVerb, Verb> = {
  failTasks: {
    phases: (filter) => [queuePhase("taskQueue", filter)],
    isMeant: () => true,
    settle: async (ctx, row) => await failQueued(ctx, row as Doc<"taskQueue">),
  },
  failClaims: {
    phases: (filter) => [queuePhase("claims", filter)],
    isMeant: () => true,
    settle: async (ctx, row) => await failRunning(ctx, row as Doc<"claims">),
  },
  clearTasks: {
    phases: (filter) => [queuePhase("taskQueue", filter)],
    isMeant: () => true,
    settle: async (ctx, row) =>
      await clearQueued(ctx, row as Doc<"taskQueue">, "clearTaskQueue"),
  },
  clearReplays: {
    phases: (filter) => [queuePhase("replayQueue", filter)],
    isMeant: () => true,
    settle: async (ctx, row) =>
      await clearQueued(ctx, row as Doc<"replayQueue">, "clearReplayQueue"),
  },
  cancel: {
    // Workflows go from each of these states into a later one, and may come back from the
    // last: so that nobody slips through, the first two are looked through again.
    phases: (filter, isDryRun) =>
      statePhases(
        filter,
        isDryRun
          ? ["pending", "running", "parked"]
          : ["pending", "running", "parked", "pending", "running"],
      ),
    isMeant: (row) => (row as Doc<"workflows">).ending === undefined,
    settle: async (ctx, row) => {
      const reason = "An operator called cancelAll.";
      await requestCancel(ctx, row as Doc<"workflows">, { reason });
      return FINISH_DOCUMENTS + LEFTOVERS_INLINE;
    },
  },
  restart: {
    phases: (filter) => statePhases(filter, [filter.state ?? "failed"]),
    isMeant: (row, filter, before) => isFailure(row as Doc<"workflows">, filter, before),
    settle: async (ctx, row, filter) =>
      await restartFailed(ctx, row as Doc<"workflows">, filter),
  },
  retryOutbox: {
    phases: () => [
      {
        table: "outbox",
        isByCreation: false,
        open: ({ db }) =>
          paginator(db, schema)
            .query("outbox")
            .withIndex("by_shard", (q) => q.eq("state", "parked")),
      },
    ],
    isMeant: (row) => (row as Doc<"outbox">).state === "parked",
    settle: async (ctx, row) => {
      await retryCallback(ctx, row as Doc<"outbox">);
      return 1;
    },
  },
  cleanup: {
    phases: (filter) =>
      statePhases(
        filter,
        filter.state ? [filter.state] : ["completed", "failed", "canceled"],
      ),
    isMeant: (row, filter, before) => {
      const { parent, expiring, finishedAt = 0 } = row as Doc<"workflows">;
      const { from = 0, to = before } = filter;
      const isThen = finishedAt >= from && finishedAt < Math.min(to, before);
      return parent === undefined && expiring === undefined && isThen;
    },
    settle: async (ctx, row) => {
      await expireSoon(ctx, row as Doc<"workflows">);
      return 2;
    },
  },
  unpark: {
    phases: (filter) => statePhases(filter, ["parked"]),
    isMeant: (row, filter) => {
      const { parkedBy } = row as Doc<"workflows">;
      return parkedBy !== PAUSED && (filter.parkedBy ?? parkedBy) === parkedBy;
    },
    settle: async (ctx, row) => await unparkWorkflow(ctx, row as Doc<"workflows">),
  },
  resume: {
    phases: (filter) => statePhases(filter, ["parked"]),
    isMeant: (row) => (row as Doc<"workflows">).parkedBy === PAUSED,
    settle: async (ctx, row) => {
      const workflow = row as Doc<"workflows">;
      // It may have been paused again while the pages went on.
      if (isPaused(await loadConfig(ctx), workflow.definition)) return 0;
      return await unparkWorkflow(ctx, workflow);
    },
  },
};

// ── Ranges ────────────────────────────────────────────────────────────────────

function queuePhase(
  table: "taskQueue" | "replayQueue" | "claims",
  { shard }: BulkFilter,
): Phase {
  const isAll = shard === undefined;
  return {
    table,
    isByCreation: isAll || table === "claims",
    open: ({ db }) => {
      const rows = paginator(db, schema).query(table);
      if (isAll) return rows;
      return rows.withIndex("by_shard", (q) => q.eq("shard", shard));
    },
  };
}

function statePhases(
  { definition }: BulkFilter,
  states: Doc<"workflows">["state"][],
): Phase[] {
  return states.map((state) => ({
    table: "workflows",
    isByCreation: true,
    open: ({ db }) => {
      const rows = paginator(db, schema).query("workflows");
      if (definition === undefined)
        return rows.withIndex("by_state", (q) => q.eq("state", state));
      return rows.withIndex("by_definition_and_state", (q) =>
        q.eq("definition", definition).eq("state", state),
      );
    },
  }));
}

function isFailure(
  { state, finishedAt = 0, error }: Doc<"workflows">,
  filter: BulkFilter,
  before: number,
): boolean {
  const { from = 0, to = before, errorCode, errorText } = filter;
  return (
    state === (filter.state ?? "failed") &&
    finishedAt >= from &&
    finishedAt < Math.min(to, before) &&
    (errorCode === undefined || error?.code === errorCode) &&
    (errorText === undefined || error?.message.includes(errorText) === true)
  );
}
