/**
 * What an executor says and hears of help (P18).
 *
 * Owns when it calls, when it takes the call back, and how much of others' work it asks for.
 * What it asks for comes as candidates like its own. May not touch candidates.
 */
import type { Infer } from "convex/values";
import type { vHelpAnswer, vHelpArgs } from "../../component/helpCalls.js";
import {
  HELP_CALL_MS,
  HELP_LOOK_MS_MAX,
  HELP_SHARDS_MAX,
} from "../../shared/constants.js";
import { computeHelp, judgeLoad } from "../../shared/help.js";
import type { Candidates } from "./candidates.js";
import { real } from "./sandbox.js";
import { countUnclaimed, type ExecutorState } from "./state.js";

export class HelpCaller {
  /** Whether its seat's call stands, as far as it knows. */
  isCalling = false;
  #isAsking = false;
  /** Whether the present scan looks for somebody idle. */
  #mayCall = false;
  /** When it may look for somebody again, and how long it waits if nobody is idle. */
  #callAt = 0;
  #pauseMs = HELP_CALL_MS;

  constructor(private readonly state: ExecutorState) {}

  /** Whether a call is on its way, or is being taken back. */
  get isBusy(): boolean {
    return this.#isAsking;
  }

  /** Whether it is time to look for somebody, should the queue hold too much. */
  get isDue(): boolean {
    // Before the first scan nobody knows how much there is room for.
    return this.state.slots > 0 && real.now() >= this.#callAt;
  }

  /**
   * Says what the next scan should look for, with room for so many beyond all candidates,
   * when so many tasks are enough.
   */
  ask(room: number, enough: number): Infer<typeof vHelpArgs> {
    const wanted = computeHelp(room);
    this.#mayCall = this.isDue && !this.#isAsking;
    return {
      room: wanted > 0 ? wanted + countUnclaimed(this.state) : 0,
      callAbove: this.#mayCall ? enough : null,
    };
  }

  /** Calls, or takes the call back, as what a scan has found asks for. */
  take(
    { isCalling, hasMoreTasks, canCome }: Infer<typeof vHelpAnswer>,
    candidates: Candidates,
    room: number,
    readAhead: number,
  ): void {
    this.isCalling = isCalling;
    if (this.#isAsking || this.state.mode !== "serving") return;
    const waiting = candidates.ungated;
    const load = judgeLoad({ room, candidates: waiting, readAhead, hasMoreTasks });
    if (load === "ahead" && isCalling) return this.#call([]);
    if (load !== "behind") return;
    // If nobody is idle, it looks for somebody less and less often.
    if (this.#mayCall) {
      if (canCome) this.#pauseMs = HELP_CALL_MS;
      this.#callAt = real.now() + this.#pauseMs;
      this.#pauseMs = Math.min(HELP_LOOK_MS_MAX, 2 * this.#pauseMs);
    }
    if (!canCome) return;
    // What it would only take later is left to those who come.
    candidates.trim(room + readAhead);
    const shards = candidates.listShards().slice(0, HELP_SHARDS_MAX);
    // Without a shard it would take its call back.
    if (shards.length > 0) this.#call(shards);
  }

  #call(behind: { shard: number; skip: number }[]): void {
    this.#isAsking = true;
    this.isCalling = behind.length > 0;
    void this.state.backend
      .callHelp(behind)
      .catch(() => undefined) // the next scan tells what stands, and it is said again
      .finally(() => {
        this.#isAsking = false;
        this.state.signal.notify();
      });
  }
}
