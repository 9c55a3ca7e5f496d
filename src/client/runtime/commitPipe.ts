/**
 * Sends commits, one at a time, until each one's outcome is known (P4).
 *
 * Owns the sequence number and what an error means. Invariants:
 * - The same content goes out under the same number until the outcome is known.
 * - A number whose content keeps failing is used up by an empty commit. If that applies,
 *   the content never was and never will be; if it is answered as a repetition, it was.
 * - Only content that is known not to be applied is cut in half, under new numbers.
 * - An entry is rejected only after it has failed under a second number too: the empty
 *   commit may have been applied because an outage had just ended. Then its operations are
 *   cut in half as well, until the one is found that cannot be applied.
 */
import type { CommitAnswer, Entry, EntryAnswer } from "../../shared/commit.js";
import {
  COMMIT_RETRY_MS_MAX,
  COMMIT_RETRY_MS_MIN,
  COMMIT_TRIES,
  COMMIT_TRIES_SUSPECT,
} from "../../shared/constants.js";
import { isExecutorError } from "../../shared/errors.js";
import type { Membership } from "../../shared/model.js";
import { classifyFailure } from "./failures.js";

/**
 * What became of an entry. `rejected`: its first `applied` operations are durable, under this
 * claim if there are any; the next one can never be applied as it is.
 */
export type Verdict =
  | EntryAnswer
  | { kind: "rejected"; message: string; applied: number; claim: string | null };

/** What became of a commit. With membership `none` nothing can be recorded any more. */
export type Committed = { membership: Membership; verdicts: Verdict[] };

/** What the pipe needs of the world; a test gives its own. */
export type PipeDeps = {
  commit: (seq: number, entries: Entry[]) => Promise<CommitAnswer>;
  sleep: (ms: number) => Promise<void>;
  random: () => number;
  /** Whether trying again still makes sense. */
  isOver: () => boolean;
};

export class CommitPipe {
  #seq = 0;

  constructor(private readonly deps: PipeDeps) {}

  /** How many numbers were used. */
  get count(): number {
    return this.#seq;
  }

  /** Sends entries and answers once it is known what became of each. */
  async send(entries: Entry[]): Promise<Committed> {
    return await this.#send(entries, false);
  }

  async #send(entries: Entry[], isSuspect: boolean): Promise<Committed> {
    this.#seq += 1;
    const sent = await this.#sendUntilKnown(
      entries,
      isSuspect ? COMMIT_TRIES_SUSPECT : COMMIT_TRIES,
    );
    if (sent.kind === "known")
      return { membership: sent.membership, verdicts: sent.entries };
    if (entries.length > 1) return await this.#bisect(entries);
    if (!isSuspect) return await this.#send(entries, true);
    const [entry] = entries;
    if (entry && entry.operations.length > 1) return await this.#bisectOperations(entry);
    const { membership, message } = sent;
    const claim = entry?.claim ?? null;
    return { membership, verdicts: [{ kind: "rejected", message, applied: 0, claim }] };
  }

  /** Sends the first half of an entry's operations, and the rest if that could be applied. */
  async #bisectOperations(entry: Entry): Promise<Committed> {
    const { operations } = entry;
    const middle = Math.ceil(operations.length / 2);
    const head = await this.#send(
      [{ ...entry, operations: operations.slice(0, middle) }],
      true,
    );
    const [first] = head.verdicts;
    if (first?.kind !== "applied" || first.claim === null) return head;
    const { claim } = first;
    const tail = await this.#send(
      [{ ...entry, claim, operations: operations.slice(middle) }],
      true,
    );
    const [second] = tail.verdicts;
    if (second?.kind !== "rejected") return tail;
    const applied = middle + second.applied;
    return { ...tail, verdicts: [{ ...second, applied, claim: second.claim ?? claim }] };
  }

  async #bisect(entries: Entry[]): Promise<Committed> {
    const middle = Math.ceil(entries.length / 2);
    const first = await this.#send(entries.slice(0, middle), true);
    if (first.membership === "none") return first;
    const second = await this.#send(entries.slice(middle), true);
    return {
      membership: second.membership,
      verdicts: [...first.verdicts, ...second.verdicts],
    };
  }

  async #sendUntilKnown(
    entries: Entry[],
    tries: number,
  ): Promise<
    | { kind: "known"; membership: Membership; entries: EntryAnswer[] }
    | { kind: "rejected"; membership: Membership; message: string }
  > {
    let failures = 0;
    let waits = 0;
    for (;;) {
      // After enough failures the number is used up by an empty commit instead.
      const isProbing = failures >= tries;
      try {
        const answer = await this.deps.commit(this.#seq, isProbing ? [] : entries);
        if (answer.kind === "refused")
          return { kind: "known", membership: "none", entries: [] };
        if (!isProbing) return { ...answer, kind: "known" };
        if (answer.kind === "applied") {
          return {
            kind: "rejected",
            membership: answer.membership,
            message: this.#lastError,
          };
        }
        failures = 0; // it was applied: ask again for what became of each entry
      } catch (error) {
        if (this.deps.isOver()) return { kind: "known", membership: "none", entries: [] };
        this.#lastError = error instanceof Error ? error.message : String(error);
        if (isCallerCanceled(error))
          return { kind: "known", membership: "none", entries: [] };
        if (!isProbing) failures += weigh(this.#lastError);
        await this.deps.sleep(this.#computePauseMs(waits));
        waits += 1;
      }
    }
  }

  #lastError = "";

  #computePauseMs(waits: number): number {
    const pause = Math.min(COMMIT_RETRY_MS_MAX, COMMIT_RETRY_MS_MIN * 2 ** waits);
    return pause * this.deps.random();
  }
}

/** How much a failure counts towards giving up on the content. */
function weigh(message: string): number {
  switch (classifyFailure(message)) {
    case "conflict":
    case "overload":
      return 0;
    case "fatal":
      return COMMIT_TRIES;
    case "unknown":
      return 1;
  }
}

/**
 * The executor's own job was canceled, so nothing it schedules would ever run (P7). That
 * is no fault of the content: another executor has to record it.
 */
function isCallerCanceled(error: unknown): boolean {
  return isExecutorError(error, "CALLER_CANCELED");
}
