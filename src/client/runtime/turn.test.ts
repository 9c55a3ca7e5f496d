// @vitest-environment node
import { describe, expect, test } from "vitest";

import { real } from "./sandbox.js";
import { drainMicrotasks } from "./turn.js";

/** Counts the timeouts, and fires them by hand. */
class ManualClock {
  readonly armed: (() => void)[] = [];

  setTimeout(fn: () => void, delayMs: number): void {
    expect(delayMs).toBe(0);
    this.armed.push(fn);
  }
}

describe("drainMicrotasks", () => {
  test("resolves after a chain of microtasks of any length", async () => {
    let steps = 0;
    const chain = (async () => {
      for (let step = 0; step < 1_000; step += 1) {
        await Promise.resolve();
        steps += 1;
      }
    })();

    await drainMicrotasks(real);

    expect(steps).toBe(1_000);
    await chain;
  });

  test("waits for no timeout but its own", async () => {
    const dead = new ManualClock();
    const alive = new ManualClock();
    void drainMicrotasks(dead); // an executor that dies before it fires
    let drained = 0;

    for (const clock of [dead, alive])
      void drainMicrotasks(clock).then(() => (drained += 1));
    alive.armed[0]!();
    await Promise.resolve();
    dead.armed[1]!();
    await drainMicrotasks(real);

    expect(drained).toBe(2);
    expect(dead.armed).toHaveLength(2);
  });
});
