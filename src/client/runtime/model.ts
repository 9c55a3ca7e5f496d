/**
 * The shapes that the parts of the runtime hand to each other.
 *
 * Owns types alone; no code.
 */
import type { Infer, Value } from "convex/values";
import type { vJournalRow } from "../../component/replays.js";
import type { vScanAnswer } from "../../component/scanning.js";
import type { Outcome, StepKind } from "../../shared/model.js";
import type { GateUse } from "../../shared/gates.js";
import type { PoolRetry, RetryPolicy } from "../../shared/retry.js";
import type { InProcessAction } from "../action.js";
import type { EndLimits } from "../definition.js";
import type { RunContext } from "../runContext.js";
import type { AnyReference } from "../types.js";
import type { StartTime } from "./startTimes.js";

/** A step as a replay reads it. */
export type JournalRow = Infer<typeof vJournalRow>;
/** What a scan answers. */
export type Scan = Infer<typeof vScanAnswer>;
/** A workflow that could be claimed. */
export type Candidate = Scan["tasks"][number] | Scan["replays"][number];

/** Who a workflow is, and where it stands in the order. */
export type WorkflowIdentity = {
  workflow: string;
  generation: number;
  definition: string;
  shard: number;
  workflowCreatedAt: number;
  queuedAt: number;
  row: string;
};

/** What the attempts of a step do. */
export type StepWork =
  | { kind: "query"; reference: AnyReference<"query">; args: Value }
  | { kind: "mutation"; reference: AnyReference<"mutation">; args: Value }
  | { kind: "action"; reference: AnyReference<"action">; args: Value }
  | { kind: "inProcess"; action: InProcessAction; args: Value }
  | { kind: "run"; body: (context: RunContext) => unknown }
  | { kind: "sleep" }
  | {
      kind: "workflow";
      definition: string;
      args: Value;
      limits: EndLimits;
      gate: GateUse | undefined;
    }
  | {
      kind: "isolated";
      reference: AnyReference<"action">;
      args: Value;
      retry: PoolRetry | undefined;
    }
  | { kind: "event"; names: string[]; isRace: boolean };

/** A step as the handler asked for it. */
export type StepRequest = {
  name: string;
  kind: StepKind;
  /** Compared on replay; the same constant for steps with unstable arguments. */
  digest: string;
  preview: string | undefined;
  /** Of its arguments. */
  bytes: number;
  work: StepWork;
  timeoutMs: number;
  retry: RetryPolicy | null;
  /** Checks what the handler is about to be given, the same in a replay; may throw. */
  check?: (value: unknown) => unknown;
  /** When its first attempt starts; when a sleep, or the wait for an event, ends. */
  start?: StartTime;
  /** The gate that each attempt passes. */
  gate?: GateUse;
  /** The workflow of its own that it becomes if too many run here; see `dispatch.ts`. */
  dispatch?: { isDue: boolean; args: Value };
  /** The same for all attempts; by default its workflow's, generation's and number's. */
  idempotencyKey?: string;
  /** Marked as running by a commit before it starts, and never started twice (P10). */
  atMostOnce?: boolean;
};

/** A step's outcome on its way to the handler. */
export type Settlement = {
  number: number;
  outcome: Outcome;
  settledAt: number;
  /** Whether its row has the outcome already: mutation steps and outside waits. */
  isRecorded: boolean;
};
