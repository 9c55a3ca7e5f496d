/**
 * Workflows on their way to become hot, in the order in which they were taken (I7).
 *
 * Owns that order: a journal that was read sooner than an older one's waits for it, and so
 * does a workflow that has none to read yet.
 */
import type { JournalRead } from "./backend.js";
import type { Candidate } from "./model.js";

type Opening = { candidate: Candidate; read: JournalRead | null | undefined };

export class Openings {
  readonly #list: Opening[] = [];

  constructor(
    private readonly admit: (candidate: Candidate, read: JournalRead) => void,
  ) {}

  get size(): number {
    return this.#list.length;
  }

  /** Journals that are being read. */
  get reading(): number {
    return this.#list.filter(({ read }) => read === undefined).length;
  }

  get workflows(): string[] {
    return this.#list.map(({ candidate }) => candidate.workflow);
  }

  /** Lets a workflow in that needs no journal, after those before it. */
  add(candidate: Candidate, read: JournalRead): void {
    this.#list.push({ candidate, read });
    this.#admitRead();
  }

  /** Lets a workflow in once its journal is read; it drops out if that fails or is gone. */
  async addReading(
    candidate: Candidate,
    reading: Promise<JournalRead | null>,
  ): Promise<void> {
    const opening: Opening = { candidate, read: undefined };
    this.#list.push(opening);
    try {
      opening.read = await reading;
    } finally {
      opening.read ??= null;
      this.#admitRead();
    }
  }

  #admitRead(): void {
    while (this.#list[0] && this.#list[0].read !== undefined) {
      const { candidate, read } = this.#list.shift()!;
      if (read) this.admit(candidate, read);
    }
  }
}
