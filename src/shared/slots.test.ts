import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { LOCAL_STEPS_MIN } from "./constants.js";
import {
  asksForSlots,
  planSlots,
  type ReadyStep,
  type SlotDemand,
  type SlotPlan,
} from "./slots.js";

type Given = Partial<Omit<SlotDemand, "ready">> & { ready?: (number | ReadyStep)[] };

function demand({ ready = [], running = 0, ...rest }: Given = {}): SlotDemand {
  const steps = ready.map((one) => (typeof one === "number" ? { number: one } : one));
  const wantsSlot = running > 0 || ready.length > 0;
  return { running, ready: steps, wantsSlot, ...rest };
}

function count(length: number): number[] {
  return Array.from({ length }, (_, number) => number);
}

/** Demands as the starter makes them: whoever runs, or has a step ready, wants a slot. */
const demands = fc.array(
  fc
    .record({
      // Few steps at once, and more than a narrow workflow has.
      running: fc.oneof(fc.nat(3), fc.nat(30)),
      // Narrow ones, and wide ones.
      ready: fc.oneof(fc.nat(4), fc.nat(30)).map(count),
      isBusy: fc.boolean(),
    })
    .map(({ running, ready, isBusy }) =>
      demand({ running, ready, wantsSlot: isBusy || running > 0 || ready.length > 0 }),
    ),
  { maxLength: 8 },
);

function startsOf({ starts }: SlotPlan, index: number): number[] {
  return starts.filter((start) => start.index === index).map(({ number }) => number);
}

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
    const plan = planSlots(given, { slots });

    expect(plan.starts.map(({ index, number }) => [index, number])).toEqual(starts);
    expect(plan.free).toBe(free);
  });

  const each = (
    check: (given: readonly SlotDemand[], slots: number, plan: SlotPlan) => void,
  ): void => {
    fc.assert(
      fc.property(demands, fc.nat(40), (given, slots) =>
        check(given, slots, planSlots(given, { slots })),
      ),
    );
  };

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
        const numbers = ready.map(({ number }) => number);
        expect(started).toEqual(numbers.slice(0, started.length));
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

  test("it is the same without those that ask for nothing, given what they hold", () => {
    each((given, slots, plan) => {
      const asking = [...given.keys()].filter((index) => asksForSlots(given[index]!));
      const some = planSlots(
        asking.map((index) => given[index]!),
        { slots, held: countRunning(given) },
      );
      const starts = some.starts.map((start) => ({
        ...start,
        index: asking[start.index],
      }));
      expect({ ...some, starts }).toEqual(plan);
    });
  });
});

describe("a workflow with many parallel steps", () => {
  const wide = demand({ ready: count(2_000) });
  const slots = 50;

  test("takes all slots while nobody else waits", () => {
    const plan = planSlots([wide], { slots });

    expect(plan.starts).toHaveLength(50);
    expect(plan).toMatchObject({ free: 0, lent: 25 });
  });

  test("keeps to half of them while others could be claimed", () => {
    const plan = planSlots([wide], { slots, waiting: 40 });

    expect(plan.starts).toHaveLength(25);
    expect(plan).toMatchObject({ free: 25, lent: 0 });
  });

  test("takes what those who wait do not", () => {
    const plan = planSlots([wide], { slots, waiting: 3 });

    expect(plan.starts).toHaveLength(47);
    expect(plan).toMatchObject({ free: 3, lent: 22 });
  });

  test("gets no slot that ends while it holds more than its share and others wait", () => {
    const running = demand({ running: 49, ready: count(2_000) });

    const plan = planSlots([running], { slots, waiting: 1 });

    expect(plan).toEqual({ starts: [], free: 1, lent: 24 });
  });

  test("does not keep a younger one's parallel steps waiting, nor do its own to come", () => {
    const others = [demand({ ready: count(6) }), demand({ running: 1, ready: [4] })];

    const plan = planSlots([demand({ ready: count(2_000), upcoming: 500 }), ...others], {
      slots,
    });

    expect(startsOf(plan, 0)).toHaveLength(42);
    expect(startsOf(plan, 1)).toEqual(count(6));
    expect(startsOf(plan, 2)).toEqual([4]);
  });

  test("shares with another wide one, the older first where the halves are odd", () => {
    const plan = planSlots([wide, wide], { slots: 51 });

    expect(startsOf(plan, 0)).toHaveLength(26);
    expect(startsOf(plan, 1)).toHaveLength(25);
  });

  test("is one with more steps than any executor always runs", () => {
    const narrow = demand({ ready: count(LOCAL_STEPS_MIN) });

    expect(planSlots([narrow], { slots: 8, waiting: 9 }).starts).toHaveLength(8);
    expect(planSlots([wide], { slots: 8, waiting: 9 }).starts).toHaveLength(4);
    expect(planSlots([wide], { slots: 1, waiting: 9 }).starts).toHaveLength(1);
  });
});

describe("permits", () => {
  const mutations = (length: number): ReadyStep[] =>
    count(length).map((number) => ({ number, permit: "mutation" }));

  test("bound the steps of their kind, and no others", () => {
    const ready = [...mutations(3), { number: 3, permit: "query" as const }, 4];

    const plan = planSlots([demand({ ready })], { slots: 9, permits: { mutation: 2 } });

    expect(startsOf(plan, 0)).toEqual([0, 1, 3, 4]);
    expect(plan.free).toBe(5);
  });

  test("go to a younger workflow's first step before an older one's further ones", () => {
    const older = demand({ running: 1, ready: mutations(5) });
    const younger = demand({ ready: mutations(1) });

    const plan = planSlots([older, younger], { slots: 9, permits: { mutation: 2 } });

    expect(startsOf(plan, 0)).toEqual([0]);
    expect(startsOf(plan, 1)).toEqual([0]);
  });

  test("are not taken by a step that has no slot", () => {
    const older = demand({ running: 1, ready: mutations(5) });
    const younger = demand({ ready: mutations(1) });

    const plan = planSlots([older, younger], { slots: 2, permits: { mutation: 1 } });

    expect(plan.starts).toEqual([{ index: 1, number: 0 }]);
  });

  test("that are missing keep a slot for the workflow, as its turn comes with the next", () => {
    const plan = planSlots([demand({ ready: mutations(1) })], {
      slots: 3,
      permits: { mutation: 0 },
    });

    expect(plan).toEqual({ starts: [], free: 2, lent: 0 });
  });
});
