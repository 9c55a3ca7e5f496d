/**
 * The lines that tell of transitions, within what the platform keeps of a function's log.
 *
 * Owns the budget of lines and bytes, what shares a line, and the count of what was dropped.
 * Pure: it is given the time, and answers text.
 *
 * Invariants:
 * - T1 An executor prints at most TRANSITION_LINES_MAX lines in its life, none longer than
 *   TRANSITION_LINE_BYTES_MAX, the last one kept for its end.
 * - T2 Every transition is printed once or counted as dropped once, in the next line.
 */
import {
  TRANSITION_DROPPED_BYTES,
  TRANSITION_HOLD_MS,
  TRANSITION_LINE_BYTES_MAX,
  TRANSITION_LINE_MS,
  TRANSITION_LINES_BURST,
  TRANSITION_LINES_MAX,
} from "./constants.js";
import { computeUtf8Bytes } from "./text.js";
import type { Transition, TransitionName } from "./transitions.js";

/** Who prints: the seat and the id of an executor. */
export type LineOrigin = { seat: number; executor: string };

export class TransitionLines {
  readonly #events: string[] = [];
  readonly #dropped = new Map<TransitionName, number>();
  #bytes = 0;
  #lines = 0;
  /** When the oldest transition was added that is not printed. */
  #since: number | null = null;

  constructor(
    private readonly origin: LineOrigin,
    private readonly startedAt: number,
  ) {}

  /** Adds a transition; one that has no room is counted. */
  add(transition: Transition, now: number): void {
    this.#since ??= now;
    const text = JSON.stringify(transition);
    const bytes = computeUtf8Bytes(text) + 1;
    if (this.#bytes + bytes > this.#computeRoom()) return this.#drop(transition.event);
    this.#events.push(text);
    this.#bytes += bytes;
  }

  /** When a line should be looked for; null while there is nothing to print. */
  get dueAt(): number | null {
    if (this.#since === null || this.#lines >= TRANSITION_LINES_MAX - 1) return null;
    return Math.max(this.#since + TRANSITION_HOLD_MS, this.#computeEarnedAt());
  }

  /** Answers the next line, if it is time for one. */
  take(now: number): string | null {
    if (this.#since === null || this.#lines >= TRANSITION_LINES_MAX - 1) return null;
    if (now < this.#computeEarnedAt()) return null;
    const isFull = this.#dropped.size > 0;
    if (now < this.#since + TRANSITION_HOLD_MS && !isFull) return null;
    return this.#format();
  }

  /** Answers what is left, when the executor ends. */
  close(): string | null {
    return this.#since === null ? null : this.#format();
  }

  /** When the next line is within the budget: at once in a burst, then at a steady pace. */
  #computeEarnedAt(): number {
    const beyond = this.#lines - TRANSITION_LINES_BURST + 1;
    return this.startedAt + Math.max(0, beyond) * TRANSITION_LINE_MS;
  }

  /** Bytes of transitions that fit beside the rest of a line. */
  #computeRoom(): number {
    return (
      TRANSITION_LINE_BYTES_MAX -
      computeUtf8Bytes(this.#frame([])) -
      TRANSITION_DROPPED_BYTES
    );
  }

  #drop(event: TransitionName): void {
    this.#dropped.set(event, (this.#dropped.get(event) ?? 0) + 1);
  }

  #format(): string {
    const line = this.#frame(this.#events);
    this.#lines += 1;
    this.#events.length = 0;
    this.#dropped.clear();
    this.#bytes = 0;
    this.#since = null;
    return line;
  }

  #frame(events: string[]): string {
    const { seat, executor } = this.origin;
    const dropped = this.#dropped.size > 0 ? Object.fromEntries(this.#dropped) : null;
    const head = JSON.stringify({ seat, executor, ...(dropped ? { dropped } : {}) });
    return `${head.slice(0, -1)},"events":[${events.join(",")}]}`;
  }
}
