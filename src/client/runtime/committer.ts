/**
 * Makes progress durable: one commit in flight, the next one forming meanwhile (D2).
 *
 * Owns when a commit goes, what it carries, and what its answer means for each workflow.
 */
import type { Riders as Questions } from "../../component/riders.js";
import { computeLingerMs, computeMedian, planCommit } from "../../shared/batching.js";
import type { CommitAnswer, Entry, Operation } from "../../shared/commit.js";
import { HEARTBEAT_MS } from "../../shared/constants.js";
import { resolveThrown } from "../../shared/outcomes.js";
import type { Transition } from "../../shared/transitions.js";
import { CommitPipe, type Verdict } from "./commitPipe.js";
import type { HotWorkflow } from "./hot.js";
import type { HotView } from "./hotViews.js";
import { replaceRejected } from "./rejections.js";
import type { Revocations } from "./revocations.js";
import type { Riders } from "./riders.js";
import { real } from "./sandbox.js";
import { describeOperations, describeRejected } from "./transitions.js";
import { noteMembership, pause, type ExecutorState } from "./state.js";

export class Committer {
  readonly #pipe: CommitPipe;
  /** Those that have something to record. */
  readonly #pending: HotView;
  /** When the oldest operation began to wait; null while none does. */
  #pendingSince: number | null = null;
  #isInFlight = false;
  #committedAt: number;

  constructor(
    private readonly state: ExecutorState,
    private readonly riders: Riders,
    private readonly revocations: Revocations,
  ) {
    this.#committedAt = state.startedAt;
    this.#pending = state.hots.view(({ canCommit }) => canCommit);
    this.#pipe = new CommitPipe({
      commit: async (seq, entries) => await this.#commit(seq, entries),
      sleep: async (ms) => await pause(state, ms),
      random: () => real.random(),
      isOver: () => state.mode === "gone",
    });
  }

  get isInFlight(): boolean {
    return this.#isInFlight;
  }

  /** Sends the next commit if there is something to record and nothing in flight. */
  flush(): void {
    if (this.#isInFlight || this.state.mode === "gone") return;
    const now = real.now();
    // A clock that was set back must not put the next sign of life off for as long.
    this.#committedAt = Math.min(this.#committedAt, now);
    const pending = this.#pending.list();
    this.#pendingSince = pending.length === 0 ? null : (this.#pendingSince ?? now);
    const dueAt = this.#computeDueMs(pending.length > 0);
    if (now < dueAt) return this.state.alarm.set(dueAt);
    const taken = planCommit(pending.map((hot) => hot.log.operations));
    const carried = pending.filter(
      (hot, index) => (hot.log.sending = taken[index] ?? 0) > 0,
    );
    this.#pendingSince = null;
    if (carried.length > 0) this.state.cadence.note(now);
    this.#send(carried);
  }

  /** When the next commit goes: after its linger, for its riders, or as a sign of life. */
  #computeDueMs(hasPending: boolean): number {
    if (!hasPending) return Math.min(this.#committedAt + HEARTBEAT_MS, this.riders.dueAt);
    return (this.#pendingSince ?? 0) + this.#computeLingerMs();
  }

  #computeLingerMs(): number {
    const { durationsMs, running } = this.state;
    return computeLingerMs({ medianStepMs: computeMedian(durationsMs), running });
  }

  #send(hots: HotWorkflow[]): void {
    this.#isInFlight = true;
    this.#committedAt = real.now();
    void this.#sendAndApply(hots)
      .catch(() => {
        // The pipe answers every failure; what reaches this is a defect of ours. Leaving
        // loses nothing: claims go back to the queues when the seat is taken over.
        this.state.mode = "gone";
      })
      .finally(() => {
        this.#isInFlight = false;
        this.state.signal.notify();
      });
  }

  /** Makes one call. If it fails with riders aboard, it is made again without: it may be theirs. */
  async #commit(seq: number, entries: Entry[]): Promise<CommitAnswer> {
    const questions = this.riders.take();
    try {
      if (questions) return await this.#call(seq, entries, questions);
    } catch {
      this.riders.alight();
    }
    return await this.#call(seq, entries, null);
  }

  async #call(
    seq: number,
    entries: Entry[],
    questions: Questions | null,
  ): Promise<CommitAnswer> {
    const { revocations, state } = this;
    const heard = [...revocations.heard];
    const called = await state.backend.commit(seq, entries, questions, heard);
    const { riders, ...answer } = called;
    this.riders.keep(riders);
    if (answer.kind !== "refused") revocations.noteSaid();
    return answer;
  }

  async #sendAndApply(hots: HotWorkflow[]): Promise<void> {
    this.riders.board();
    try {
      const entries = await Promise.all(
        hots.map(async (hot) => await this.#buildEntry(hot)),
      );
      const { membership, verdicts } = await this.#pipe.send(entries);
      noteMembership(this.state, membership);
      for (const [index, hot] of hots.entries()) {
        this.#apply(hot, hot.log.sending, verdicts[index]);
      }
    } finally {
      this.riders.alight();
    }
  }

  async #buildEntry(hot: HotWorkflow): Promise<Entry> {
    const { workflow, generation } = hot.identity;
    const operations = await Promise.all(
      hot.log.operations
        .slice(0, hot.log.sending)
        .map(async (one) => await this.#addHandle(hot, one)),
    );
    const claim = hot.claim === null ? {} : { claim: hot.claim };
    return { workflow, generation, ...claim, operations: resolveUnsent(operations) };
  }

  /**
   * Isolated steps travel as function handles, which only an awaited call can make. If it
   * cannot be made (the function is gone, say) the step is recorded as failed, and handed
   * to nobody: it must not take its neighbours along.
   */
  async #addHandle(hot: HotWorkflow, operation: Operation): Promise<Operation[]> {
    if (operation.op !== "step" || !operation.isolated) return [operation];
    const { isolated, ...row } = operation;
    const { number } = row;
    const work = hot.steps.get(number)?.request.work;
    try {
      if (work?.kind !== "isolated") throw new Error(`Step ${number} has no work.`);
      const handle = await this.state.backend.handleOf(work.reference);
      return [{ ...row, isolated: { ...isolated, handle } }];
    } catch (thrown) {
      const settledAt = real.now();
      const outcome = resolveThrown(thrown, settledAt);
      if (!hot.isEnding) hot.settle({ number, outcome, settledAt, isRecorded: true });
      return [row, { op: "settle", number, outcome, settledAt }];
    }
  }

  #apply(hot: HotWorkflow, count: number, verdict: Verdict | undefined): void {
    if (count > 0) this.state.activeAt = real.now();
    switch (verdict?.kind) {
      case "applied":
        if (verdict.isOwed) this.state.isOwed = true;
        this.#noteApplied(hot, count);
        hot.acknowledge(count, verdict.claim, real.now());
        if (verdict.claim === null) this.state.hots.delete(hot);
        return;
      case "rejected":
        this.#noteApplied(hot, verdict.applied);
        if (verdict.applied > 0)
          hot.acknowledge(verdict.applied, verdict.claim, real.now());
        this.#tell([describeRejected(hot.identity, verdict.message, real.now())]);
        return this.#takeRejection(hot, verdict.message);
      default:
        return this.#drop(hot);
    }
  }

  /** Takes in what a commit has made durable, before its workflow does. */
  #noteApplied(hot: HotWorkflow, count: number): void {
    const operations = hot.log.operations.slice(0, count);
    this.#noteDue(operations);
    this.#tell(describeOperations(hot, operations, real.now()));
  }

  #tell(transitions: Transition[]): void {
    this.state.chronicle.tell(transitions, real.now());
  }

  /** Timers that a commit has added; the agenda need not be asked for them. */
  #noteDue(operations: readonly Operation[]): void {
    for (const operation of operations) {
      const isFar = operation.op === "defer" || ("isFar" in operation && operation.isFar);
      const isTimed = isFar || (operation.op === "step" && operation.child);
      if (isTimed && operation.dueAt !== undefined)
        this.state.dueAt = Math.min(this.state.dueAt, operation.dueAt);
    }
  }

  /** Fails the step that cannot be recorded, or else the workflow. */
  #takeRejection(hot: HotWorkflow, reason: string): void {
    if (hot.givenUp !== "nothing") return this.#giveUp(hot);
    const instead = replaceRejected(
      hot.log.operations,
      (one) => hot.log.describe(one),
      reason,
    );
    if (instead) {
      hot.log.startOver(instead, hot.arrivals.splice(0));
      return hot.interrupt("The workflow starts over from its journal.");
    }
    hot.failInstead(
      "COMMIT_REJECTED",
      `The progress of this workflow could not be recorded: ${reason}`,
    );
  }

  /** Not even its failure can be recorded: let another executor try, but keep no claim. */
  #giveUp(hot: HotWorkflow): void {
    if (hot.claim === null || hot.givenUp === "failure") return this.#drop(hot);
    hot.givenUp = "failure";
    hot.log.reset();
    hot.log.release(true);
  }

  #drop(hot: HotWorkflow): void {
    this.state.hots.drop(hot);
  }
}

/**
 * Joins an entry's operations. If one of its steps has failed on the way, nobody outside
 * will ever signal the workflow, so it must not be let go of unqueued (I1).
 */
function resolveUnsent(operations: Operation[][]): Operation[] {
  const hasFailed = operations.some((sent) => sent.length > 1);
  return operations
    .flat()
    .map((one) => (one.op === "release" && hasFailed ? { ...one, requeue: true } : one));
}
