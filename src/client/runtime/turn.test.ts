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

  test("all who ask before the timeout fires share it, and the next gets a new one", async () => {
    const clock = new ManualClock();
    const first = drainMicrotasks(clock);
    await Promise.resolve();
    const second = drainMicrotasks(clock);

    expect(second).toBe(first);
    expect(clock.armed).toHaveLength(1);
    clock.armed.shift()!();
    const third = drainMicrotasks(clock);

    expect(third).not.toBe(first);
    expect(clock.armed).toHaveLength(1);
    await second;
  });

  test("clocks do not share", () => {
    const clock = new ManualClock();

    expect(drainMicrotasks(clock)).not.toBe(drainMicrotasks(new ManualClock()));
  });
});
