/**
 * Opens the work that was found.
 *
 * Owns when a candidate becomes hot. It is opened before it is claimed: its first turn runs
 * in memory, and the commit that claims it carries what the turn asked for. If another
 * executor was faster, the handler is dropped.
 */
import { OPENING_MAX } from "../../shared/constants.js";
import { mustWait } from "./candidates.js";
import type { Intake } from "./intake.js";
import { JournalReader } from "./journalReader.js";
import type { Candidate } from "./model.js";
import { describeTask } from "./opening.js";
import { real } from "./sandbox.js";
import type { ScanPace } from "./scanPace.js";
import type { ExecutorState } from "./state.js";

export class Claimer {
  readonly #journals: JournalReader;

  constructor(
    private readonly state: ExecutorState,
    private readonly intake: Intake,
    private readonly pace: ScanPace,
  ) {
    this.#journals = new JournalReader(state.backend, () => state.mode !== "serving");
  }

  /**
   * Workflows that would be opened if there were slots for them. Of those at gates one
   * counts: it is for them to be offered a slot, and none of them may be let through.
   */
  get waiting(): number {
    const { candidates, openings } = this.intake;
    const { ungated, gated } = candidates;
    const room = Math.max(0, this.intake.computeHotRoom());
    return openings.size + Math.min(ungated + Math.min(1, gated), room);
  }

  /** Opens as many candidates as there are free slots, oldest first. Says whether any. */
  claim(): boolean {
    const { state, intake } = this;
    const { candidates, openings } = intake;
    let left = intake.computeRoom();
    const taken = left;
    for (let next = candidates.first(); next && left > 0;) {
      // A younger one may not overtake a replay that waits for its turn to be read (I7).
      if (next.kind === "replay" && openings.reading >= OPENING_MAX) break;
      if (mustWait(state.gates, next)) next = candidates.skip();
      else {
        this.#open(next);
        left -= 1;
        next = candidates.take();
      }
    }
    intake.hasTaken ||= left < taken;
    state.crowded = intake.computeHotRoom() <= 0 ? candidates.size : 0;
    return left < taken;
  }

  /** Opens a candidate: a task has nothing to be read, a replay its journal. */
  #open(candidate: Candidate): void {
    const { openings } = this.intake;
    if (candidate.kind === "task")
      return openings.add(candidate, describeTask(candidate, real.now()));
    const { workflow, generation } = candidate;
    const reading = this.#journals.read(workflow, generation);
    void openings
      .addReading(candidate, reading)
      .then(async () => (await reading) ?? this.pace.pause()) // gone, or being settled: not yet
      .catch(() => this.pace.pause()) // still queued; the next scan finds it again
      .finally(() => this.state.signal.notify());
  }
}
