/**
 * The shapes that the component stores and that cross between component and client.
 *
 * Owns: validators, each standing once, with its type inferred from it.
 * May not touch: ctx, clocks, I/O.
 */
import { v, type Infer, type VAny, type Value } from "convex/values";

/** A number that changes whenever the calls between executor and component change (P12). */
export const PROTOCOL = 6;

/**
 * Rows that an executor was told of. They are read by their ids, and searched for only if
 * they turn out to be others, or to be gone.
 */
export const vKnownRows = v.object({ seat: v.string(), config: v.string() });
export type KnownRows = Infer<typeof vKnownRows>;

/**
 * Who calls: with which protocol, from which seat. Calls that only an executor with the same
 * code may make carry it; to one with other code they answer that it is nobody (P12).
 */
export const vSelf = {
  protocol: v.optional(v.number()),
  seat: v.number(),
  executor: v.string(),
  known: v.optional(vKnownRows),
};

/** Says whether a caller's code speaks the present protocol. */
export function speaksProtocol({ protocol }: { protocol?: number }): boolean {
  return protocol === undefined || protocol === PROTOCOL;
}

/** Any value that Convex can store; `v.any()` alone would be `any` to the type checker. */
export const vValue = v.any() as VAny<Value>;

/** What a handler can be told about an error; bounded, and safe to store. */
export const vSerializedError = v.object({
  name: v.string(),
  message: v.string(),
  code: v.optional(v.string()),
  data: v.optional(vValue),
  /** How data that could not be stored begins. */
  dataPreview: v.optional(v.string()),
  stack: v.optional(v.string()),
  retryAfterMs: v.optional(v.number()),
  nonRetryable: v.optional(v.boolean()),
});

/** How a step ended. */
export const vOutcome = v.union(
  v.object({ kind: v.literal("completed"), value: vValue }),
  v.object({ kind: v.literal("failed"), error: vSerializedError }),
);
export type Outcome = Infer<typeof vOutcome>;

const vFailedOutcome = v.object({ kind: v.literal("failed"), error: vSerializedError });
const vCanceledOutcome = v.object({
  kind: v.literal("canceled"),
  reason: v.optional(v.string()),
});

/** How a workflow ends that is made to end (P11). */
export const vImposedOutcome = v.union(vFailedOutcome, vCanceledOutcome);
export type ImposedOutcome = Infer<typeof vImposedOutcome>;

/** How a workflow ended, as told to whoever finishes it. */
export const vWorkflowOutcome = v.union(
  v.object({ kind: v.literal("completed"), value: vValue }),
  vFailedOutcome,
  vCanceledOutcome,
);
export type WorkflowOutcome = Infer<typeof vWorkflowOutcome>;

/** Where a workflow stands. */
export const vWorkflowState = v.union(
  v.literal("pending"),
  v.literal("running"),
  v.literal("parked"),
  v.literal("completed"),
  v.literal("failed"),
  v.literal("canceled"),
);
export type WorkflowState = Infer<typeof vWorkflowState>;

/** Says whether a workflow in this state will never run again in its generation (I2). */
export function isFinished(state: WorkflowState): boolean {
  return state === "completed" || state === "failed" || state === "canceled";
}

/** Step numbers below `below`, after those of the entry before: `generation` holds them. */
export const vInherited = v.object({ generation: v.number(), below: v.number() });
export type Inherited = Infer<typeof vInherited>;

/**
 * What a step does.
 * - `query`, `mutation`, `action`: a Convex function.
 * - `run`: inline code of the handler.
 * - `sleep`: a wait.
 * - `workflow`: a child workflow, settled from outside.
 * - `isolated`: an action on the workpool, settled from outside.
 * - `event`: a wait for an event, settled from outside.
 */
export const vStepKind = v.union(
  v.literal("query"),
  v.literal("mutation"),
  v.literal("action"),
  v.literal("run"),
  v.literal("sleep"),
  v.literal("workflow"),
  v.literal("isolated"),
  v.literal("event"),
);
export type StepKind = Infer<typeof vStepKind>;

/** What a step's journal entry begins with: the same in the commit that adds it and in its row. */
export const vStepFields = {
  number: v.number(),
  name: v.string(),
  kind: vStepKind,
  digest: v.string(),
  preview: v.optional(v.string()),
  /** Steps delivered since the previous row, in order (P1). */
  after: v.array(v.number()),
  /** Attempts started; 0 if a later holder will start the first. */
  attempts: v.number(),
  /** Until when the step waits. */
  dueAt: v.optional(v.number()),
  /** The key of the gate that each of its attempts passes (P15). */
  gate: v.optional(v.string()),
  /** Whether a timer stands for that wait, so that nobody keeps it in memory (D5). */
  isFar: v.optional(v.boolean()),
};

/** The built-in definition whose workflows run one step of a wide fan-out each (D11). */
export const STEP_DEFINITION = "convex-executor:step";

/**
 * Says whether a step waits for somebody other than its holder (P2): for a child, for the
 * workpool, for an event, or for the timer of a far wait.
 */
export function isSettledOutside(step: {
  kind: StepKind;
  isFar?: boolean | undefined;
}): boolean {
  const { kind, isFar } = step;
  return kind === "workflow" || kind === "isolated" || kind === "event" || isFar === true;
}

/**
 * What a timer does when it is due; its handler is in `component/timerKinds.ts`.
 * - `sleep`: settles a far sleep.
 * - `resume`: lets the next attempt of a step begin whose start or backoff is far.
 * - `expire`: deletes a page of a finished workflow.
 * - `begin`: queues a child workflow that was started for later.
 * - `event`: hands over an event that its step's commit had no room for.
 * - `eventTimeout`: ends a step's wait for an event.
 * - `timeout`: makes a workflow end that takes too long.
 * - `cancel`: goes on settling the open steps of a workflow that is made to end.
 * - `deadline`: ends it, if its handler has not.
 * - `finish`: goes on removing what an ended generation has left behind.
 */
export const vTimerKind = v.union(
  v.literal("sleep"),
  v.literal("resume"),
  v.literal("expire"),
  v.literal("begin"),
  v.literal("event"),
  v.literal("eventTimeout"),
  v.literal("timeout"),
  v.literal("cancel"),
  v.literal("deadline"),
  v.literal("finish"),
);
export type TimerKind = Infer<typeof vTimerKind>;

/** The options of an executor that the component has to know; see `ExecutorOptions`. */
export const vLayout = v.object({
  entry: v.string(),
  shards: v.number(),
  slotsPerShard: v.number(),
  seats: v.optional(v.number()),
  /** Incarnations of a seat at once, from its lifetime and drain window; 2 if absent. */
  incarnations: v.optional(v.number()),
});
export type LayoutOptions = Infer<typeof vLayout>;

/** What an executor is told when it is started. */
export const vEntryArgs = v.object({
  protocol: v.number(),
  seat: v.number(),
  executor: v.string(),
});
export type EntryArgs = Infer<typeof vEntryArgs>;

/**
 * What an executor is to its seat (I8): `current` may claim and commit, `draining` may
 * only commit, `none` may do nothing and must stop.
 */
export const vMembership = v.union(
  v.literal("current"),
  v.literal("draining"),
  v.literal("none"),
);
export type Membership = Infer<typeof vMembership>;
