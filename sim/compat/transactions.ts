/**
 * The transactions of a deployment: one at a time, and whoever wants the next waits.
 *
 * Owns the one lock, what the open transaction has used and the clock of commits. Every
 * component takes part in each transaction. What runs outside of functions, or in an action
 * while some mutation is open, sees that mutation's pending writes, as in convex-test.
 */
import { convexTestDatabase } from "../database/session.js";
import { Usage, type TransactionLimits as UsageLimits } from "../usage/usage.js";
import type { Layers } from "./layers.js";

/** Limits of a transaction or a nested call; what is left out stays as it is. */
export type TransactionLimits = Partial<UsageLimits>;

/** Whether a suite wants limits enforced, and which are not the platform's. */
export type LimitsConfig = TransactionLimits | boolean;

const NANOSECONDS_PER_MS = 1_000_000n;

export class Transactions {
  private ended: Promise<void> | null = null;
  private wakeWaiters: () => void = () => undefined;
  private usage: Usage | null = null;
  private lastCommitTs = 0n;

  constructor(
    private readonly layers: Layers,
    private readonly limits: LimitsConfig,
  ) {}

  async begin(isNested: boolean, limits: TransactionLimits | undefined): Promise<void> {
    if (isNested) {
      this.usage?.beginNested(limits);
    } else {
      // All who wait are woken at once, so each looks again.
      while (this.ended !== null) await this.ended;
      this.ended = new Promise((resolve) => {
        this.wakeWaiters = resolve;
      });
      this.usage = this.createUsage();
    }
    this.layers.push();
  }

  /** The timestamp of the commit; null for a nested one, which is pending as before. */
  commit(isNested: boolean): bigint | null {
    if (!isNested) this.tickCommitClock();
    this.layers.merge(this.lastCommitTs);
    if (isNested) this.usage?.commitNested();
    this.end(isNested);
    return isNested ? null : this.lastCommitTs;
  }

  rollback(isNested: boolean): void {
    this.layers.drop();
    if (isNested) this.usage?.rollbackNested();
    this.end(isNested);
  }

  isOpen(): boolean {
    return this.ended !== null;
  }

  /** What the open transaction has used; null when there is none. */
  currentUsage(): Usage | null {
    return this.usage;
  }

  /** The last commit that the open transaction can see. */
  snapshotTs(): bigint {
    if (!this.isOpen()) {
      throw new Error("getSnapshotTs() can only be called from a query or mutation.");
    }
    return this.lastCommitTs;
  }

  private createUsage(): Usage {
    const rules = convexTestDatabase.usageRules;
    if (typeof this.limits === "boolean") {
      return new Usage({ rules, enforces: this.limits });
    }
    return new Usage({ rules, limits: this.limits });
  }

  private tickCommitClock(): void {
    const now = BigInt(Date.now()) * NANOSECONDS_PER_MS;
    // The clock may stand still or go back: suites fake it.
    this.lastCommitTs = now > this.lastCommitTs ? now : this.lastCommitTs + 1n;
  }

  private end(isNested: boolean): void {
    // A nested call that outlived its caller: what it wrote is done, and it fails.
    if (this.ended === null) throw new Error("Transaction not started");
    if (isNested) return;
    this.usage = null;
    this.ended = null;
    this.wakeWaiters();
  }
}
