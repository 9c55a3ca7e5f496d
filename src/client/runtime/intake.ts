/**
 * Workflows on their way into an executor: candidates of scans, and those being opened.
 *
 * Owns both lists, and how much more there is room for. May not ask the component.
 */
import { SCAN_BYTES_MAX, SCAN_CANDIDATES_MAX } from "../../shared/constants.js";
import type { JournalRead } from "./backend.js";
import { Candidates, turnBack } from "./candidates.js";
import type { Candidate } from "./model.js";
import { openHandler } from "./opening.js";
import { Openings } from "./openings.js";
import { countHotRoom, type ExecutorState } from "./state.js";

export class Intake {
  readonly candidates = new Candidates();
  readonly openings = new Openings((candidate, read) => this.#admit(candidate, read));
  /** Whether candidates were taken since the last scan: then an older one may be due. */
  hasTaken = false;

  constructor(private readonly state: ExecutorState) {}

  /** Whether anything is on its way to become hot. */
  get isBusy(): boolean {
    return this.candidates.size + this.openings.size > 0;
  }

  /** How many candidates are to be at hand, so that a freed slot is filled at once. */
  get readAhead(): number {
    return Math.min(SCAN_CANDIDATES_MAX / 2, Math.max(1, this.state.slots));
  }

  /** Whether too few candidates are at hand, and memory carries more. */
  get isLow(): boolean {
    const { bytes, ungated } = this.candidates;
    return bytes < SCAN_BYTES_MAX && ungated < this.readAhead / 2;
  }

  /** How many more may be opened, if `more` slots were free than are. */
  computeRoom(more = 0): number {
    const { state } = this;
    if (state.mode !== "serving") return 0;
    const free = state.free + more - this.openings.size;
    return Math.max(0, Math.min(free, this.computeHotRoom()));
  }

  /** How many more workflows may be hot, by their number and by what memory carries. */
  computeHotRoom(): number {
    return countHotRoom(this.state, this.openings.size, this.candidates.bytes);
  }

  /** Workflows not to take in again: candidates for slots, and hot ones, perhaps unclaimed yet. */
  listKnown(): Set<string> {
    const hots = this.state.hots.list().map((hot) => hot.identity.workflow);
    return new Set([
      ...this.candidates.listUngated(),
      ...hots,
      ...this.openings.workflows,
    ]);
  }

  #admit(candidate: Candidate, read: JournalRead): void {
    const { state } = this;
    if (state.mode !== "serving" || state.hots.get(candidate.workflow)) {
      return turnBack(state.gates, candidate);
    }
    state.hots.add(openHandler(state, candidate, read));
    state.signal.notify();
  }
}
