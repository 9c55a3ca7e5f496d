/**
 * What one workflow has to tell the next commits.
 *
 * Owns the operations in the order in which they must be applied, and the deliveries that
 * led to each (`after`). Invariant H2: a new row carries the settlements delivered since
 * the row before, and the outcome those since the last row (P1).
 */
import type { Value } from "convex/values";
import { measureOperation, type Operation } from "../../shared/commit.js";
import {
  isSettledOutside,
  type Outcome,
  type StepKind,
  type WorkflowOutcome,
} from "../../shared/model.js";
import type { SerializedError } from "../../shared/thrown.js";
import { EndWatch } from "./endWatch.js";
import type { Settlement } from "./model.js";
import type { OpenStep } from "./openStep.js";

/** A step that was delivered, as far as it is told of. */
export type DeliveredStep = {
  name: string;
  kind: StepKind;
  attempts: number;
  outcome: Outcome;
};

export class OperationLog {
  /** Operations that no commit has made durable yet. */
  readonly operations: Operation[] = [];
  /** How many of them the commit in flight carries. */
  sending = 0;
  /** Whether the last operation gives the claim back or ends the workflow. */
  isClosed = false;
  /** Bytes of the operations that no commit has made durable yet. */
  bytes = 0;
  /** What the handler learns if somebody makes the workflow end. */
  endWatch = new EndWatch(null);
  #delivered: number[] = [];
  /** Whether no step ever waited for somebody else, or for a timer. */
  #isLocal = true;
  /** Delivered steps whose outcomes, or what followed from them, wait to be recorded. */
  readonly untold = new Map<number, DeliveredStep>();

  /** `onStir` learns of every change of the operations (H4). */
  constructor(private readonly onStir: () => void) {}

  /** Adds an operation that depends on no delivery. */
  push(operation: Operation): void {
    this.operations.push(operation);
    this.bytes += measureOperation(operation).bytes;
    this.onStir();
  }

  /**
   * Notes a delivery, and records the outcome unless somebody else has. In a replay, what a
   * holder settled by itself was told by that holder.
   */
  deliver(settlement: Settlement, step: OpenStep, isReplaying: boolean): void {
    const { number, outcome, settledAt, isRecorded } = settlement;
    const { attempts, request, isFar } = step;
    const { name, kind } = request;
    this.#delivered.push(number);
    this.endWatch.note(settlement);
    const isOwn = kind !== "mutation" && !isSettledOutside({ kind, isFar });
    if (!isReplaying || !isOwn)
      this.untold.set(number, { name, kind, attempts, outcome });
    if (!isRecorded) this.push({ op: "settle", number, outcome, settledAt });
  }

  /** Names a step whose outcome, or row, waits to be recorded. */
  describe(number: number): string {
    const row = this.operations.find((one) => one.op === "step" && one.number === number);
    const name = row?.op === "step" ? row.name : this.untold.get(number)?.name;
    return name === undefined ? `${number}` : `"${name}" (step ${number})`;
  }

  /** Forgets the deliveries that a step's row in the journal has recorded already. */
  skipRow(step: OpenStep): void {
    this.#noteWait(step);
    for (const number of this.#delivered) this.untold.delete(number);
    this.#delivered = [];
  }

  /**
   * Adds a new row; answers its failure if the workflow is made to end and the step may not
   * run (P11). Such a step is recorded, and nothing of it begins.
   */
  addRow(step: OpenStep): Settlement | null {
    this.#noteWait(step);
    const refusal = this.endWatch.refuse(step.number);
    const { number, request, attempts } = step;
    const { name, kind, digest, preview } = request;
    this.push({
      op: "step",
      number,
      name,
      kind,
      digest,
      after: this.#delivered,
      attempts,
      ...(preview === undefined ? {} : { preview }),
      ...(refusal ? {} : describeBeginning(step)),
    });
    this.#delivered = [];
    return refusal;
  }

  /** Adds a failed attempt and when the next one is due (D5). */
  addRetry(step: OpenStep, dueAt: number, error: SerializedError): void {
    this.#noteWait(step);
    const { number, attempts, failures, refusals, isFar } = step;
    const more = { ...(isFar ? { isFar } : {}), ...(refusals > 0 ? { refusals } : {}) };
    this.push({ op: "retry", number, attempts, failures, dueAt, error, ...more });
  }

  /** Shows a status, instead of one that no commit carries yet. */
  setStatus(value: Value): void {
    const unsent = this.operations.slice(this.sending);
    const before = unsent.findIndex(({ op }) => op === "status");
    if (before >= 0) {
      const [replaced] = this.operations.splice(this.sending + before, 1);
      this.bytes -= measureOperation(replaced!).bytes;
    }
    this.push({ op: "status", value });
  }

  /** Ends the workflow. */
  finish(outcome: WorkflowOutcome): void {
    this.isClosed = true;
    const local = this.#isLocal ? { isLocal: true } : {};
    this.push({ op: "finish", outcome, after: this.#delivered, ...local });
    this.#delivered = [];
  }

  #noteWait({ request: { kind }, isFar }: OpenStep): void {
    if (isSettledOutside({ kind, isFar })) this.#isLocal = false;
  }

  /** Gives the workflow back: cold, or queued for another holder. */
  release(requeue: boolean): void {
    this.isClosed = true;
    this.push({ op: "release", requeue });
  }

  /** Sets the workflow aside for other code (P12). */
  park(reason: { code: string; message: string }, fingerprint: string): void {
    this.isClosed = true;
    this.push({ op: "park", error: { name: "Parked", ...reason }, fingerprint });
  }

  /** Drops what could not be recorded, except the taking of the claim with its signals. */
  reset(): void {
    this.isClosed = false;
    const claims = this.operations.filter(
      ({ op }) => op === "claimTask" || op === "claimReplay" || op === "consume",
    );
    this.take(this.operations.length);
    for (const claim of claims) this.push(claim);
    this.sending = 0;
    this.#delivered = [];
  }

  /**
   * Records `instead` of what could not be recorded, and gives the workflow back to be run
   * from its journal. What was settled meanwhile counts, if the step's row is durable.
   */
  startOver(instead: readonly Operation[], arrivals: readonly Settlement[]): void {
    const fresh = new Set(this.operations.map((one) => one.op === "step" && one.number));
    const replaced = new Set(instead.map((one) => one.op === "settle" && one.number));
    const settled = this.operations.slice(1).filter(({ op }) => op === "settle");
    for (const { number, outcome, settledAt, isRecorded } of arrivals)
      if (!isRecorded) settled.push({ op: "settle", number, outcome, settledAt });
    const kept = settled.filter(
      (one) => one.op === "settle" && !fresh.has(one.number) && !replaced.has(one.number),
    );
    this.reset();
    for (const operation of [...instead, ...kept]) this.push(operation);
    this.release(true);
  }

  /** Takes out the first `count` operations: they are durable. */
  take(count: number): Operation[] {
    this.sending = 0;
    const taken = this.operations.splice(0, count);
    for (const operation of taken) this.bytes -= measureOperation(operation).bytes;
    this.onStir();
    return taken;
  }
}

/** What else begins with a step: a wait, a child, work of the pool. */
function describeBeginning({
  request: { work, gate },
  dueAt,
  isFar,
}: OpenStep): Partial<Extract<Operation, { op: "step" }>> {
  const wait = {
    ...(dueAt === undefined ? {} : { dueAt }),
    ...(isFar ? { isFar } : {}),
    ...(gate ? { gate: gate.key } : {}),
  };
  if (work.kind === "workflow") {
    const { definition, args, limits, gate: pass } = work;
    const child = { definition, args, ...limits, ...(pass ? { gate: pass } : {}) };
    return { ...wait, child };
  }
  // The handle follows when it is sent; the arguments are here so that they are measured.
  if (work.kind === "isolated") {
    const { args, retry } = work;
    return { ...wait, isolated: { handle: "", args, ...(retry ? { retry } : {}) } };
  }
  if (work.kind !== "event") return wait;
  return { ...wait, event: { names: work.names, isRace: work.isRace } };
}
