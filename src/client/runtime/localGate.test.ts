import { describe, expect, test } from "vitest";
import type { Traded } from "../../component/gateTradeShapes.js";
import { GateBook } from "./gateBook.js";
import { LocalGate } from "./localGate.js";

const WORKFLOW = { workflowCreatedAt: 1, queuedAt: 1, row: "row" };

/** What a trade answers at a gate that grants one a second. */
function traded(fields: Partial<Traded> = {}): Traded {
  return {
    key: "gate",
    version: 1,
    paused: false,
    closedUntil: 0,
    nextAt: 0,
    isLed: true,
    isHeld: false,
    granted: 0,
    runs: [],
    grantVersion: 1,
    rows: { gate: "gate row", demand: "demand row" },
    ...fields,
  };
}

function grant(count: number, at: number): Partial<Traded> {
  return { granted: count, runs: [{ at, everyMs: 1_000, count, weight: 1 }] };
}

describe("who waits", () => {
  test("is told in the order in which grants are offered, whoever was named first", () => {
    const gate = new LocalGate("gate");
    const older = { ...WORKFLOW, queuedAt: 0 };
    gate.call({}, { weight: 5, workflow: WORKFLOW, step: null });
    gate.name({}, { weight: 4, workflow: WORKFLOW, step: 10 });
    gate.name({}, { weight: 3, workflow: WORKFLOW, step: 9 });
    gate.name({}, { weight: 2, workflow: older, step: 20 });
    gate.name(
      {},
      { weight: 1, workflow: { ...WORKFLOW, workflowCreatedAt: 0 }, step: 30 },
    );

    expect(gate.listUncovered().map(({ weight }) => weight)).toEqual([1, 2, 3, 4, 5]);
  });
});

describe("a gate that was closed from here", () => {
  test("stays closed though an answer comes that knows nothing of it", () => {
    const gate = new LocalGate("gate");
    gate.learn(traded(), 0, 0);
    const waiter = {};
    gate.name(waiter, { weight: 1, workflow: WORKFLOW, step: 0 });

    gate.close(5_000);
    gate.learn(traded(grant(1, 1_000)), 500, 0);

    gate.openRound(1_000);
    expect(gate.closedUntil).toBe(5_000);
    expect(gate.offer(waiter)).toBe(false);
  });

  test("is opened by whoever changes it", () => {
    const gate = new LocalGate("gate");
    gate.learn(traded(), 0, 0);
    const waiter = {};
    gate.name(waiter, { weight: 1, workflow: WORKFLOW, step: 0 });

    gate.close(5_000);
    gate.learn(traded({ ...grant(1, 1_000), version: 2, grantVersion: 2 }), 500, 0);

    gate.openRound(1_000);
    expect(gate.closedUntil).toBe(0);
    expect(gate.offer(waiter)).toBe(true);
  });
});

describe("gates where nothing goes on", () => {
  const use = { key: "gate", weight: 1, limits: {} };

  /** A round of the loop, as far as gates have a part in it. */
  function round(book: GateBook, now: number): void {
    book.openRound(now);
    for (const gate of book.list()) gate.noteWaiting(now);
  }

  test("cost a round nothing, until somebody comes again", () => {
    const book = new GateBook();
    const step = {};
    book.name(step, use, WORKFLOW, 0);
    for (let now = 0; now < 10; now += 1) round(book, now);
    expect(book.list()).toHaveLength(1);

    book.withdraw(step, use);
    for (let now = 10; now < 13; now += 1) round(book, now);
    expect(book.list()).toEqual([]);

    book.name(step, use, WORKFLOW, 0);
    round(book, 13);
    expect(book.hasWaiters).toBe(true);
  });

  test("are those alone that have told what was given back", () => {
    const book = new GateBook();
    book.release(use);
    for (let now = 0; now < 5; now += 1) round(book, now);
    const [gate] = book.list();
    expect(gate?.hasNews).toBe(true);

    gate!.reported = gate!.released;
    for (let now = 5; now < 8; now += 1) round(book, now);

    expect(book.list()).toEqual([]);
  });
});
