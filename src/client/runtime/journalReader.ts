/**
 * Journals that replays start from, several with one query.
 *
 * Owns which are read together, and the putting together of their pages: so that a successor
 * takes over fifty workflows with a handful of queries. May not open anything.
 */
import type { Infer } from "convex/values";
import type { vJournalsAnswer } from "../../component/replays.js";
import { OPENING_MAX } from "../../shared/constants.js";
import type { Backend, JournalRead } from "./backend.js";

type Page = Infer<typeof vJournalsAnswer>[number];

/** A journal on its way. */
type Reading = {
  workflow: string;
  generation: number;
  /** Pages so far, put together; null before the first. */
  read: JournalRead | null;
  from: number;
  /** Whether the query failed that it was part of: it may be its own fault, or another's. */
  isSuspect: boolean;
  resolve: (read: JournalRead | null) => void;
  reject: (error: unknown) => void;
};

export class JournalReader {
  readonly #waiting: Reading[] = [];
  #isReading = false;

  constructor(
    private readonly backend: Pick<Backend, "readJournals">,
    /** Whether nobody opens anything any more. */
    private readonly isOver: () => boolean,
  ) {}

  /** Reads a whole journal; null if the generation is gone, or is being settled. */
  async read(workflow: string, generation: number): Promise<JournalRead | null> {
    return await new Promise((resolve, reject) => {
      const place = { workflow, generation, from: 0 };
      const reading = { ...place, read: null, isSuspect: false, resolve, reject };
      this.#waiting.push(reading);
      if (!this.#isReading) void this.#readAll();
    });
  }

  /** Never fails: whoever waits is told. */
  async #readAll(): Promise<void> {
    this.#isReading = true;
    await Promise.resolve(); // those that are asked for in this round go together
    while (this.#waiting.length > 0) {
      if (this.isOver()) for (const { resolve } of this.#waiting.splice(0)) resolve(null);
      else await this.#readSome(this.#takeSome());
    }
    this.#isReading = false;
  }

  async #readSome(some: readonly Reading[]): Promise<void> {
    const left: Reading[] = [];
    try {
      const pages = await this.backend.readJournals(
        some.map(({ workflow, generation, from }) => ({ workflow, generation, from })),
      );
      for (const [index, one] of some.entries())
        if (!this.#take(one, pages[index])) left.push(one);
    } catch (error) {
      for (const one of some) {
        if (some.length === 1) one.reject(error);
        else left.push({ ...one, isSuspect: true });
      }
    }
    this.#waiting.unshift(...left);
  }

  /** Takes those that go together: one that may have failed the others goes alone. */
  #takeSome(): Reading[] {
    const suspect = this.#waiting.findIndex(({ isSuspect }) => isSuspect);
    if (suspect === 0) return this.#waiting.splice(0, 1);
    const count = suspect < 0 ? OPENING_MAX : Math.min(suspect, OPENING_MAX);
    return this.#waiting.splice(0, count);
  }

  /** Takes in a page; says whether that was the last. */
  #take(one: Reading, page: Page | undefined): boolean {
    if (page === undefined) return false; // the answer was full before its turn
    if (page === null) {
      one.resolve(null);
      return true;
    }
    const { next, ...read } = page;
    // The first page's signals are those to consume: what settles later has its own.
    if (one.read) one.read.rows.push(...read.rows);
    else one.read = read;
    if (next === null) one.resolve(one.read);
    else one.from = next;
    return next === null;
  }
}
