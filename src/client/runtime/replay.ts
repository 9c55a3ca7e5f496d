/**
 * The reading back of one journal.
 *
 * Owns what the journal has still to deliver, and whether the handler asks for the steps
 * that it has (D9). Pure: it is asked, and answers.
 */
import type { Value } from "convex/values";
import { planDeliveries } from "../../shared/delivery.js";
import { assert } from "../../shared/errors.js";
import type { JournalRow, Settlement, StepRequest } from "./model.js";

export class Replay {
  /** What the handler last wanted to be seen of it. */
  status: { value: Value } | null = null;
  readonly #deliveries: { number: number; mustExist: number }[];

  constructor(readonly rows: readonly JournalRow[]) {
    this.#deliveries = planDeliveries(
      rows.map(({ number, after, outcome }) => ({ number, after, isSettled: !!outcome })),
    );
  }

  /** Keeps a status for the end of the replay. */
  setStatus(value: Value): void {
    this.status = { value };
  }

  /** Whether everything has been delivered. */
  get isOver(): boolean {
    return this.#deliveries.length === 0;
  }

  /**
   * Takes the next settlement to deliver to a handler that has asked for `asked` steps, or
   * says why it cannot be: the handler has taken another path.
   */
  next(asked: number): { settlement: Settlement } | { divergence: string } {
    const next = this.#deliveries.shift();
    assert(next, "a replay that is over has nothing to deliver");
    if (asked < next.mustExist) return { divergence: this.#describeMissing(asked) };
    const row = this.rows[next.number];
    assert(row?.outcome, `invariant I4: step ${next.number} was delivered unsettled`);
    const { number, outcome, settledAt = 0 } = row;
    return { settlement: { number, outcome, settledAt, isRecorded: true } };
  }

  /** What is wrong with a handler that asks for no more than `asked` steps, if anything is. */
  findMissing(asked: number): string | null {
    return asked < this.rows.length ? this.#describeMissing(asked) : null;
  }

  /** Says that the journal has a step which the handler has not asked for. */
  #describeMissing(asked: number): string {
    const row = this.rows[asked];
    return `the journal has ${this.rows.length} steps, but the handler did not ask for step ${asked} ("${row?.name}", ${row?.kind})`;
  }

  /** Says how a request differs from the row with its number; null if it does not. */
  compare(row: JournalRow, request: StepRequest): string | null {
    const differs = (["name", "kind", "digest"] as const).find(
      (field) => row[field] !== request[field],
    );
    if (!differs) return null;
    const asked =
      differs === "digest"
        ? "with other arguments"
        : `as "${request.name}" (${request.kind})`;
    return `step ${row.number} is "${row.name}" (${row.kind}) in the journal, but the handler asked for it ${asked}`;
  }
}
