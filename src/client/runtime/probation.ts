/**
 * Whether a workflow may be about to kill its executor (P9).
 *
 * Owns when a handler that is under suspicion begins, and when it has shown that it is not
 * to blame: once a turn that a fresh settlement caused is recorded.
 */
export class Probation {
  /** Whether the handler begins only once its claim is durable: if it kills us, it is known. */
  opensAfterClaim = false;
  /** Whether the workflow has gone on since it was opened, durably. */
  hasProgressed = false;
  #hasFreshTurn = false;

  /** Whether the handler must not begin yet. */
  isHeldBack(claim: string | null): boolean {
    return this.opensAfterClaim && claim === null;
  }

  /** Notes a delivery; what a replay delivers is old. */
  noteDelivery(isReplaying: boolean): void {
    this.#hasFreshTurn ||= !isReplaying;
  }

  /** Notes that operations were recorded. */
  noteRecorded(count: number): void {
    if (count > 0) this.hasProgressed = this.#hasFreshTurn;
  }
}
