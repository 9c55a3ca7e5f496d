/**
 * One hot workflow: a handler suspended in memory, between turns.
 *
 * Owns the handler's promise, its open steps and the settlements waiting to be delivered;
 * what has to be recorded goes to its `OperationLog`. The loop owns when any of it happens:
 * it calls `startTurn` and `endTurn`, and sends operations. May not touch the database or timers.
 *
 * Invariants:
 * - H1 One settlement is delivered per turn, none after the handler's outcome, and a turn
 *   ends when its microtasks have drained (P1). A `step` call at any other time is an error.
 * - H2 Operations are recorded in the order in which they must be applied (`OperationLog`).
 * - H3 During a replay nothing is recorded but what the journal lacks.
 * - H4 Whatever changes about it stirs it: only then is it looked at again.
 */
import type { Value } from "convex/values";
import { assert, type ErrorCode } from "../../shared/errors.js";
import type { WorkflowOutcome } from "../../shared/model.js";
import { resolveReturned, resolveThrown } from "../../shared/outcomes.js";
import { HeldBytes } from "./held.js";
import type { JournalRow, Settlement } from "./model.js";
import type { StepRequest, WorkflowIdentity } from "./model.js";
import type { OpenStep } from "./openStep.js";
import { acknowledgeSteps, adoptRow, createOpenStep } from "./openSteps.js";
import { handOut, interruptSteps, resumeStep } from "./openSteps.js";
import { OperationLog } from "./operationLog.js";
import { Probation } from "./probation.js";
import { Replay } from "./replay.js";
import { isInWorld, runInSandbox, type SandboxWorld } from "./sandbox.js";
import { Standing } from "./standing.js";
import { checkAwaited, checkRoom, failWorkflow } from "./verdicts.js";
import { outsideTurn, waitsOnNothing } from "./verdicts.js";

/** A handler, bound to its workflow. */
export type BoundHandler = (hot: HotWorkflow) => Promise<unknown>;

export class HotWorkflow extends Standing {
  /** What the next commits have to record. */
  readonly log = new OperationLog(() => this.stir());
  /** Whether it may be what kills executors. */
  readonly probation = new Probation();
  /** Open steps by number. */
  readonly steps = new Map<number, OpenStep>();
  /** What it keeps in memory, estimated. */
  readonly held = new HeldBytes();
  /** Settlements that wait for their turn. */
  readonly arrivals: Settlement[] = [];
  #replay: Replay | null = null;
  #nextNumber = 0;
  #isInTurn = false;
  #hasBegun = false;
  #result: WorkflowOutcome | null = null;

  constructor(
    readonly identity: WorkflowIdentity,
    readonly world: SandboxWorld,
    private readonly handler: BoundHandler,
    /** When it was opened; what was due by then starts again at once. */
    private readonly openedAt: number,
    journal: readonly JournalRow[],
  ) {
    super();
    this.#replay = journal.length > 0 ? new Replay(journal) : null;
    world.isReplaying = this.#replay !== null;
  }

  /** Bytes it keeps in memory for the engine. */
  get bytes(): number {
    return this.held.bytes + this.log.bytes;
  }

  /** Whether its last operation gives the claim back or ends the workflow. */
  get isEnding(): boolean {
    return this.log.isClosed;
  }

  /** Whether a turn can be run: the first one, or one that a settlement causes. */
  get hasTurn(): boolean {
    if (this.isDead || this.isEnding || this.divergence) return false;
    if (this.probation.isHeldBack(this.claim)) return false;
    return !this.#hasBegun || this.#replay !== null || this.arrivals.length > 0;
  }

  /** Whether there is something to record, and no replay or turn is in the middle of it. */
  get canCommit(): boolean {
    const isReady = !this.#replay || this.probation.isHeldBack(this.claim);
    return !this.isDead && isReady && this.log.operations.length > 0;
  }

  /** Whether it rests: nothing to deliver, nothing to record. */
  get isQuiet(): boolean {
    return !this.hasTurn && !this.#isInTurn && this.log.operations.length === 0;
  }

  /** Starts the next turn: the handler's first, or the delivery of one settlement (H1). */
  startTurn(): void {
    this.stir();
    this.#isInTurn = true;
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      return this.#callHandler();
    }
    const settlement = this.#nextSettlement();
    if (settlement) this.#deliver(settlement);
  }

  /** Ends the turn, after its microtasks have drained. */
  endTurn(): void {
    this.stir();
    this.#isInTurn = false;
    if (this.#replay?.isOver || this.#result) this.#endReplay();
    if (this.divergence || this.#replay || this.isEnding) return;
    if (this.#result) this.#finish(this.#result);
    else if (this.steps.size === 0) this.#finish(waitsOnNothing());
  }

  #callHandler(): void {
    const label = `the result of ${this.identity.definition}`;
    const run = async () => await this.handler(this);
    runInSandbox(this.world, run)
      .then((value) => (this.#result = resolveReturned(value, label)))
      .catch((thrown) => (this.#result = resolveThrown(thrown, this.world.nowMs)));
  }

  #nextSettlement(): Settlement | undefined {
    if (!this.#replay) return this.arrivals.shift();
    const next = this.#replay.next(this.#nextNumber);
    return "settlement" in next ? next.settlement : this.#diverge(next.divergence);
  }

  #deliver(settlement: Settlement): void {
    const { number, outcome, settledAt } = settlement;
    const step = this.steps.get(number);
    assert(step, `invariant I4: step ${number} is delivered twice`);
    this.steps.delete(number);
    this.probation.noteDelivery(this.#replay !== null);
    this.log.deliver(settlement, step, this.#replay !== null);
    this.held.deliver(step.request, outcome);
    // Replays deliver in the same order, so the clock of a turn is the same too (D9).
    this.world.nowMs = Math.max(this.world.nowMs, settledAt);
    handOut(step, outcome);
  }

  /** Adds the step that the handler asks for in this turn, and gives it its promise. */
  request(request: StepRequest): Promise<Value> {
    if (!this.#isInTurn || !isInWorld(this.world)) throw outsideTurn(request.name);
    checkRoom(this.identity.definition, this.steps.size, this.#nextNumber);
    this.held.ask(this.identity.definition, request);
    const row = this.#replay?.rows[this.#nextNumber];
    const { isLeaving, world } = this;
    const asked = { isLeaving, nowMs: world.nowMs, onStir: () => this.stir() };
    const { step, promise } = createOpenStep(this.#nextNumber, request, asked, row);
    this.#nextNumber += 1;
    this.steps.set(step.number, step);
    if (row) this.#adopt(step, row);
    const refusal = row ? null : this.log.addRow(step);
    if (refusal) this.settle(refusal);
    return promise;
  }

  /** Shows a status. A replay is silent until it is over, and then repeats the last one. */
  setStatus(value: Value): void {
    if (!this.#isInTurn || !isInWorld(this.world)) throw outsideTurn("setStatus");
    (this.#replay ?? this.log).setStatus(value);
  }

  /** Takes a step's progress from its row, if it is the same step (D9). */
  #adopt(step: OpenStep, row: JournalRow): void {
    const difference = this.#replay?.compare(row, step.request);
    if (difference) return this.#diverge(difference);
    adoptRow(step, row);
    this.log.skipRow(step);
  }

  /** Hands a step's outcome to the turn it will cause. */
  settle(settlement: Settlement): void {
    const step = this.steps.get(settlement.number);
    if (this.isDead || !step || step.phase === "settled") return;
    step.phase = "settled";
    step.abort = undefined;
    this.arrivals.push(settlement);
    this.stir();
  }

  /** Notes that the first `count` operations are durable, under this claim. */
  acknowledge(count: number, claim: string | null, nowMs: number): void {
    this.stir();
    this.claim = claim;
    this.probation.noteRecorded(count);
    this.claimedAt ??= nowMs;
    acknowledgeSteps(this.steps, this.log.take(count), nowMs);
  }

  /** Sets the workflow aside for other code, as the journal is (P12). */
  park(fingerprint: string): void {
    assert(this.divergence, "only a workflow that this code cannot run is parked");
    this.#replay = null; // whatever the journal has still to deliver stays undelivered
    this.log.reset();
    this.log.park(this.divergence, fingerprint);
  }

  /** Ends the workflow as failed instead of what it could not record. */
  failInstead(code: ErrorCode, message: string): void {
    this.givenUp = "progress";
    this.log.reset();
    this.#finish(failWorkflow(code, message));
  }

  /** Lets go of everything: the claim is gone, or the executor must stop at once. */
  abort(reason: string): void {
    this.stir();
    this.isDead = true;
    this.log.take(this.log.operations.length);
    this.arrivals.length = 0;
    this.interrupt(reason);
  }

  /** Aborts the attempts that run; what they would still answer is ignored. */
  interrupt(reason: string): void {
    interruptSteps(this.steps, reason);
  }

  #finish(result: WorkflowOutcome): void {
    this.log.finish(checkAwaited(this.steps, result));
    this.interrupt("The workflow has finished without this step.");
  }

  /** Ends the replay: what is still open starts again, or waits on (H3). */
  #endReplay(): void {
    const replay = this.#replay;
    if (!replay) return;
    this.#replay = null;
    this.held.endReplay();
    this.world.isReplaying = false;
    const missing = replay.findMissing(this.#nextNumber);
    if (missing) return this.#diverge(missing);
    if (replay.status) this.log.setStatus(replay.status.value);
    if (this.#result) return;
    for (const step of this.steps.values()) {
      const next = step.phase === "waiting" ? resumeStep(step, this.openedAt) : null;
      if (next && "record" in next) this.log.push(next.record);
      else if (next) this.settle(next.settle);
    }
  }

  #diverge(message: string): undefined {
    this.#replay = null;
    this.diverge({ code: "NONDETERMINISM", message });
  }
}
