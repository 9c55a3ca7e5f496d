/** The real clock: what the virtual one promises, without a driver and on real time. */
import { setImmediate as afterTurn } from "node:timers";

import { afterEach, describe, expect, test, vi } from "vitest";

import { RealClock } from "./realClock.js";

afterEach(() => void vi.useRealTimers());

const nextTurn = (): Promise<void> => new Promise((resolve) => void afterTurn(resolve));

describe("RealClock", () => {
  test("says the machine's time, under fake timers too", () => {
    const before = Date.now();
    vi.useFakeTimers({ now: 5 });

    expect(new RealClock().now()).toBeGreaterThan(before - 1_000);
  });

  test("events run in order of time and insertion, and not early", async () => {
    const clock = new RealClock();
    const log: string[] = [];
    const start = clock.now();
    const note = (name: string, time: number): void => {
      clock.at(time, () => {
        expect(clock.now()).toBeGreaterThanOrEqual(time);
        log.push(name);
      });
    };
    note("c", start + 4.5);
    note("a", start + 2);
    note("b", start + 2);
    clock.cancel(clock.after(1, () => log.push("no")));
    clock.at(0, () => log.push("past"));

    expect(await clock.drive()).toBe("idle");

    expect(log).toEqual(["past", "a", "b", "c"]);
  });

  test("needs no driver", async () => {
    const clock = new RealClock();

    await new Promise<void>((resolve) => void clock.after(1, resolve));
  });

  test("an event starts after all microtasks of the former", async () => {
    const clock = new RealClock();
    const log: string[] = [];
    clock.after(0, () => {
      void (async () => {
        for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
        log.push("drained");
      })();
    });
    clock.after(0, () => log.push("next"));

    await clock.drive();

    expect(log).toEqual(["drained", "next"]);
  });

  test("drive ends as on the virtual clock", async () => {
    const clock = new RealClock();
    let hasRun = false;
    clock.after(2, () => (hasRun = true));
    const far = clock.after(1_000_000, () => {});

    expect(await clock.drive({ to: clock.now() + 1 })).toBe("time");
    expect(await clock.drive({ until: () => hasRun })).toBe("until");
    expect(await clock.drive({ until: Promise.reject(new Error()) })).toBe("until");
    const idle = clock.drive();
    clock.cancel(far);
    expect(await idle).toBe("idle");
    expect(await clock.drive({ to: clock.now() + 2 })).toBe("time");
    expect(await clock.drive({ to: clock.now() + 5, until: () => false })).toBe("idle");
  });

  test("what is held is not idle", async () => {
    const clock = new RealClock();
    const release = clock.hold();
    let end = "";
    const done = clock.drive().then((result) => (end = result));

    await nextTurn();
    await nextTurn();
    expect(end).toBe("");
    release();
    release();

    expect(await done).toBe("idle");
  });

  test("a jump brings times of day nearer and leaves delays as they were", async () => {
    const clock = new RealClock();
    const log: string[] = [];
    clock.after(2, () => log.push("delay"));
    clock.at(clock.now() + 500_000, () => log.push("time of day"));

    clock.jump(1_000_000);
    await clock.drive();

    expect(log).toEqual(["time of day", "delay"]);
  });

  test("an event that throws fails those who drive", async () => {
    const clock = new RealClock();
    clock.after(1, () => {
      throw new Error("broken");
    });

    await expect(clock.drive()).rejects.toThrow("broken");
  });
});
