/**
 * What one handler learns of its workflow's imposed end (P11).
 *
 * Owns the deciding which new steps are refused. A handler whose open steps have failed
 * knows; one that had none open learns at the first step it asks for, and until that failure
 * is delivered every step is refused, so that nothing of the workflow's own work begins any
 * more. What it asks for after that is for cleaning up, and runs.
 */
import type { EndNotice } from "../../shared/ends.js";
import type { Settlement } from "./model.js";

export class EndWatch {
  #hasSeen = false;

  /** `notice` is null while nobody has made the workflow end. */
  constructor(private readonly notice: EndNotice | null) {}

  /** Notes a delivery: it may be the one by which the handler learns of its end. */
  note({ outcome, settledAt }: Settlement): void {
    const { notice } = this;
    if (!notice || outcome.kind !== "failed" || settledAt !== notice.at) return;
    this.#hasSeen ||= outcome.error.code === notice.error.code;
  }

  /** The failure of a new step that may not run; null for one that may. */
  refuse(number: number): Settlement | null {
    const { notice } = this;
    if (!notice || this.#hasSeen || number < notice.number) return null;
    const outcome = { kind: "failed" as const, error: notice.error };
    return { number, outcome, settledAt: notice.at, isRecorded: false };
  }
}
