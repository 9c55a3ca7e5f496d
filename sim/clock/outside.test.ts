/** Waits for the real world: time stands still, and results come in order. */
import { setImmediate as afterTurn } from "node:timers";

import { describe, expect, test } from "vitest";

import { waitOutside, waitOutsideInOrder } from "./outside.js";
import { VirtualClock } from "./virtualClock.js";

/** Resolves to `name` after some turns of Node's event loop. */
async function outside(name: string, turns: number): Promise<string> {
  for (let turn = 0; turn < turns; turn += 1) {
    await new Promise((resolve) => void afterTurn(resolve));
  }
  return name;
}

describe("waitOutside", () => {
  test("no event happens before what follows the wait", async () => {
    const clock = new VirtualClock({ startAt: 0 });
    const log: string[] = [];
    clock.at(1, () => log.push("event"));
    const wait = waitOutside(clock, () => outside("outside", 5)).then((name) =>
      log.push(name),
    );

    await clock.drive({ until: wait });
    await clock.drive();

    expect(log).toEqual(["outside", "event"]);
  });

  test("a failure releases the clock too", async () => {
    const clock = new VirtualClock();

    await expect(
      waitOutside(clock, () => {
        throw new Error("at once");
      }),
    ).rejects.toThrow("at once");

    expect(clock.isHeld).toBe(false);
  });
});

describe("waitOutsideInOrder", () => {
  test("results come in the order of the calls, failures included", async () => {
    const clock = new VirtualClock();
    const log: string[] = [];
    const waits = [
      waitOutsideInOrder(clock, () => outside("slow", 10)),
      waitOutsideInOrder(clock, () => Promise.reject(new Error("failed"))),
      waitOutsideInOrder(clock, () => outside("fast", 1)),
    ].map((wait) =>
      wait.catch((error: Error) => error.message).then((it) => log.push(it)),
    );

    await clock.drive({ until: Promise.all(waits) });

    expect(log).toEqual(["slow", "failed", "fast"]);
    expect(clock.isHeld).toBe(false);
  });
});
