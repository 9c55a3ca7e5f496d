/**
 * Who gets the slots of an executor (D11).
 *
 * Owns the decision which steps start now and how many new workflows may be claimed. Pure.
 *
 * - A hot workflow that wants to run keeps one slot reserved, so that its next step never
 *   waits behind a younger workflow.
 * - Further parallel steps of a workflow take what is left, oldest first.
 * - New workflows are claimed only when nobody hot waits for a slot, or is about to.
 */

/** What a hot workflow asks for; given oldest first. */
export type SlotDemand = {
  /** Steps running now. */
  running: number;
  /** Numbers of steps that could start now, ascending. */
  ready: readonly number[];
  /** Steps that will be able to start once their rows are recorded. Default none. */
  upcoming?: number;
  /** Whether it holds on to a slot: it runs, is about to, or its turn is being recorded. */
  wantsSlot: boolean;
};

/** Steps to start, by the demand's index, and slots left for new workflows. */
export type SlotPlan = { starts: { index: number; number: number }[]; free: number };

/** Plans which ready steps start. */
export function planSlots(demands: readonly SlotDemand[], slots: number): SlotPlan {
  let left = slots - demands.reduce((sum, demand) => sum + demand.running, 0);
  const starts: SlotPlan["starts"] = [];
  const extras: SlotPlan["starts"] = [];
  let upcomingExtras = 0;
  for (const [index, { running, ready, upcoming = 0, wantsSlot }] of demands.entries()) {
    const reserves = wantsSlot && running === 0;
    const hasReservation = reserves && left > 0;
    if (hasReservation) left -= 1;
    const isForUpcoming = hasReservation && ready.length === 0;
    upcomingExtras += Math.max(0, upcoming - (isForUpcoming ? 1 : 0));
    for (const [position, number] of ready.entries()) {
      const isFirst = position === 0 && running === 0;
      if (isFirst && hasReservation) starts.push({ index, number });
      else if (!isFirst) extras.push({ index, number });
    }
  }
  const affordable = extras.slice(0, Math.max(0, left));
  starts.push(...affordable);
  left -= affordable.length + upcomingExtras;
  // If anybody hot still waits for a slot, none is left.
  return { starts, free: Math.max(0, left) };
}
