/**
 * One hot workflow: a handler suspended in memory, between turns.
 *
 * Owns the handler's promise, its open steps, the settlements waiting to be delivered and
 * the operations waiting to be committed. The loop owns when any of it happens: it calls
 * `begin`, `deliverNext` and `endTurn`, and takes operations. May not touch the database,
 * timers or other workflows.
 *
 * Invariants:
 * - H1 One settlement is delivered per turn, and a turn ends when its microtasks have
 *   drained (P1). A `step` call at any other time is an error.
 * - H2 Operations are queued in the order in which they must be applied; a new row carries
 *   the settlements delivered since the row before (`after`).
 * - H3 During a replay nothing is queued but what the journal lacks.
 */
import type { Value } from "convex/values";
import type { Operation } from "../../shared/commit.js";
import { OPEN_STEPS_MAX, STEPS_MAX } from "../../shared/constants.js";
import { planDeliveries } from "../../shared/delivery.js";
import { assert, executorError, type ErrorCode } from "../../shared/errors.js";
import {
  isSettledOutside,
  type Outcome,
  type WorkflowOutcome,
} from "../../shared/model.js";
import { copyValue, resolveReturned, resolveThrown } from "../../shared/outcomes.js";
import { deserializeError } from "../../shared/thrown.js";
import type {
  JournalRow,
  OpenStep,
  Settlement,
  StepRequest,
  WorkflowIdentity,
} from "./model.js";
import { isInWorld, real, runInSandbox, type SandboxWorld } from "./sandbox.js";
import { createStepPromise } from "./stepPromise.js";

/** A handler bound to its workflow, ready to begin. */
export type BoundHandler = (hot: HotWorkflow) => Promise<unknown>;

/** What a replay reads back: rows by number, and what it has to deliver. */
type Replay = {
  rows: readonly JournalRow[];
  deliveries: { number: number; mustExist: number }[];
};

export class HotWorkflow {
  /** The claim behind it; null until the commit that takes it is acknowledged. */
  claim: string | null = null;
  /** Operations in the order of application, none of them sent (H2). */
  readonly operations: Operation[] = [];
  /** How many of `operations` the commit in flight carries. */
  sending = 0;
  /** Open steps by number. */
  readonly steps = new Map<number, OpenStep>();
  /** Steps that begin while the executor leaves are recorded, not started. */
  isLeaving = false;
  /** Whether its last operation gives the claim back or ends the workflow. */
  isEnding = false;
  /** Set when the claim is gone: nothing of it may be recorded any more. */
  isDead = false;
  /** Bytes of arguments and undelivered results it keeps in memory. */
  bytes = 0;
  /** Whether it has given up what it could not record. */
  hasFailedInstead = false;
  /** Why the journal does not fit the handler; the loop parks the workflow (P12). */
  divergence: string | null = null;

  readonly #arrivals: Settlement[] = [];
  #delivered: number[] = [];
  #replay: Replay | null = null;
  #nextNumber = 0;
  #isInTurn = false;
  #hasBegun = false;
  #result: WorkflowOutcome | null = null;

  constructor(
    readonly identity: WorkflowIdentity,
    readonly world: SandboxWorld,
    private readonly handler: BoundHandler,
    journal: readonly JournalRow[] = [],
  ) {
    if (journal.length === 0) return;
    const deliveries = planDeliveries(
      journal.map(({ number, after, outcome }) => ({
        number,
        after,
        isSettled: !!outcome,
      })),
    );
    this.#replay = { rows: journal, deliveries };
    world.isReplaying = true;
  }

  /** Whether a turn can be run: the first one, or one that a settlement causes. */
  get hasTurn(): boolean {
    if (this.isDead || this.isEnding || this.divergence) return false;
    return !this.#hasBegun || this.#replay !== null || this.#arrivals.length > 0;
  }

  /** Whether the journal is still being read back. */
  get isReplaying(): boolean {
    return this.#replay !== null;
  }

  /** Whether it rests: nothing to deliver, nothing to record. */
  get isQuiet(): boolean {
    return !this.hasTurn && !this.#isInTurn && this.operations.length === 0;
  }

  // ── Turns ──────────────────────────────────────────────────────────────────

  /** Starts the next turn: the handler's first, or the delivery of one settlement (H1). */
  startTurn(): void {
    this.#isInTurn = true;
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      this.#callHandler();
      return;
    }
    const settlement = this.#nextSettlement();
    if (settlement) this.#deliver(settlement);
  }

  /** Ends the turn, after its microtasks have drained. */
  endTurn(): void {
    this.#isInTurn = false;
    if (this.#replay && this.#replay.deliveries.length === 0) this.#endReplay();
    if (this.divergence || this.isReplaying || this.isEnding) return;
    if (this.#result) this.#finish(this.#result);
    else if (this.steps.size === 0)
      this.#finish(failure("NOTHING_AWAITED", NOTHING_AWAITED));
  }

  #callHandler(): void {
    const { definition } = this.identity;
    const settle = (result: WorkflowOutcome) => {
      this.#result ??= result;
    };
    const run = async () => await this.handler(this);
    runInSandbox(this.world, run).then(
      (value) => settle(resolveReturned(value, `the result of ${definition}`)),
      (thrown: unknown) => settle(resolveThrown(thrown, this.world.nowMs)),
    );
  }

  #nextSettlement(): Settlement | null {
    const replay = this.#replay;
    if (!replay) return this.#arrivals.shift() ?? null;
    const next = replay.deliveries.shift();
    if (!next) return null;
    if (this.#nextNumber < next.mustExist) {
      this.#diverge(
        `the journal has step ${this.#nextNumber} ("${replay.rows[this.#nextNumber]?.name}"), but the handler did not ask for it`,
      );
      return null;
    }
    const row = replay.rows[next.number];
    assert(
      row?.outcome,
      `invariant I4: step ${next.number} was delivered but has no outcome`,
    );
    return {
      number: next.number,
      outcome: row.outcome,
      settledAt: row.settledAt ?? this.world.nowMs,
      isRecorded: true,
    };
  }

  #deliver({ number, outcome, settledAt, isRecorded }: Settlement): void {
    const step = this.steps.get(number);
    assert(step, `invariant I4: step ${number} is delivered twice`);
    this.steps.delete(number);
    this.#delivered.push(number);
    if (!isRecorded) this.operations.push({ op: "settle", number, outcome, settledAt });
    // Replays deliver in the same order, so the clock of a turn is the same too (D9).
    this.world.nowMs = Math.max(this.world.nowMs, settledAt);
    if (outcome.kind === "completed") step.resolve(copyValue(outcome.value as Value));
    else step.reject(deserializeError(outcome.error));
  }

  // ── Steps ──────────────────────────────────────────────────────────────────

  /** Adds the step that the handler asks for in this turn, and gives it its promise. */
  request(request: StepRequest): Promise<Value> {
    if (!this.#isInTurn || !isInWorld(this.world)) throw outsideTurn(request.name);
    this.#checkRoom();
    const number = this.#nextNumber;
    this.#nextNumber += 1;
    const { promise, resolve, reject } = createStepPromise();
    const step: OpenStep = {
      number,
      request,
      phase: "recording",
      attempts: 1,
      failures: 0,
      dueAt: undefined,
      resolve,
      reject,
      wasAwaited: () => promise.wasAwaited,
      abort: undefined,
    };
    this.steps.set(number, step);
    const row = this.#replay?.rows[number];
    if (row) this.#adopt(step, row);
    else this.#record(step);
    return promise;
  }

  #checkRoom(): void {
    const isFull = this.steps.size >= OPEN_STEPS_MAX;
    if (!isFull && this.#nextNumber < STEPS_MAX) return;
    throw executorError(
      "TOO_MANY_STEPS",
      isFull
        ? `${this.identity.definition} has ${this.steps.size} unsettled steps; at most ${OPEN_STEPS_MAX} may run at once. Await some before starting more.`
        : `${this.identity.definition} has ${this.#nextNumber} steps; a workflow may have at most ${STEPS_MAX}. Split it into child workflows.`,
      { actual: isFull ? this.steps.size : this.#nextNumber },
    );
  }

  /** Takes a step's progress from its row, if it is the same step (D9). */
  #adopt(step: OpenStep, row: JournalRow): void {
    const { request } = step;
    const differs = (["name", "kind", "digest"] as const).find(
      (field) => row[field] !== request[field],
    );
    if (differs) {
      const what =
        differs === "digest" ? "other arguments" : `${differs} "${request[differs]}"`;
      this.#diverge(
        `step ${row.number} is "${row.name}" (${row.kind}) in the journal, but the handler asked for it with ${what}`,
      );
    }
    this.#delivered = [];
    step.attempts = row.attempts;
    step.failures = row.failures;
    step.dueAt = row.dueAt;
    step.phase = row.outcome ? "settled" : "waiting";
  }

  /** Queues a new row, with the deliveries that led to it (P1). */
  #record(step: OpenStep): void {
    const { number, request } = step;
    const { name, kind, digest, preview, work } = request;
    if (work.kind === "sleep") step.dueAt = this.world.nowMs + work.durationMs;
    step.attempts = this.isLeaving ? 0 : 1;
    this.operations.push({
      op: "step",
      number,
      name,
      kind,
      digest,
      after: this.#delivered,
      attempts: step.attempts,
      ...(preview === undefined ? {} : { preview }),
      ...(step.dueAt === undefined ? {} : { dueAt: step.dueAt }),
      ...(work.kind === "workflow"
        ? { child: { definition: work.definition, args: work.args } }
        : {}),
    });
    this.#delivered = [];
  }

  /** Hands a step's outcome to the turn it will cause. */
  settle(settlement: Settlement): void {
    const step = this.steps.get(settlement.number);
    if (this.isDead || !step || step.phase === "settled") return;
    step.phase = "settled";
    step.abort = undefined;
    this.#arrivals.push(settlement);
  }

  /** Records a failed attempt that will be tried again at `dueAt` (D5). */
  retry(
    step: OpenStep,
    dueAt: number,
    error: Extract<Outcome, { kind: "failed" }>["error"],
  ): void {
    step.phase = "recording";
    step.abort = undefined;
    step.dueAt = dueAt;
    step.attempts += 1;
    const { number, attempts, failures } = step;
    this.operations.push({ op: "retry", number, attempts, failures, dueAt, error });
  }

  // ── Recording ──────────────────────────────────────────────────────────────

  /** Notes that the first `count` operations are durable, under this claim. */
  acknowledge(count: number, claim: string | null, nowMs: number): void {
    this.claim = claim;
    this.sending = 0;
    for (const operation of this.operations.splice(0, count)) {
      if (
        operation.op !== "step" &&
        operation.op !== "retry" &&
        operation.op !== "restart"
      ) {
        continue;
      }
      const step = this.steps.get(operation.number);
      if (step?.phase === "recording") step.phase = resolvePhase(step, nowMs);
    }
  }

  /** Ends a signal whose settlements have been handed over (P2). */
  consume(signal: { row: string; signals: number }): void {
    if (!this.isDead) this.operations.push({ op: "consume", ...signal });
  }

  /** Aborts the attempts that run; what they would still answer is ignored. */
  interrupt(reason: string): void {
    const error = new Error(reason);
    error.name = "AbortError";
    for (const step of this.steps.values()) step.abort?.(error);
  }

  /** Gives the workflow back: cold, or queued for another holder. */
  release(requeue: boolean): void {
    this.isEnding = true;
    this.operations.push({ op: "release", requeue });
  }

  /** Sets the workflow aside for other code (P12). */
  park(message: string, fingerprint: string): void {
    this.isEnding = true;
    const error = { name: "Parked", message, code: "NONDETERMINISM" satisfies ErrorCode };
    this.operations.push({ op: "park", error, fingerprint });
  }

  /** Ends the workflow as failed instead of what it wanted to record. */
  failInstead(code: ErrorCode, message: string): void {
    const claims = this.operations.filter(
      ({ op }) => op === "claimTask" || op === "claimReplay",
    );
    this.operations.splice(0, this.operations.length, ...claims);
    this.hasFailedInstead = true;
    this.sending = 0;
    this.#delivered = [];
    this.#finish(failure(code, message));
  }

  /** Lets go of everything: the claim is gone, or the executor must stop at once. */
  abort(reason: string): void {
    this.isDead = true;
    this.operations.length = 0;
    this.#arrivals.length = 0;
    this.interrupt(reason);
  }

  #finish(result: WorkflowOutcome): void {
    const forgotten = [...this.steps.values()].filter((step) => !step.wasAwaited());
    const first = forgotten[0];
    const outcome =
      first && result.kind === "completed"
        ? failure(
            "STEP_NOT_AWAITED",
            `The handler returned while ${forgotten.length} of its steps were running that nothing awaited, first "${first.request.name}" (step ${first.number}). Await every step, or race it against another.`,
          )
        : result;
    this.isEnding = true;
    this.interrupt("The workflow has finished without this step.");
    this.operations.push({ op: "finish", outcome, after: this.#delivered });
    this.#delivered = [];
  }

  // ── Replay ─────────────────────────────────────────────────────────────────

  /** Ends the replay: what is still open starts again, or waits on (H3). */
  #endReplay(): void {
    const rows = this.#replay?.rows ?? [];
    this.#replay = null;
    this.world.isReplaying = false;
    if (this.#nextNumber < rows.length) {
      this.#diverge(
        `the journal has ${rows.length} steps, but the handler asked for ${this.#nextNumber}`,
      );
      return;
    }
    for (const step of this.steps.values()) {
      if (step.phase === "waiting") this.#resume(step);
    }
  }

  #resume(step: OpenStep): void {
    const isPassive =
      step.request.kind === "sleep" || isSettledOutside(step.request.kind);
    // An attempt that is not due yet cannot have been interrupted: it is no new one.
    const isAhead = step.dueAt !== undefined && step.dueAt > real.now();
    if (isPassive || isAhead || this.#result) {
      step.phase = isSettledOutside(step.request.kind) ? "outside" : "waiting";
      return;
    }
    step.attempts += 1;
    step.phase = "recording";
    this.operations.push({ op: "restart", number: step.number, attempts: step.attempts });
  }

  #diverge(message: string): void {
    this.divergence ??= message;
  }
}

/** Says where a step goes once its row, or its next attempt, is durable. */
function resolvePhase(step: OpenStep, nowMs: number): OpenStep["phase"] {
  if (isSettledOutside(step.request.kind)) return "outside";
  const isDue = step.dueAt === undefined || step.dueAt <= nowMs;
  return step.request.kind === "sleep" || !isDue ? "waiting" : "ready";
}

const NOTHING_AWAITED =
  "The handler waits on nothing the engine knows, so nothing would ever wake it. Await only steps: not fetch, timers, crypto.subtle or other native promises; run those inside step.run or an action.";

function failure(code: ErrorCode, message: string): WorkflowOutcome {
  return { kind: "failed", error: { name: "WorkflowError", message, code } };
}

function outsideTurn(name: string): Error {
  return executorError(
    "STEP_OUTSIDE_TURN",
    `Step "${name}" was started outside a turn of its handler, where a replay could not repeat it: after a native await (crypto.subtle, a stream), in a timer, inside another step's body, or after the handler returned. Start steps from the handler, between awaits of steps.`,
    { step: name },
  );
}
