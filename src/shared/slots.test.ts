import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { planSlots, type SlotDemand } from "./slots.js";

function demand(overrides: Partial<SlotDemand> = {}): SlotDemand {
  const { running = 0, ready = [] } = overrides;
  return { running, ready, wantsSlot: running > 0 || ready.length > 0, ...overrides };
}

/** Demands as the starter makes them: whoever runs, or has a step ready, wants a slot. */
const demands = fc.array(
  fc
    .record({
      running: fc.nat(3),
      ready: fc.nat(4).map((count) => [...Array(count).keys()]),
      isBusy: fc.boolean(),
    })
    .map(({ running, ready, isBusy }) =>
      demand({ running, ready, wantsSlot: isBusy || running > 0 || ready.length > 0 }),
    ),
  { maxLength: 8 },
);

function countRunning(all: readonly SlotDemand[]): number {
  return all.reduce((sum, { running }) => sum + running, 0);
}

describe("planSlots", () => {
  test.each<{
    title: string;
    demands: SlotDemand[];
    slots: number;
    starts: [index: number, number: number][];
    free: number;
  }>([
    { title: "without demands all are free", demands: [], slots: 3, starts: [], free: 3 },
    {
      title: "a ready step starts",
      demands: [demand({ ready: [4] })],
      slots: 3,
      starts: [[0, 4]],
      free: 2,
    },
    {
      title: "a running step holds its slot",
      demands: [demand({ running: 2 })],
      slots: 3,
      starts: [],
      free: 1,
    },
    {
      title: "a workflow between two steps keeps one slot",
      demands: [demand({ wantsSlot: true })],
      slots: 3,
      starts: [],
      free: 2,
    },
    {
      title: "a workflow that waits outside keeps none",
      demands: [demand({ wantsSlot: false })],
      slots: 3,
      starts: [],
      free: 3,
    },
    {
      title: "parallel steps take what is left, oldest workflow first",
      demands: [demand({ ready: [1, 2] }), demand({ ready: [5, 6] })],
      slots: 3,
      starts: [
        [0, 1],
        [1, 5],
        [0, 2],
      ],
      free: 0,
    },
    {
      title: "a younger workflow's first step goes before an older one's second",
      demands: [demand({ running: 1, ready: [2, 3] }), demand({ ready: [7] })],
      slots: 2,
      starts: [[1, 7]],
      free: 0,
    },
    {
      title: "an older workflow between two steps keeps a younger one waiting",
      demands: [demand({ wantsSlot: true }), demand({ ready: [7] })],
      slots: 1,
      starts: [],
      free: 0,
    },
    {
      title: "more running than slots, after these were lowered, starts nothing",
      demands: [demand({ running: 5 }), demand({ ready: [1] })],
      slots: 3,
      starts: [],
      free: 0,
    },
  ])("$title", ({ demands: given, slots, starts, free }) => {
    const plan = planSlots(given, slots);

    expect(plan.starts.map(({ index, number }) => [index, number])).toEqual(starts);
    expect(plan.free).toBe(free);
  });

  const each = (
    check: (given: readonly SlotDemand[], slots: number, plan: Plan) => void,
  ): void => {
    fc.assert(
      fc.property(demands, fc.nat(12), (given, slots) =>
        check(given, slots, planSlots(given, slots)),
      ),
    );
  };
  type Plan = ReturnType<typeof planSlots>;
  const startsOf = ({ starts }: Plan, index: number): number[] =>
    starts.filter((start) => start.index === index).map(({ number }) => number);

  test("what runs, what starts, what is kept and what is free are no more than the slots", () => {
    each((given, slots, plan) => {
      const used = countRunning(given) + plan.starts.length;
      // What runs already may be more than the slots; then nothing starts.
      expect(used + plan.free).toBeLessThanOrEqual(Math.max(slots, countRunning(given)));
      const kept = given.filter(
        ({ wantsSlot, running }, index) =>
          wantsSlot && running === 0 && startsOf(plan, index).length === 0,
      ).length;
      if (plan.free > 0) expect(used + kept + plan.free).toBeLessThanOrEqual(slots);
    });
  });

  test("steps start once, and only if they are ready, each workflow's in order", () => {
    each((given, _slots, plan) => {
      for (const [index, { ready }] of given.entries()) {
        const started = startsOf(plan, index);
        expect(started).toEqual(ready.slice(0, started.length));
      }
    });
  });

  test("a first step waits only while older workflows hold every slot, never for an extra", () => {
    each((given, slots, plan) => {
      const free = slots - countRunning(given);
      const reserving = given
        .map((one, index) => ({ ...one, index }))
        .filter(({ running, wantsSlot }) => wantsSlot && running === 0);
      const served = new Set(
        reserving.slice(0, Math.max(0, free)).map(({ index }) => index),
      );

      for (const { index, ready } of reserving) {
        if (ready.length === 0) continue;
        expect(startsOf(plan, index).length > 0).toBe(served.has(index));
      }
    });
  });

  test("nobody new is claimed while anybody hot waits for a slot", () => {
    each((given, _slots, plan) => {
      const waits = given.some(
        ({ ready }, index) => startsOf(plan, index).length < ready.length,
      );
      if (waits) expect(plan.free).toBe(0);
    });
  });

  test("no slot is idle while a step that could take it is ready", () => {
    each((given, slots, plan) => {
      const ready = given.reduce((sum, one) => sum + one.ready.length, 0);
      const kept = given.filter(
        ({ wantsSlot, running, ready: own }) =>
          wantsSlot && running === 0 && own.length === 0,
      ).length;
      const idle = slots - countRunning(given) - plan.starts.length - kept;
      if (plan.starts.length < ready) expect(idle).toBeLessThanOrEqual(0);
    });
  });
});
