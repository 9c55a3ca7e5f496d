/**
 * The life of one executor: serving, handing over, draining, retiring.
 *
 * Owns the mode and when it changes (P5, P6). What the seat thinks of this executor is
 * decided by the component; this asks, and obeys.
 */
import { ASK_AGAIN_MS, LIFETIME_JITTER } from "../../shared/constants.js";
import { isExecutorError } from "../../shared/errors.js";
import type { Committer } from "./committer.js";
import { giveBack } from "./givingBack.js";
import type { Housekeeper } from "./housekeeper.js";
import type { Intake } from "./intake.js";
import { real } from "./sandbox.js";
import type { Scanner } from "./scanner.js";
import { noteMembership, type ExecutorState } from "./state.js";

/** The parts that may have work. */
type Parts = {
  intake: Intake;
  scanner: Scanner;
  committer: Committer;
  housekeeper: Housekeeper;
};

export class Life {
  /** When this executor hands over; jittered, so that seats take turns. */
  #handOverAt: number;
  #drainUntil: number | null = null;
  #isAsking = false;
  /** When a question that failed may be asked again. */
  #askAt = 0;
  /** Whether the executor's action may return. */
  isOver = false;

  constructor(
    private readonly state: ExecutorState,
    private readonly parts: Parts,
  ) {
    const { lifetimeMs } = state.options;
    this.#handOverAt =
      state.startedAt + lifetimeMs * (1 - LIFETIME_JITTER * real.random());
  }

  /** Takes the next step in the executor's life, if one is due. */
  advance(): void {
    const { state } = this;
    if (state.mode === "gone") return this.#abandon();
    if (state.mode === "draining") return this.#drain();
    this.#sendHome();
    const now = real.now();
    if (state.clock.wasSetBack) this.#renounce(now);
    // An alarm in the past would ring at once, again and again until the answer is here.
    if (now < this.#handOverAt) state.alarm.set(this.#handOverAt);
    if (now >= this.#handOverAt) {
      this.#ask(async () => this.#handOver());
    } else if (this.#isWithoutWork()) {
      const retireAt = state.activeAt + state.options.idleMs;
      if (now < retireAt) state.alarm.set(retireAt);
      else this.#ask(async () => this.#retire());
    }
  }

  /**
   * Hands over at once: times that were noted before the clock was set back are far ahead, of
   * scans and of trades as of its own age, and a successor has noted none (W7).
   */
  #renounce(now: number): void {
    this.state.clock.wasSetBack = false;
    this.#handOverAt = now;
    this.#askAt = 0;
  }

  /** In quarantine: gives back those that have progressed; they are none of the guilty (P9). */
  #sendHome(): void {
    if (this.state.hotMax === null) return;
    for (const hot of this.state.hots.list())
      if (hot.probation.hasProgressed) giveBack(this.state, hot, false);
  }

  /** Asks for a successor, unless there is nothing left to succeed to. */
  async #handOver(): Promise<void> {
    if (this.#isWithoutWork()) await this.#retire();
    if (this.isOver) return;
    noteMembership(this.state, await this.state.backend.handOver());
  }

  #isWithoutWork(): boolean {
    const { state } = this;
    const { intake, scanner, committer, housekeeper } = this.parts;
    const isAsking = scanner.isBusy || committer.isInFlight || housekeeper.isBusy;
    return state.hots.size === 0 && !intake.isBusy && !isAsking && scanner.isIdle;
  }

  async #retire(): Promise<void> {
    this.isOver = await this.state.backend.retire();
    if (this.isOver) return;
    // Somebody added work meanwhile, something is due, or a predecessor still drains.
    this.state.activeAt = real.now();
    this.state.dueAt = 0;
  }

  /** Gives back what can be given back at once; running steps get the drain window (P5). */
  #drain(): void {
    const { state } = this;
    const now = real.now();
    this.#drainUntil ??= now + state.options.drainMs;
    if (now < this.#drainUntil) state.alarm.set(this.#drainUntil);
    this.parts.intake.candidates.clear(); // they are still in their queues
    const isLate = now >= this.#drainUntil;
    for (const hot of state.hots.list()) giveBack(state, hot, isLate);
    const isEmpty = state.hots.size === 0 && !this.parts.committer.isInFlight;
    if (isEmpty) this.#ask(async () => this.#leave());
  }

  async #leave(): Promise<void> {
    // Refused, there are claims that this executor does not know of: its commit's answer was
    // lost. They are given back when its job has ended and the successor finds it dead.
    await this.state.backend.leave();
    this.isOver = true;
  }

  #abandon(): void {
    const { hots } = this.state;
    for (const hot of hots.list()) hots.drop(hot, "The executor lost its seat.");
    this.isOver = !this.parts.committer.isInFlight;
  }

  /** Asks the component one thing at a time; an error is asked again after a pause. */
  #ask(question: () => Promise<void>): void {
    if (this.#isAsking) return;
    if (real.now() < this.#askAt) return this.state.alarm.set(this.#askAt);
    this.#isAsking = true;
    void question()
      .catch((error: unknown) => {
        this.#askAt = real.now() + ASK_AGAIN_MS;
        // Its own job was canceled: what it schedules would be dropped (P7).
        if (isExecutorError(error, "CALLER_CANCELED")) this.state.mode = "gone";
      })
      .finally(() => {
        this.#isAsking = false;
        this.state.signal.notify();
      });
  }
}
