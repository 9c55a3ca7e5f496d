/**
 * Does what is due on the executor's seat (P6).
 *
 * Owns when the agenda is asked, due timers are fired and callbacks delivered; what firing
 * does is decided by the component. One question at a time; every call may be repeated,
 * because a timer that was fired is gone. May not touch hot workflows: what a timer ends is
 * signalled like any other wait that is settled from outside (P2).
 */
import { AGENDA_MS, ASK_AGAIN_MS } from "../../shared/constants.js";
import { isExecutorError } from "../../shared/errors.js";
import type { Agenda } from "./backend.js";
import { deliverDue } from "./deliveries.js";
import { classifyFailure } from "./failures.js";
import { real } from "./sandbox.js";
import { computeRideMs, noteMembership, type ExecutorState } from "./state.js";

export class Housekeeper {
  #isKeeping = false;
  #isDelivering = false;
  /** When it may ask sooner for a callback that is owed: so seldom that it never asks more often. */
  #hurryAt = 0;
  /** After something has failed, whatever becomes due meanwhile. */
  #notBefore = 0;
  /** After a page has failed: fires one by one, so that one bad timer holds up no other. */
  #isCareful = false;

  constructor(private readonly state: ExecutorState) {}

  /** Whether something is being asked, fired or delivered. */
  get isBusy(): boolean {
    return this.#isKeeping || this.#isDelivering;
  }

  /** Asks what is due, if anything may be, and does it. */
  keep(): void {
    const { state } = this;
    if (this.#isKeeping || state.mode !== "serving") return;
    const hurryAt = state.isOwed ? this.#hurryAt : Infinity;
    // A scan that rides with a commit tells it too.
    const agendaAt = state.agendaAt + computeRideMs(state);
    const at = Math.max(this.#notBefore, Math.min(agendaAt, state.dueAt, hurryAt));
    if (real.now() < at) return state.alarm.set(at);
    this.#isKeeping = true;
    void this.#keep()
      .catch((error: unknown) => this.#note(error))
      .finally(() => {
        this.#isKeeping = false;
        state.signal.notify();
      });
  }

  async #keep(): Promise<void> {
    const { state } = this;
    const isCareful = this.#isCareful;
    this.#isCareful = false;
    // Whatever is noted from here on is not in the answer, perhaps.
    state.dueAt = Infinity;
    state.agendaAt = real.now() + AGENDA_MS;
    if (state.isOwed) this.#hurryAt = state.agendaAt;
    state.isOwed = false;
    const { timers, callbacks, dueAt } = await state.backend.readAgenda();
    state.dueAt = Math.min(state.dueAt, dueAt ?? Infinity);
    this.#deliver(callbacks);
    if (timers.length === 0) return;
    state.activeAt = real.now();
    state.dueAt = 0; // what a handler has put off, or left, shows in the next answer
    if (isCareful) for (const timer of timers) await this.#fireAlone(timer);
    else await this.#fire(timers);
  }

  /** Delivers callbacks beside the timers: a slow one holds up no sleep that is over. */
  #deliver(callbacks: Agenda["callbacks"]): void {
    const { state } = this;
    if (this.#isDelivering || callbacks.length === 0) return;
    this.#isDelivering = true;
    state.activeAt = real.now();
    void deliverDue(state.backend, callbacks)
      .then(() => (state.dueAt = 0)) // others may have become due meanwhile
      // Nothing was counted: they are found again, after a pause.
      .catch(() => (state.dueAt = Math.min(state.dueAt, real.now() + ASK_AGAIN_MS)))
      .finally(() => {
        this.#isDelivering = false;
        state.activeAt = real.now();
        state.signal.notify();
      });
  }

  async #fire(timers: string[]): Promise<void> {
    const { membership } = await this.state.backend.fireTimers(timers);
    noteMembership(this.state, membership);
    this.state.hasNews = true;
  }

  /** Fires one timer; if its own handler throws, puts it off. */
  async #fireAlone(timer: string): Promise<void> {
    try {
      await this.#fire([timer]);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const kind = classifyFailure(message);
      const isItsOwn = kind === "unknown" || kind === "fatal";
      if (!isItsOwn || isExecutorError(error, "CALLER_CANCELED")) throw error;
      await this.state.backend.fireTimers([timer], message);
    }
  }

  /** Asks again after a pause: nothing that failed is lost. */
  #note(error: unknown): void {
    const { state } = this;
    // The executor's own job was canceled: what it starts would be dropped (P7).
    if (isExecutorError(error, "CALLER_CANCELED")) state.mode = "gone";
    this.#isCareful = state.dueAt === 0;
    state.dueAt = Infinity;
    this.#notBefore = real.now() + ASK_AGAIN_MS;
    state.agendaAt = this.#notBefore;
  }
}
