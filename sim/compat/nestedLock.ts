/**
 * The lock by which a function's nested queries and mutations run one at a time, however
 * the function starts them. They share one transaction and its stack of savepoints.
 */
export class NestedLock {
  private held: Promise<void> | null = null;
  private wakeWaiters: () => void = () => undefined;

  async acquire(): Promise<void> {
    // All who wait are woken at once: the first to look takes it, the others wait on.
    while (this.held !== null) await this.held;
    this.held = new Promise((resolve) => {
      this.wakeWaiters = resolve;
    });
  }

  release(): void {
    this.held = null;
    this.wakeWaiters();
  }
}
