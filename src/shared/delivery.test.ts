import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { planDeliveries, type DeliveryRow } from "./delivery.js";

function row(number: number, overrides: Partial<DeliveryRow> = {}): DeliveryRow {
  return { number, after: [], isSettled: true, ...overrides };
}

/**
 * Runs a made-up handler: each turn asks for some steps and is given one settlement.
 * Answers the journal it leaves, with the settlements in the order they were delivered.
 */
function runHandler(turns: readonly { asks: number; pick: number }[]) {
  const rows: DeliveryRow[] = [];
  const open: number[] = [];
  let delivered: number[] = [];
  const order: { number: number; rowsThen: number }[] = [];
  const settled = new Set<number>();
  for (const { asks, pick } of turns) {
    for (let index = 0; index < asks; index += 1) {
      open.push(rows.length);
      rows.push(row(rows.length, { after: delivered, isSettled: false }));
      delivered = [];
    }
    const [number] = open.splice(pick % Math.max(1, open.length), 1);
    if (number === undefined) continue;
    settled.add(number);
    delivered.push(number);
    order.push({ number, rowsThen: rows.length });
  }
  const journal = rows.map((one) => ({ ...one, isSettled: settled.has(one.number) }));
  return { journal, order, unreferenced: delivered };
}

const handlers = fc
  .array(fc.record({ asks: fc.nat(3), pick: fc.nat(9) }), {
    maxLength: 12,
  })
  .map(runHandler);

describe("planDeliveries", () => {
  test.each<{
    title: string;
    rows: DeliveryRow[];
    deliveries: [number: number, mustExist: number][];
  }>([
    { title: "an empty journal delivers nothing", rows: [], deliveries: [] },
    {
      title: "a step that has not settled is not delivered",
      rows: [row(0, { isSettled: false })],
      deliveries: [],
    },
    {
      title: "a settlement that a row follows from is delivered before that row",
      rows: [row(0), row(1, { after: [0], isSettled: false })],
      deliveries: [[0, 1]],
    },
    {
      title: "several are delivered in the order of the row, not of their numbers",
      rows: [row(0), row(1), row(2), row(3, { after: [2, 0], isSettled: false })],
      deliveries: [
        [2, 3],
        [0, 3],
        [1, 4],
      ],
    },
    {
      title: "settlements nothing follows from come last, by number",
      rows: [row(0), row(1), row(2, { after: [1] })],
      deliveries: [
        [1, 2],
        [0, 3],
        [2, 3],
      ],
    },
  ])("$title", ({ rows, deliveries }) => {
    expect(
      planDeliveries(rows).map(({ number, mustExist }) => [number, mustExist]),
    ).toEqual(deliveries);
  });

  test("each settled step is delivered exactly once, and no other", () => {
    fc.assert(
      fc.property(handlers, ({ journal }) => {
        const numbers = planDeliveries(journal).map(({ number }) => number);

        expect([...numbers].sort((a, b) => a - b)).toEqual(
          journal.filter(({ isSettled }) => isSettled).map(({ number }) => number),
        );
      }),
    );
  });

  test("what rows follow from comes in the order the handler saw, after as many rows", () => {
    fc.assert(
      fc.property(handlers, ({ journal, order, unreferenced }) => {
        const referenced = order.slice(0, order.length - unreferenced.length);

        expect(planDeliveries(journal).slice(0, referenced.length)).toEqual(
          referenced.map(({ number, rowsThen }) => ({ number, mustExist: rowsThen })),
        );
      }),
    );
  });

  test("a step exists before it is delivered", () => {
    fc.assert(
      fc.property(handlers, ({ journal }) => {
        for (const { number, mustExist } of planDeliveries(journal)) {
          expect(number).toBeLessThan(mustExist);
        }
      }),
    );
  });
});
