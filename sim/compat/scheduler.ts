/**
 * What a deployment's scheduled functions are doing: how many wait for their timer, and
 * which are running. Knows nothing of the functions themselves.
 */
export class Scheduler {
  private readonly running = new Set<Promise<void>>();
  /**
   * A timer set before the suite faked the clock fires only when the event loop turns: as
   * long as there are any, waiting for all functions must let it turn.
   */
  private waitingCount = 0;

  timerSet(): void {
    this.waitingCount += 1;
  }

  timerFired(): void {
    this.waitingCount -= 1;
  }

  isWaiting(): boolean {
    return this.waitingCount > 0;
  }

  isRunning(): boolean {
    return this.running.size > 0;
  }

  started(execution: Promise<void>): void {
    this.running.add(execution);
  }

  ended(execution: Promise<void>): void {
    this.running.delete(execution);
  }

  /** Also waits for those that start meanwhile. */
  async finishRunning(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }
}
