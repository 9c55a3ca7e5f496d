/**
 * A step that has not been delivered: how far it is, and what was counted of it.
 *
 * Owns that a change of its phase is noticed (H4). What a phase leads to is for `openSteps`
 * and the starter.
 */
import type { Value } from "convex/values";
import type { StepRequest } from "./model.js";

/**
 * Where an open step is:
 * - `recording`: its row, or its next attempt, waits for a commit.
 * - `atGate`: recorded; waits at its gate, and holds no slot there.
 * - `ready`: recorded; waits for a slot. `running`: an attempt runs.
 * - `marking`: has a slot, and waits for the commit that marks its only attempt (P10).
 *   `marked`: that commit is durable.
 * - `waiting`: for `dueAt`. `outside`: for somebody else to settle it, or for its timer.
 * - `settled`: its outcome waits for its turn.
 */
type StepPhase =
  | "recording"
  | "atGate"
  | "ready"
  | "marking"
  | "marked"
  | "running"
  | "waiting"
  | "outside"
  | "settled";

/** What a step is made with. */
type Beginning = {
  number: number;
  request: StepRequest;
  attempts: number;
  dueAt: number | undefined;
  /** Whether a timer stands for the wait until `dueAt`. */
  isFar: boolean;
  resolve: (value: Value) => void;
  reject: (error: Error) => void;
  wasAwaited: () => boolean;
};

export class OpenStep {
  readonly number: number;
  readonly request: StepRequest;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: Error) => void;
  readonly wasAwaited: () => boolean;
  attempts: number;
  failures = 0;
  /** How often in a row it was refused with `retry-after` (P15). */
  refusals = 0;
  /** How often in a row the platform had no room for it. */
  overloads = 0;
  dueAt: number | undefined;
  isFar: boolean;
  /** Ends the running attempt; set while one runs. */
  abort: ((reason: Error) => void) | undefined;
  #phase: StepPhase = "recording";
  #isTimed = false;

  constructor(
    { number, request, attempts, dueAt, isFar, ...promise }: Beginning,
    private readonly onStir: () => void,
  ) {
    this.number = number;
    this.request = request;
    this.attempts = attempts;
    this.dueAt = dueAt;
    this.isFar = isFar;
    this.resolve = promise.resolve;
    this.reject = promise.reject;
    this.wasAwaited = promise.wasAwaited;
  }

  get phase(): StepPhase {
    return this.#phase;
  }

  set phase(phase: StepPhase) {
    this.#phase = phase;
    this.onStir();
  }

  /** Whether a timer of this executor ends its wait. */
  get isTimed(): boolean {
    return this.#isTimed;
  }

  set isTimed(isTimed: boolean) {
    this.#isTimed = isTimed;
    this.onStir();
  }
}
