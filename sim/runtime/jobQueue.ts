/**
 * Jobs that wait for their time, the earliest first.
 *
 * Owns the order: by due time, then by the order in which they were committed; jobs of all
 * components are in one line (PLATFORM.md section 3). Knows no clock and runs nothing.
 */
import type { FunctionPath } from "./functionPath.js";
import { createTree } from "../store/orderedTree.js";
import { encodeKey } from "../values/keys.js";
import type { JobRef } from "./request.js";

/** A job that has not ended, as the scheduler knows it. */
export interface Job {
  readonly ref: JobRef;
  readonly target: FunctionPath;
  /** Milliseconds; later than the row says after a failure of the system. */
  dueAt: number;
  /** How often the system failed to run it. */
  attempts: number;
}

export class JobQueue {
  readonly #line = createTree<Job>();
  readonly #keys = new Map<string, string>();
  #sequence = 0;

  get size(): number {
    return this.#line.size;
  }

  add(job: Job): void {
    const key = encodeKey([job.dueAt, (this.#sequence += 1)]);
    this.#keys.set(keyOf(job.ref), key);
    this.#line.set(key, job);
  }

  /** Takes a job out of the line; undefined if it is not in it. */
  remove(ref: JobRef): Job | undefined {
    const key = this.#keys.get(keyOf(ref));
    if (key === undefined) return undefined;
    const job = this.#line.get(key);
    this.#keys.delete(keyOf(ref));
    this.#line.delete(key);
    return job;
  }

  /** The job whose turn is next, which stays in the line. */
  peek(): Job | undefined {
    const key = this.#line.minKey();
    return key === undefined ? undefined : this.#line.get(key);
  }
}

function keyOf({ component, id }: JobRef): string {
  return `${component}/${id}`;
}
