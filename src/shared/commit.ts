/**
 * What an executor tells the component in a commit, and what it is answered (D2, P4).
 *
 * Owns: the shapes of operations, entries and answers, and what an operation costs.
 * A commit carries entries, one per workflow; an entry carries operations that are applied
 * in order. A turn too large for one commit spans several, each with a prefix of what is
 * left (P1), so an operation never depends on a later one.
 */
import { getConvexSize, v, type Infer } from "convex/values";
import {
  EVENT_DELIVERY_DOCUMENTS,
  FINISH_DOCUMENTS,
  ISOLATED_DOCUMENTS,
} from "./constants.js";
import { vGateUse } from "./gates.js";
import {
  vKnownRows,
  vMembership,
  vOutcome,
  vSerializedError,
  vStepFields,
  vValue,
  vWorkflowOutcome,
} from "./model.js";
import { vPoolRetry } from "./retry.js";

/** The events that a step waits for; with `isRace` it is told which of them came. */
const vEventWait = v.object({ names: v.array(v.string()), isRace: v.boolean() });
export type EventWait = Infer<typeof vEventWait>;

/** A step's first journal entry. */
const vStepOp = v.object({
  op: v.literal("step"),
  ...vStepFields,
  /** The child workflow to start. */
  child: v.optional(
    v.object({
      definition: v.string(),
      args: vValue,
      gate: v.optional(vGateUse),
      timeoutMs: v.optional(v.number()),
      graceMs: v.optional(v.number()),
    }),
  ),
  /** The action to hand to the workpool, and how that tries again. */
  isolated: v.optional(
    v.object({ handle: v.string(), args: vValue, retry: v.optional(vPoolRetry) }),
  ),
  /** The events to wait for. */
  event: v.optional(vEventWait),
});

const vOperation = v.union(
  /** Takes a task from its queue; the workflow begins (D3). */
  v.object({ op: v.literal("claimTask"), task: v.string(), startedAt: v.number() }),
  /** Takes over a workflow whose handler has to advance (D3). */
  v.object({
    op: v.literal("claimReplay"),
    row: v.string(),
    /** When its end was imposed, as far as the opener has seen. */
    ending: v.optional(v.number()),
  }),
  /** Ends the signals that the holder has seen, and no others (P2). */
  v.object({ op: v.literal("consume"), rows: v.array(v.string()) }),
  /** Records a step's outcome. */
  v.object({
    op: v.literal("settle"),
    number: v.number(),
    outcome: vOutcome,
    settledAt: v.number(),
  }),
  /** Records a failed attempt and when the next one is due (D5). */
  v.object({
    op: v.literal("retry"),
    number: v.number(),
    attempts: v.number(),
    failures: v.number(),
    dueAt: v.number(),
    /** Whether a timer stands for that wait. */
    isFar: v.optional(v.boolean()),
    error: vSerializedError,
    /** How often in a row the attempt was refused with `retry-after` (P15). */
    refusals: v.optional(v.number()),
  }),
  /**
   * Has a timer stand for a wait that its holder kept in memory, because it lets go of the
   * workflow; the attempt that comes after it is counted when it begins (D5).
   */
  v.object({
    op: v.literal("defer"),
    number: v.number(),
    attempts: v.number(),
    dueAt: v.number(),
  }),
  /** Notes that the workflow has passed its gate, and holds it until it ends (P15). */
  v.object({ op: v.literal("pass"), key: v.string(), weight: v.number() }),
  /** Closes a gate for all, since somebody who passed it was told to stay away (P15). */
  v.object({
    op: v.literal("closeGate"),
    key: v.string(),
    forMs: v.number(),
    /** Since the refused request was sent. */
    tookMs: v.optional(v.number()),
  }),
  /** Counts an attempt that begins because an earlier one was interrupted (P10). */
  v.object({ op: v.literal("restart"), number: v.number(), attempts: v.number() }),
  vStepOp,
  /** Shows a status; the last one of a commit counts. */
  v.object({ op: v.literal("status"), value: vValue }),
  /** Ends the workflow (P11). */
  v.object({
    op: v.literal("finish"),
    outcome: vWorkflowOutcome,
    after: v.array(v.number()),
    /** No step ever waited for anybody else, or for a timer: nothing of these is left. */
    isLocal: v.optional(v.boolean()),
  }),
  /** Gives the claim back: cold until a wait settles, or queued for another holder. */
  v.object({ op: v.literal("release"), requeue: v.boolean() }),
  /** Sets the workflow aside until other code or an operator takes it up (P12). */
  v.object({ op: v.literal("park"), error: vSerializedError, fingerprint: v.string() }),
);
export type Operation = Infer<typeof vOperation>;

const vEntry = v.object({
  workflow: v.string(),
  generation: v.number(),
  /** The claim the executor holds; absent while the first operation still takes it. */
  claim: v.optional(v.string()),
  operations: v.array(vOperation),
});
export type Entry = Infer<typeof vEntry>;

export const vCommitArgs = v.object({
  protocol: v.number(),
  seat: v.number(),
  executor: v.string(),
  known: v.optional(vKnownRows),
  seq: v.number(),
  entries: v.array(vEntry),
  /** Revocations that the executor has heard of, and acted on. */
  heard: v.optional(v.array(v.string())),
});
export type CommitArgs = Infer<typeof vCommitArgs>;

/**
 * What became of one entry. `lost`: the claim is gone, nothing of the entry was written.
 * `isOwed`: its end has left a callback to be delivered.
 */
const vEntryAnswer = v.union(
  v.object({ kind: v.literal("lost") }),
  v.object({
    kind: v.literal("applied"),
    claim: v.union(v.string(), v.null()),
    isOwed: v.optional(v.boolean()),
  }),
);
export type EntryAnswer = Infer<typeof vEntryAnswer>;

/** A claim that was taken from the executor, and the row that says so until it is heard. */
export const vRevoked = v.object({ row: v.string(), claim: v.string() });
export type Revoked = Infer<typeof vRevoked>;

/**
 * - `applied`: written by this call. `repeated`: written by an earlier call with this number.
 * - `refused`: not written, and never will be under this number.
 */
export const vCommitAnswer = v.object({
  kind: v.union(v.literal("applied"), v.literal("repeated"), v.literal("refused")),
  membership: vMembership,
  entries: v.array(vEntryAnswer),
});
export type CommitAnswer = Infer<typeof vCommitAnswer>;

/** What an operation writes: documents, and bytes as `getConvexSize` measures them. */
export function measureOperation(operation: Operation): {
  documents: number;
  bytes: number;
} {
  return { documents: countDocuments(operation), bytes: getConvexSize(operation) };
}

/** Documents an operation writes at most, queue rows and parents' rows included. */
function countDocuments(operation: Operation): number {
  switch (operation.op) {
    case "claimTask":
      return 3; // task, claim, workflow
    case "claimReplay":
      return 1; // claim
    case "step":
      if (operation.isolated) return ISOLATED_DOCUMENTS;
      if (operation.event) return EVENT_DELIVERY_DOCUMENTS + operation.event.names.length;
      if (operation.child) return 4; // row; payload, workflow and task, or timer, of the child
      return operation.isFar ? 2 : 1; // row; timer
    case "finish":
      return FINISH_DOCUMENTS;
    case "release":
      return 2; // claim, replay row
    case "park":
      return 3; // workflow, claim, replay row
    case "pass":
      return 2; // pass, move
    case "defer":
      return 2; // row, timer
    case "retry":
      return operation.isFar ? 2 : 1; // row; timer
    case "consume":
      return operation.rows.length;
    case "closeGate":
    case "settle":
    case "status":
    case "restart":
      return 1;
  }
}
