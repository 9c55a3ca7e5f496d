/**
 * What hot workflows ask of the slots (D11).
 *
 * Owns who is asked, and which of those at gates are offered a grant. Who gets a slot is
 * decided by `planSlots`.
 */
import { compareCandidates } from "../../shared/order.js";
import {
  asksForSlots,
  type Permitted,
  type ReadyStep,
  type SlotDemand,
} from "../../shared/slots.js";
import type { GateBook } from "./gateBook.js";
import { isAtGate } from "./gates.js";
import type { HotWorkflow } from "./hot.js";
import type { HotSet } from "./hotSet.js";
import type { HotSum, HotView } from "./hotViews.js";
import type { OpenStep } from "./openStep.js";
import {
  countHeldSlots,
  holdsSlot,
  isOutside,
  someStep,
  waitsOnlyForOthers,
} from "./stepStates.js";

/** What one workflow asks for. */
type Demand = SlotDemand & { hot: HotWorkflow };

/** Steps at gates that are offered a grant, and their workflows. */
type Offered = { hots: ReadonlySet<HotWorkflow>; steps: ReadonlySet<OpenStep> };

const NOBODY: Offered = { hots: new Set(), steps: new Set() };

export class SlotDemands {
  /** Those that have a part in a plan, even if nobody is offered a grant. */
  readonly #asking: HotView;
  readonly #atGate: HotView;
  readonly #held: HotSum;
  /** What each asks for, if nobody is offered a grant. */
  readonly #demands = new Map<HotWorkflow, Demand>();

  constructor(
    hots: HotSet,
    private readonly gates: GateBook,
  ) {
    this.#asking = hots.view((hot) => asksForSlots(describeDemand(hot, NOBODY)));
    this.#atGate = hots.view((hot) => someStep(hot.steps, (step) => isAtGate(hot, step)));
    this.#held = hots.sum(({ steps }) => countHeldSlots(steps));
    hots.watch((hot, isHot) => {
      if (isHot) this.#demands.set(hot, describeDemand(hot, NOBODY));
      else this.#demands.delete(hot);
    });
  }

  /** Slots that are held. */
  get held(): number {
    return this.#held.value;
  }

  /** Lists what workflows ask for, oldest first. */
  list(): Demand[] {
    const offered = this.#offerGrants();
    const asking = this.#asking.list();
    const all = offered.hots.size === 0 ? asking : merge(asking, offered.hots);
    return all.map((hot) =>
      offered.hots.has(hot) ? describeDemand(hot, offered) : this.#demands.get(hot)!,
    );
  }

  /** Offers grants that are due to those who wait at gates, oldest first (P15). */
  #offerGrants(): Offered {
    const { gates } = this;
    if (!gates.hasDue) return NOBODY;
    const hots = new Set<HotWorkflow>();
    const steps = new Set<OpenStep>();
    for (const hot of this.#atGate.list()) {
      for (const step of hot.steps.values()) {
        const { gate } = step.request;
        if (!gate || !isAtGate(hot, step) || !gates.offer(step, gate)) continue;
        hots.add(hot);
        steps.add(step);
      }
      if (!gates.hasDue) break;
    }
    return { hots, steps };
  }
}

function merge(
  some: readonly HotWorkflow[],
  others: ReadonlySet<HotWorkflow>,
): readonly HotWorkflow[] {
  return [...new Set([...some, ...others])].sort((a, b) =>
    compareCandidates(a.identity, b.identity),
  );
}

/** Describes what a workflow asks for; a step at its gate asks only if a grant is offered. */
function describeDemand(hot: HotWorkflow, offered: Offered): Demand {
  const ready: ReadyStep[] = [];
  let running = 0;
  let upcoming = 0;
  let isBusy = !hot.isQuiet;
  for (const step of hot.steps.values()) {
    if (holdsSlot(step)) running += 1;
    else if (step.phase === "ready" && (hot.isLeaving || hot.isEnding)) continue;
    else if (step.phase === "ready" || offered.steps.has(step))
      ready.push({ number: step.number, permit: resolvePermit(step) });
    else if (step.phase === "recording" || step.phase === "settled") isBusy = true;
    if (step.phase === "recording" && willStart(step)) upcoming += 1;
  }
  // What its last operation ends needs no slot: who is claimed next shares that commit.
  // Neither does what waits only for others, while that is being recorded.
  const isOver = hot.isEnding || hot.isDead;
  const isActive = isBusy || ready.length > 0 || running > 0;
  const wantsSlot =
    isActive && !isOver && (hot.hasTurn || !waitsOnlyForOthers(hot.steps));
  return { hot, running, ready, upcoming, wantsSlot };
}

/** Whether a step will want a slot as soon as its row is durable. */
function willStart(step: OpenStep): boolean {
  return !isOutside(step) && step.dueAt === undefined && !step.request.gate;
}

/** The permit that a step takes besides a slot. */
export function resolvePermit(step: OpenStep): Permitted | null {
  const { kind } = step.request.work;
  return kind === "query" || kind === "mutation" || kind === "action" ? kind : null;
}
