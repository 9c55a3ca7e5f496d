/**
 * What happened in a run, in order: the last events, and a digest of all.
 *
 * Two runs with the same digest did the same things at the same times.
 */
import { createHash } from "node:crypto";

import { DIGEST_CHUNK_LENGTH, TRACE_EVENTS_MAX } from "../constants/observe.js";

export interface TraceEvent {
  /** Milliseconds of the clock. */
  readonly at: number;
  readonly kind: string;
  readonly name: string;
  readonly detail: string;
}

export class Trace {
  readonly #clock: { now(): number };
  readonly #capacity: number;
  readonly #hash = createHash("sha256");
  /** Text that is not hashed yet. */
  #chunk = "";
  /** A ring, once it is full. */
  readonly #events: TraceEvent[] = [];
  #count = 0;

  constructor(clock: { now(): number }, capacity = TRACE_EVENTS_MAX) {
    this.#clock = clock;
    this.#capacity = capacity;
  }

  /** Events so far, those that were dropped included. */
  get count(): number {
    return this.#count;
  }

  add(kind: string, name: string, detail: string | number | boolean = ""): void {
    const event = { at: this.#clock.now(), kind, name, detail: String(detail) };
    this.#events[this.#count % this.#capacity] = event;
    this.#count += 1;
    this.#chunk += JSON.stringify([event.at, kind, name, event.detail]);
    if (this.#chunk.length > DIGEST_CHUNK_LENGTH) this.#flush();
  }

  /** The events that are kept, oldest first. */
  events(): readonly TraceEvent[] {
    if (this.#count <= this.#capacity) return [...this.#events];
    const oldest = this.#count % this.#capacity;
    return [...this.#events.slice(oldest), ...this.#events.slice(0, oldest)];
  }

  /** A digest of all events so far, in hexadecimal. */
  digest(): string {
    this.#flush();
    return this.#hash.copy().digest("hex");
  }

  #flush(): void {
    this.#hash.update(this.#chunk);
    this.#chunk = "";
  }
}
