/**
 * What the parts of one executor share.
 *
 * Owns the state that more than one of them reads; each field says who writes it. The loop
 * is the only caller of the parts, one after the other, so nothing here needs a lock.
 */
import { AGENDA_MS, HOT_PER_SLOT, RIDE_MS } from "../../shared/constants.js";
import { countClaimable } from "../../shared/memory.js";
import type { Membership } from "../../shared/model.js";
import type { Registry } from "../registry.js";
import type { RuntimeOptions } from "../options.js";
import type { Backend } from "./backend.js";
import type { Alarm } from "./alarm.js";
import type { Cadence } from "./cadence.js";
import type { GateUse } from "../../shared/gates.js";
import type { GateBook } from "./gateBook.js";
import type { HotSet } from "./hotSet.js";
import { real } from "./sandbox.js";
import type { Signal } from "./signal.js";
import type { TimerWheel } from "./timers.js";
import type { Chronicle } from "./transitions.js";

/**
 * - `serving`: claims and runs. `draining`: finishes what runs, gives the rest back.
 * - `gone`: no seat knows it any more; nothing it does could be recorded.
 */
type Mode = "serving" | "draining" | "gone";

/** What was passed, and whether it is held in another way now, or not at all. */
type Passing = { use: GateUse; isOver: () => boolean };

export type ExecutorState = {
  readonly backend: Backend;
  readonly registry: Registry;
  readonly options: RuntimeOptions;
  readonly timers: TimerWheel;
  /** Whether the clock was set back under it. Set by its timers, cleared by `Life`. */
  readonly clock: { wasSetBack: boolean };
  readonly signal: Signal;
  readonly alarm: Alarm;
  readonly startedAt: number;
  /** Written by `Life` and by whoever learns of the executor's standing. */
  mode: Mode;
  /** Hot workflows. `Intake` adds; whoever finds that one has ended or is lost removes. */
  readonly hots: HotSet;
  /** Where it tells of transitions. */
  readonly chronicle: Chronicle;
  /** Grants of gates, and who waits there. Written by `Gates`, `Starter` and `Claimer`. */
  readonly gates: GateBook;
  /** Who has passed a gate and holds it in nobody's name yet. Written with `gates`. */
  readonly passing: Map<object, Passing>;
  /** Slots of the seat, less what its predecessors still run. Written by `Scanner`. */
  slots: number;
  /** Whether handlers begin only once their claim is durable (P9). Written by `Scanner`. */
  isCareful: boolean;
  /** In quarantine: workflows that may be hot at once (P9). Written by `Scanner`. */
  hotMax: number | null;
  /** Functions of each kind that may run at once. Written by `Scanner`. */
  permits: { query: number; mutation: number; action: number };
  /** Open steps of one workflow that may run here; more are dispatched. Written by `Scanner`. */
  localMax: number;
  /** Slots left for new workflows. Written by `Starter`. */
  free: number;
  /** Slots that new workflows would get from wide ones. Written by `Starter`. */
  lent: number;
  /** Definitions that are paused. Written by `Scanner`. */
  paused: ReadonlySet<string>;
  /** Candidates without room among the hot: by their number, or by memory. Written by `Claimer`. */
  crowded: number;
  /** How often it commits. Written by `Committer`. */
  readonly cadence: Cadence;
  /** Steps running now. Written by `Starter`. */
  running: number;
  /** Durations of the last steps in milliseconds. Written by `Starter`. */
  readonly durationsMs: number[];
  /** Bytes of the last answers of steps. Written by `Starter`. */
  readonly responses: number[];
  /** Console lines left to all handlers of this executor. Written by `opening`. */
  linesLeft: number;
  /**
   * When durable work of the seat is due next, as far as anybody knows. Written by
   * `Housekeeper`, and by whoever adds such work or learns that there is some.
   */
  dueAt: number;
  /**
   * When the agenda is asked at the latest, since others may have added to it. Written by
   * `Housekeeper`, and by `Scanner` when a scan has told what is due.
   */
  agendaAt: number;
  /**
   * When the watchdog is asked about (P8). Written by `Watch`, and by `Scanner` when a scan
   * has told whether it is there.
   */
  watchAt: number;
  /** Whether an end has left a callback to deliver. Written by `Committer`, cleared by `Housekeeper`. */
  isOwed: boolean;
  /** Whether signals were written that a scan would find. Cleared by `Scanner`. */
  hasNews: boolean;
  /** When anything last changed. Written by every part that does something. */
  activeAt: number;
};

/** Takes in what the seat says of this executor (I8); one that is gone stays so. */
export function noteMembership(state: ExecutorState, membership: Membership): void {
  if (membership === "none") state.mode = "gone";
  else if (membership === "draining" && state.mode === "serving") state.mode = "draining";
}

/**
 * Takes in when work is due next, as it was seen at `seenAt` (P6). What is due already waits
 * for the agenda, which is asked soon: so it is asked no oftener than without.
 */
export function noteDue(
  state: ExecutorState,
  seenAt: number,
  dueAt: number | null,
): void {
  if (dueAt !== null && dueAt <= seenAt) return;
  state.dueAt = Math.min(state.dueAt, dueAt ?? Infinity);
  state.agendaAt = Math.max(state.agendaAt, seenAt + AGENDA_MS);
}

/**
 * How long a question waits for a commit that takes it along (D2): not at all if none is
 * expected in that time, because nothing runs or waits at a gate.
 */
export function computeRideMs({ cadence, running, gates }: ExecutorState): number {
  const isAtWork = running > 0 || gates.hasWaiters;
  return isAtWork && cadence.isWithin(RIDE_MS, real.now()) ? RIDE_MS : 0;
}

/** Waits on the executor's own timer wheel (P14). */
export async function pause(
  state: Pick<ExecutorState, "timers">,
  ms: number,
): Promise<void> {
  await new Promise<void>((resolve) => {
    state.timers.schedule(real.now() + ms, resolve);
  });
}

/** Counts hot workflows that still stand in their queue: their claim is not durable yet. */
export function countUnclaimed({ hots }: ExecutorState): number {
  return hots.list().filter(({ claim }) => claim === null).length;
}

/**
 * Counts how many more workflows may become hot beside those that are opening: by their
 * number, and by what memory carries (P14). Less than none if there are too many.
 */
export function countHotRoom(
  { hots, hotMax, slots, free, responses }: ExecutorState,
  opening: number,
  candidateBytes: number,
): number {
  const byMemory = countClaimable({
    heldBytes: hots.bytes + candidateBytes,
    running: Math.max(0, slots - free) + opening,
    responses,
    footprint: hots.footprint,
  });
  // Whoever ends leaves its place to the one whose claim shares its commit. Not so in
  // quarantine, where it counts who is hot together.
  const room = hotMax === null ? HOT_PER_SLOT * slots + hots.ending : hotMax;
  return Math.min(room - hots.size - opening, byMemory);
}
