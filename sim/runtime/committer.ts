/**
 * Commits, one after the other, as the platform's committer makes them durable and visible.
 *
 * Owns the time between a commit's validation and its visibility, and what becomes of those
 * in between when the backend restarts. A commit is visible before its caller hears of it,
 * and only after all earlier ones (PLATFORM.md section 2).
 */
import type { PreparedCommit } from "../store/store.js";
import type { CommitFault } from "../faults/faults.js";
import { conflictFailure, FunctionFailure } from "./failure.js";
import type { Committable, Services } from "./services.js";

const NS_PER_MS = 1_000_000;

/** A commit that is validated, but not yet visible. */
interface PendingCommit {
  readonly prepared: PreparedCommit;
  readonly run: Committable;
  readonly settle: (failure: FunctionFailure | null) => void;
}

export class Committer {
  readonly #services: Services;
  readonly #pending = new Set<PendingCommit>();
  #lastVisibleAt = 0;

  constructor(services: Services) {
    this.#services = services;
  }

  /** Commits a run; resolves to its timestamp once it is visible. */
  async commit(run: Committable, label: string): Promise<bigint> {
    if (!run.tx.hasWrites) return run.tx.beginTs;
    const { store, clock, faults, metrics, throughput, trace } = this.#services;
    const fault = faults.atCommit(label);
    const prepared =
      fault === "conflict"
        ? null
        : store.prepare(run.tx, BigInt(Math.floor(clock.now() * NS_PER_MS)));
    if (prepared === null || prepared.kind === "conflict") {
      metrics.conflict(label);
      trace.add("conflict", label, prepared?.table ?? "fault");
      throw conflictFailure(prepared?.table ?? null);
    }
    const { documents, bytes } = sizeOf(prepared);
    throughput.record(bytes);
    metrics.written(label, documents, bytes);
    trace.add("commit", label, documents);
    await this.#becomeVisible(prepared, run, fault);
    return prepared.ts;
  }

  /** The backend goes away: some of what was being committed got there, some did not. */
  restart(isDurable: () => boolean): void {
    let isLost = false;
    for (const commit of [...this.#pending]) {
      // Commits reach the log in order: after a lost one, all are.
      isLost ||= !isDurable();
      if (isLost) this.#abandon(commit);
      else this.#publish(commit);
      commit.settle(unknownOutcome());
    }
  }

  async #becomeVisible(
    prepared: PreparedCommit,
    run: Committable,
    fault: CommitFault | null,
  ): Promise<void> {
    const { clock, latency } = this.#services;
    const at = Math.max(clock.now() + latency.commit(), this.#lastVisibleAt);
    this.#lastVisibleAt = at;
    await new Promise<void>((resolve, reject) => {
      const commit: PendingCommit = {
        prepared,
        run,
        settle: (failure) => (failure ? reject(failure) : resolve()),
      };
      this.#pending.add(commit);
      const finish = () => {
        if (!this.#pending.has(commit)) return;
        if (fault === "lost") this.#abandon(commit);
        else this.#publish(commit);
        commit.settle(fault === null ? null : unknownOutcome());
      };
      if (at <= clock.now()) finish();
      else clock.at(at, finish);
    });
  }

  #publish(commit: PendingCommit): void {
    this.#pending.delete(commit);
    const rows = this.#services.store.publish(commit.prepared);
    this.#services.creationTimes.publish(commit.run.created);
    this.#services.onCommitted(rows, commit.run.scheduled, commit.prepared.ts);
  }

  #abandon(commit: PendingCommit): void {
    this.#pending.delete(commit);
    this.#services.store.abandon(commit.prepared);
  }
}

/** What a commit writes of its functions' own: the system's rows are not theirs. */
function sizeOf({ rows }: PreparedCommit): { documents: number; bytes: number } {
  let documents = 0;
  let bytes = 0;
  for (const { table, after } of rows) {
    if (table.startsWith("_")) continue;
    documents += 1;
    bytes += after?.size ?? 0;
  }
  return { documents, bytes };
}

/** The caller hears an error, and cannot know whether the commit happened. */
function unknownOutcome(): FunctionFailure {
  return new FunctionFailure(
    "system",
    "Your request couldn't be completed. Try again later.",
    "InternalServerError",
  );
}
