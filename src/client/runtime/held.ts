/**
 * What one workflow may keep in memory, estimated (P14).
 *
 * Owns the count of bytes: nobody can ask the platform how full the heap is. Arguments, the
 * journal while it is replayed, the arguments of open steps, and the results that its
 * handler was given and may still hold, up to a bound.
 */
import type { Value } from "convex/values";
import { DELIVERED_BYTES_MAX } from "../../shared/constants.js";
import type { Outcome } from "../../shared/model.js";
import { measureValue } from "../../shared/sizes.js";
import type { JournalRow, StepRequest } from "./model.js";
import { checkRoomForBytes } from "./verdicts.js";

export class HeldBytes {
  #arguments = 0;
  #journal = 0;
  #open = 0;
  #delivered = 0;
  #bytes = 0;

  /** The sum, kept: each round of the loop asks every workflow, and few have changed. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Counts what a workflow is opened with. */
  open(args: Value, rows: readonly JournalRow[]): void {
    this.#arguments = measureValue(args).bytes;
    this.#journal = rows.reduce((sum, row) => sum + measureValue(row.outcome).bytes, 0);
    this.#sum();
  }

  /** The journal is let go of; what it delivered was counted as it was. */
  endReplay(): void {
    this.#journal = 0;
    this.#sum();
  }

  /** Counts a step's arguments; throws `TOO_MANY_STEPS` if all that are open are too large. */
  ask(definition: string, { bytes }: StepRequest): void {
    checkRoomForBytes(definition, this.#open, bytes);
    this.#open += bytes;
    this.#sum();
  }

  /** Counts a result that the handler has now, and its step's arguments no more. */
  deliver({ bytes }: StepRequest, outcome: Outcome): void {
    this.#open -= bytes;
    this.#delivered += measureValue(outcome).bytes;
    this.#sum();
  }

  #sum(): void {
    const delivered = Math.min(DELIVERED_BYTES_MAX, this.#delivered);
    this.#bytes = this.#arguments + this.#journal + this.#open + delivered;
  }
}
