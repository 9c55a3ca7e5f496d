/**
 * The executor's own transitions, and the pace of its lines.
 *
 * Owns when it is told that the executor starts, hands over and ends, and that lines are
 * printed in time. What is told of workflows comes from commits.
 */
import type { TransitionName } from "../../shared/transitions.js";
import { real } from "./sandbox.js";
import type { ExecutorState } from "./state.js";

/** Tells of the executor itself, and sees to it that lines are printed. */
export class Chronicler {
  #mode: ExecutorState["mode"] = "serving";

  constructor(private readonly state: ExecutorState) {
    this.#tell("executor.started");
  }

  /** Looks once a round at how the executor stands, and prints what is due. */
  look(): void {
    const { state } = this;
    const isNew = state.mode !== this.#mode;
    this.#mode = state.mode;
    if (isNew && state.mode === "draining") this.#tell("executor.handed_over");
    const dueAt = state.chronicle.flush(real.now());
    if (dueAt !== null && state.mode !== "gone") state.alarm.set(dueAt);
  }

  /** Tells of the executor's end, and prints what is left. */
  close(): void {
    const { mode, chronicle } = this.state;
    const ends = { serving: "retired", draining: "left", gone: "lost" } as const;
    this.#tell(`executor.${ends[mode]}`);
    chronicle.close();
  }

  #tell(event: TransitionName): void {
    const now = real.now();
    this.state.chronicle.tell([{ event, at: now }], now);
  }
}
