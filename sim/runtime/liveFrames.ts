/** The top-level functions that run now: what ends when the backend does. */
import type { Frame } from "./frame.js";

export class LiveFrames {
  readonly #frames = new Set<Frame>();

  add(frame: Frame): void {
    this.#frames.add(frame);
    frame.onEnd(() => this.#frames.delete(frame));
  }

  /** Those that run, in the order in which they began. */
  list(): readonly Frame[] {
    return [...this.#frames];
  }
}
