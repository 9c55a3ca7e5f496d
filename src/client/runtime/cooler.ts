/**
 * Lets go of workflows that wait only for others (D5).
 *
 * Owns when a hot workflow goes cold. One that waits for events and far timers alone goes
 * at once: nobody is working on them. One that waits for a child, the workpool or a timer
 * that is nearly due stays for a grace, so that a handler which awaits short children in
 * turn is not replayed for each; but never at the price of others: if workflows find no
 * room because as many are hot as may be, or memory is short, those that wait are let go.
 * So parents that fill the executor never block their own children. When memory runs short,
 * those that only wait are let go of though nobody wants their place, in sleeps and backoffs
 * that are kept in memory too: a timer stands for these from then on (P14).
 */
import { EVICTION_WAIT_MS_MIN, HOT_GRACE_MS } from "../../shared/constants.js";
import { accountBytes, isMemoryShort, planEvictions } from "../../shared/memory.js";
import type { HotWorkflow } from "./hot.js";
import type { HotView } from "./hotViews.js";
import { deferWait } from "./openSteps.js";
import { real } from "./sandbox.js";
import type { ExecutorState } from "./state.js";
import {
  isOutside,
  isWaitingHere,
  waitsForWork,
  waitsOnlyForOthers,
} from "./stepStates.js";

/** What a workflow waits for: how many steps, and the last of them. */
type Wait = { open: number; last: number };

export class Cooler {
  /** Since when a workflow has waited for others, and for which. */
  readonly #since = new WeakMap<HotWorkflow, Wait & { at: number }>();
  /** Those that rest, or end. */
  readonly #still: HotView;

  constructor(private readonly state: ExecutorState) {
    this.#still = state.hots.view((hot) => hot.isEnding || isResting(hot));
  }

  /** Lets go of those whose grace is over, and of as many more as others need room. */
  cool(): void {
    const { state } = this;
    let wanted = state.crowded;
    // The youngest first: the older ones should finish first (D11).
    for (const hot of [...this.#still.list()].reverse()) {
      const until = hot.isEnding ? -Infinity : this.#graceOf(hot);
      if (wanted <= 0 && real.now() < until) state.alarm.set(until);
      else {
        if (!hot.isEnding) hot.log.release(false);
        wanted -= 1;
      }
    }
  }

  /** Makes room in memory: lets go of those that have waited longest, whatever for. */
  relieve(): void {
    const { hots, mode, running, responses } = this.state;
    let accounted = accountBytes({ heldBytes: hots.bytes, running, responses });
    if (mode !== "serving" || !isMemoryShort(accounted)) return;
    const idlers = [];
    for (const hot of hots.list()) {
      const bytes = hots.bytesOf(hot);
      if (hot.isEnding)
        accounted -= bytes; // it goes with the next commit
      else if (isIdle(hot)) idlers.push({ hot, bytes, since: hot.world.nowMs });
    }
    for (const { hot } of planEvictions(idlers, accounted)) letGo(hot);
  }

  #graceOf(hot: HotWorkflow): number {
    if (!waitsForWork(hot.steps, real.now() + HOT_GRACE_MS)) return 0;
    // What has settled, or was asked for, since the last look begins another wait.
    const wait = describeWait(hot);
    const before = this.#since.get(hot);
    const isSame = before?.open === wait.open && before.last === wait.last;
    const at = isSame ? before.at : real.now();
    this.#since.set(hot, { ...wait, at });
    return at + HOT_GRACE_MS;
  }
}

function describeWait({ steps }: HotWorkflow): Wait {
  let last = 0;
  for (const number of steps.keys()) last = number;
  return { open: steps.size, last };
}

/** Says whether nothing of a workflow can go on before somebody else has done something. */
function isResting(hot: HotWorkflow): boolean {
  return !hot.isDead && !hot.hasTurn && waitsOnlyForOthers(hot.steps);
}

/** Says whether a workflow will do nothing for a while, if nobody wakes it from outside. */
function isIdle(hot: HotWorkflow): boolean {
  if (hot.isDead || hot.claim === null || !hot.isQuiet || hot.steps.size === 0)
    return false;
  const from = real.now() + EVICTION_WAIT_MS_MIN;
  return [...hot.steps.values()].every((step) =>
    isWaitingHere(step) ? (step.dueAt ?? 0) >= from : isOutside(step),
  );
}

/** Gives a workflow back until its waits are over, those in memory too. */
function letGo(hot: HotWorkflow): void {
  for (const step of hot.steps.values())
    if (isWaitingHere(step)) hot.log.push(deferWait(step, step.dueAt ?? 0));
  hot.log.release(false);
}
