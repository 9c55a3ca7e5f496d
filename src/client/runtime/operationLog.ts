/**
 * What one workflow has to tell the next commits.
 *
 * Owns the operations in the order in which they must be applied, and the deliveries that
 * led to each (`after`). Invariant H2: a new row carries the settlements delivered since
 * the row before, and the outcome those since the last row (P1).
 */
import { measureOperation, type Operation } from "../../shared/commit.js";
import type { WorkflowOutcome } from "../../shared/model.js";
import type { SerializedError } from "../../shared/thrown.js";
import type { OpenStep, Settlement } from "./model.js";

export class OperationLog {
  /** Operations that no commit has made durable yet. */
  readonly operations: Operation[] = [];
  /** How many of them the commit in flight carries. */
  sending = 0;
  /** Whether the last operation gives the claim back or ends the workflow. */
  isClosed = false;
  /** Bytes of the operations that no commit has made durable yet. */
  bytes = 0;
  #delivered: number[] = [];
  /** Names of the steps whose outcomes wait to be recorded. */
  readonly #names = new Map<number, string>();

  /** Adds an operation that depends on no delivery. */
  push(operation: Operation): void {
    this.operations.push(operation);
    this.bytes += measureOperation(operation).bytes;
  }

  /** Notes a delivery, and records the outcome unless somebody else has. */
  deliver({ number, outcome, settledAt, isRecorded }: Settlement, name: string): void {
    this.#delivered.push(number);
    if (isRecorded) return;
    this.#names.set(number, name);
    this.push({ op: "settle", number, outcome, settledAt });
  }

  /** Names a step whose outcome, or row, waits to be recorded. */
  describe(number: number): string {
    const row = this.operations.find((one) => one.op === "step" && one.number === number);
    const name = row?.op === "step" ? row.name : this.#names.get(number);
    return name === undefined ? `${number}` : `"${name}" (step ${number})`;
  }

  /** Forgets the deliveries that a row of the journal has recorded already. */
  skipRow(): void {
    this.#delivered = [];
  }

  /** Adds a new row; a refused step is recorded, and nothing of it begins. */
  addRow(step: OpenStep, { isRefused = false } = {}): void {
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
      ...(isRefused ? {} : describeBeginning(step)),
    });
    this.#delivered = [];
  }

  /** Adds a failed attempt and when the next one is due (D5). */
  addRetry(step: OpenStep, dueAt: number, error: SerializedError): void {
    const { number, attempts, failures, isFar } = step;
    const far = isFar ? { isFar } : {};
    this.push({ op: "retry", number, attempts, failures, dueAt, error, ...far });
  }

  /** Ends the workflow. */
  finish(outcome: WorkflowOutcome): void {
    this.isClosed = true;
    this.push({ op: "finish", outcome, after: this.#delivered });
    this.#delivered = [];
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
    for (const operation of taken) {
      this.bytes -= measureOperation(operation).bytes;
      if (operation.op === "settle") this.#names.delete(operation.number);
    }
    return taken;
  }
}

/** What else begins with a step: a wait, a child, work of the pool. */
function describeBeginning({
  request: { work },
  dueAt,
  isFar,
}: OpenStep): Partial<Extract<Operation, { op: "step" }>> {
  const wait = {
    ...(dueAt === undefined ? {} : { dueAt }),
    ...(isFar ? { isFar } : {}),
  };
  if (work.kind === "workflow") {
    const { definition, args, limits } = work;
    return { ...wait, child: { definition, args, ...limits } };
  }
  // The handle follows when it is sent; the arguments are here so that they are measured.
  if (work.kind === "isolated")
    return { ...wait, isolated: { handle: "", args: work.args } };
  return wait;
}
