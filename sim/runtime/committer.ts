/**
 * Commits, one after the other, as the platform's committer makes them durable and visible.
 *
 * Owns the time between a commit's validation and its visibility, and what becomes of those
 * in between when the backend restarts. A commit is visible before its caller hears of it,
 * and only after all earlier ones (PLATFORM.md section 2).
 */
import type { PreparedCommit } from "../store/store.js";
import type { CommitFault } from "../faults/faults.js";
import { ConflictFailure, goneFailure, type FunctionFailure } from "./failure.js";
import type { Commits, Committable, Services } from "./services.js";
import { floor } from "../math.js";

const NS_PER_MS = 1_000_000;

/** A commit that is validated, but not yet visible. */
interface PendingCommit {
  readonly prepared: PreparedCommit;
  readonly run: Committable;
  readonly fault: CommitFault | null;
  readonly settle: (failure: FunctionFailure | null) => void;
  /** Whether its own time is over; it may still wait for an earlier one. */
  isDue: boolean;
  /** Those who wait until it is visible or lost. */
  readonly waiting: (() => void)[];
}

export class Committer implements Commits {
  readonly #services: Services;
  /** In the order of their timestamps. */
  #line: PendingCommit[] = [];

  constructor(services: Services) {
    this.#services = services;
  }

  /** Commits a run; resolves to its timestamp once it is visible. */
  async commit(run: Committable, label: string): Promise<bigint> {
    if (!run.tx.hasWrites) return run.tx.beginTs;
    const { store, clock, faults, metrics, trace } = this.#services;
    const fault = faults.atCommit(label);
    const prepared =
      fault === "conflict"
        ? null
        : store.prepare(run.tx, BigInt(floor(clock.now() * NS_PER_MS)));
    if (prepared === null || prepared.kind === "conflict") {
      metrics.conflict(label);
      trace.add("conflict", label, prepared?.table ?? "fault");
      throw new ConflictFailure(prepared?.table ?? null, prepared?.ts ?? 0n);
    }
    const { documents, bytes } = prepared.sizeOf(isOwn);
    metrics.written(label, documents, bytes);
    trace.add("commit", label, documents);
    await this.#becomeVisible(prepared, run, fault);
    return prepared.ts;
  }

  /** Resolves when no commit up to a timestamp is pending any more. */
  async settled(ts: bigint): Promise<void> {
    const last = this.#line.findLast(({ prepared }) => prepared.ts <= ts);
    if (last) await new Promise<void>((resolve) => last.waiting.push(resolve));
  }

  /** The backend goes away: some of what was being committed got there, some did not. */
  restart(isDurable: () => boolean): void {
    let isLost = false;
    for (const commit of this.#line.splice(0)) {
      // Commits reach the log in order: after a lost one, all are.
      isLost ||= !isDurable();
      this.#end(commit, isLost, goneFailure());
    }
  }

  #becomeVisible(
    prepared: PreparedCommit,
    run: Committable,
    fault: CommitFault | null,
  ): Promise<void> {
    const { clock, latency } = this.#services;
    return new Promise<void>((resolve, reject) => {
      const settle = (failure: FunctionFailure | null): void =>
        failure ? reject(failure) : resolve();
      const commit = { prepared, run, fault, settle, isDue: false, waiting: [] };
      this.#line.push(commit);
      const finish = (): void => {
        commit.isDue = true;
        this.#endThoseDue();
      };
      const ms = latency.commit();
      // A delay and no time of day, which may be set back.
      if (ms === 0) finish();
      else clock.after(ms, finish);
    });
  }

  #endThoseDue(): void {
    while (this.#line[0]?.isDue) {
      const commit = this.#line.shift()!;
      const { fault } = commit;
      this.#end(commit, fault === "lost", fault === null ? null : goneFailure());
    }
  }

  #end(commit: PendingCommit, isLost: boolean, failure: FunctionFailure | null): void {
    const { prepared, run, settle, waiting } = commit;
    const { store, creationTimes, throughput, onCommitted } = this.#services;
    if (isLost) store.abandon(prepared);
    else {
      throughput.record(prepared.sizeOf(() => true).bytes);
      const rows = store.publish(prepared);
      creationTimes.publish(run.created);
      onCommitted(rows, run.scheduled, prepared.ts);
    }
    settle(failure);
    for (const resolve of waiting) resolve();
  }
}

/** The system's rows are not the function's own. */
function isOwn(table: string): boolean {
  return !table.startsWith("_");
}
