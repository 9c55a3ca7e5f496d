/**
 * Who gets the slots of an executor (D11).
 *
 * Owns the decision which steps start now and how many new workflows may be claimed. Pure.
 *
 * - A hot workflow that wants to run keeps one slot reserved, so that its next step never
 *   waits behind a younger workflow.
 * - Further parallel steps of a workflow take what is left, oldest first; but a wide one
 *   keeps to its share of the slots while others wait, hot or still to be claimed.
 * - New workflows are claimed only when nobody hot waits for a slot within its share, or is
 *   about to.
 * - What nobody else wants the wide ones take: no slot is idle while a step could run on it.
 */
import { LOCAL_SHARE, LOCAL_STEPS_MIN } from "./constants.js";

/** Kinds of functions of which the platform runs only so many at once (D7). */
export type Permitted = "query" | "mutation" | "action";

/** A step that could start now, and the permit that it takes besides a slot. */
export type ReadyStep = { number: number; permit?: Permitted | null };

/** What a hot workflow asks for; given oldest first. */
export type SlotDemand = {
  /** Steps running now. */
  running: number;
  /** Steps that could start now, by ascending number. */
  ready: readonly ReadyStep[];
  /** Steps that will be able to start once their rows are recorded. Default none. */
  upcoming?: number;
  /** Whether it holds on to a slot: it runs, is about to, or its turn is being recorded. */
  wantsSlot: boolean;
};

/** What there is to give. */
export type SlotSupply = {
  slots: number;
  /** Slots that are held, by those too that ask for none. Default what the demands hold. */
  held?: number;
  /** Permits that nobody holds; of a kind that is not named there are enough. */
  permits?: Partial<Record<Permitted, number>>;
  /** New workflows that would be claimed if there were slots for them. Default none. */
  waiting?: number;
};

export type SlotPlan = {
  /** Steps to start, by the demand's index. */
  starts: { index: number; number: number }[];
  /** Slots left for new workflows. */
  free: number;
  /** Slots that wide workflows hold beyond their share: others get them as their steps end. */
  lent: number;
};

/**
 * Whether a demand has any part in a plan. Without those that have none it is the same, if
 * the slots that they hold are given.
 */
export function asksForSlots(demand: SlotDemand): boolean {
  const { running, ready, upcoming = 0, wantsSlot } = demand;
  const isNext = ready.length > 0 || upcoming > 0 || running > LOCAL_STEPS_MIN;
  return isNext || (wantsSlot && running === 0);
}

/** Plans which ready steps start. */
export function planSlots(
  demands: readonly SlotDemand[],
  {
    slots,
    held = sum(demands, ({ running }) => running),
    permits = {},
    waiting = 0,
  }: SlotSupply,
): SlotPlan {
  const left = { slots: slots - held, ...permits };
  const starts: SlotPlan["starts"] = [];
  const queues = demands.map((demand, index) => new Queue(demand, index, slots));
  for (const queue of queues) starts.push(...queue.reserve(left));
  for (const queue of queues) starts.push(...queue.start(left, queue.share));
  left.slots = Math.max(0, left.slots - sum(queues, ({ upcoming }) => upcoming));
  const kept = Math.min(left.slots, waiting);
  left.slots -= kept;
  for (const queue of queues) starts.push(...queue.start(left, Infinity));
  return { starts, free: left.slots + kept, lent: sum(queues, ({ lent }) => lent) };
}

/** What nobody has taken yet. */
type Left = { slots: number } & Partial<Record<Permitted, number>>;

/** The steps of one workflow while slots are given out. */
class Queue {
  /** Slots that are its own while others wait for some. */
  readonly share: number;
  #held: number;
  #ready: readonly ReadyStep[];
  #upcoming: number;

  constructor(
    private readonly demand: SlotDemand,
    private readonly index: number,
    slots: number,
  ) {
    const { running, ready, upcoming = 0 } = demand;
    const isWide = running + ready.length + upcoming > LOCAL_STEPS_MIN;
    this.share = isWide ? Math.max(1, Math.floor(slots * LOCAL_SHARE)) : Infinity;
    this.#held = running;
    this.#ready = ready;
    this.#upcoming = upcoming;
  }

  /** Slots that it will take within its share as soon as more of its steps are recorded. */
  get upcoming(): number {
    return Math.max(0, Math.min(this.#upcoming, this.share - this.#held));
  }

  /** Slots that it holds, but would not if others asked for them. */
  get lent(): number {
    return Math.max(0, this.#held - this.share);
  }

  /** Takes the slot that is reserved for it, for its first step if one is ready. */
  reserve(left: Left): SlotPlan["starts"] {
    const { running, wantsSlot } = this.demand;
    if (!wantsSlot || running > 0 || left.slots <= 0) return [];
    const starts = this.start(left, 1);
    if (starts.length > 0) return starts;
    left.slots -= 1;
    this.#held += 1;
    if (this.#ready.length === 0) this.#upcoming -= 1;
    return [];
  }

  /** Starts steps until it holds so many slots. */
  start(left: Left, heldMax: number): SlotPlan["starts"] {
    const starts: SlotPlan["starts"] = [];
    if (left.slots <= 0 || this.#held >= heldMax) return starts;
    this.#ready = this.#ready.filter(({ number, permit }) => {
      if (left.slots <= 0 || this.#held >= heldMax || !takePermit(left, permit))
        return true;
      left.slots -= 1;
      this.#held += 1;
      starts.push({ index: this.index, number });
      return false;
    });
    return starts;
  }
}

/** Takes a permit of a kind if one is left, or none is needed. */
function takePermit(left: Left, permit: Permitted | null | undefined): boolean {
  const permits = permit ? left[permit] : undefined;
  if (!permit || permits === undefined) return true;
  if (permits <= 0) return false;
  left[permit] = permits - 1;
  return true;
}

function sum<Item>(items: readonly Item[], measure: (item: Item) => number): number {
  return items.reduce((total, item) => total + measure(item), 0);
}
