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

/** What a scan asks of help, and whether it reads as far as it takes to judge the load. */
export type HelpAsked = { help: Infer<typeof vHelpArgs>; isMeasuring: boolean };

/** What a look for somebody idle has found. */
type Look = {
  canCome: boolean;
  hasMoreTasks: boolean;
  isBehind: boolean;
  /** Whether it read as far as it takes to judge the load. */
  isMeasured: boolean;
};

export class HelpCaller {
  /** Whether its seat's call stands, as far as it knows. */
  isCalling = false;
  #isAsking = false;
  /** Whether somebody was: only then it pays to read how much the queue holds. */
  #hasSeenIdle = false;
  /** When it may look for somebody again, and how long it waits if nobody is idle. */
  #callAt = 0;
  #pauseMs = HELP_CALL_MS;

  constructor(private readonly state: ExecutorState) {}

  /** Whether a call is on its way, or is being taken back. */
  get isBusy(): boolean {
    return this.#isAsking;
  }

  /** Whether the next scan is to tell if the queue holds too much. */
  get isMeasuring(): boolean {
    return this.#isDue && this.#hasSeenIdle && !this.#isAsking;
  }

  /** Whether it is time to look for somebody. */
  get #isDue(): boolean {
    // Before the first scan nobody knows how much there is room for.
    return this.state.slots > 0 && real.now() >= this.#callAt;
  }

  /**
   * Says what the next scan should look for that reads so many tasks, with room for so many
   * beyond all candidates, when so many are enough.
   */
  ask(room: number, tasks: number, enough: number): HelpAsked {
    const wanted = computeHelp(room);
    const looks = this.#isDue && !this.#isAsking;
    // Whether it is too much is told of what is read; more is read once somebody is idle.
    const callAbove = looks ? Math.min(tasks, enough) : null;
    return {
      help: { room: wanted > 0 ? wanted + countUnclaimed(this.state) : 0, callAbove },
      isMeasuring: looks && this.#hasSeenIdle,
    };
  }

  /** Calls, or takes the call back, as what a scan has found asks for. */
  take(
    { isCalling, hasMoreTasks, canCome }: Infer<typeof vHelpAnswer>,
    { help, isMeasuring }: HelpAsked,
    candidates: Candidates,
    room: number,
    readAhead: number,
  ): void {
    this.isCalling = isCalling;
    if (this.#isAsking || this.state.mode !== "serving") return;
    const waiting = candidates.ungated;
    const load = judgeLoad({ room, candidates: waiting, readAhead, hasMoreTasks });
    if (load === "ahead" && isCalling) return this.#call([]);
    const isBehind = load === "behind";
    if (help.callAbove !== null)
      this.#planLook({ canCome, hasMoreTasks, isBehind, isMeasured: isMeasuring });
    if (!isBehind || !canCome) return;
    // What it would only take later is left to those who come.
    candidates.trim(room + readAhead);
    const shards = candidates.listShards().slice(0, HELP_SHARDS_MAX);
    // Without a shard it would take its call back.
    if (shards.length > 0) this.#call(shards);
  }

  /** Plans the next look: less and less often while there is more to do, and nobody idle. */
  #planLook(found: Look): void {
    const { canCome, hasMoreTasks, isBehind, isMeasured } = found;
    // Somebody is idle: the very next scan tells whether the queue holds too much.
    this.#hasSeenIdle = canCome && !isBehind && !isMeasured;
    if (this.#hasSeenIdle || (!hasMoreTasks && !isMeasured)) return;
    // Somebody idle was seen just before it measured, though that answer need not say so.
    if (canCome || isMeasured) this.#pauseMs = HELP_CALL_MS;
    this.#callAt = real.now() + this.#pauseMs;
    this.#pauseMs = Math.min(HELP_LOOK_MS_MAX, 2 * this.#pauseMs);
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
