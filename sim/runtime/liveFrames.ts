/** The top-level functions that run now: what ends when the backend does. */
import { userFailure } from "./failure.js";
import type { Frame } from "./frame.js";

export class LiveFrames {
  readonly #frames = new Set<Frame>();

  add(frame: Frame): void {
    this.#frames.add(frame);
    frame.onEnd(() => this.#frames.delete(frame));
  }

  /**
   * To be called when nothing more will happen: transactions that still run wait for what
   * will never come, and fail as the platform lets them (crates/isolate/src/environment/udf/
   * mod.rs at 94a42c3d). An action may wait for its time limit. Tells whether there were any.
   */
  endStuck(): boolean {
    const stuck = this.list().filter(({ fn }) => fn.kind !== "action");
    for (const frame of stuck) {
      frame.end(userFailure("Returned promise will never resolve"));
    }
    return stuck.length > 0;
  }

  /** Those that run, in the order in which they began. */
  list(): readonly Frame[] {
    return [...this.#frames];
  }
}
