/** Permits: the limit, the line, waits in vain, and the leak that tests must catch. */
import { describe, expect, test } from "vitest";

import { VirtualClock } from "../clock/virtualClock.js";
import { type Permit, Permits, type PermitsOptions } from "./permits.js";

function setUp(options: Partial<PermitsOptions> = {}): {
  clock: VirtualClock;
  permits: Permits;
} {
  const clock = new VirtualClock({ startAt: 0 });
  return { clock, permits: new Permits(clock, { limit: 2, waitMs: 100, ...options }) };
}

/** Takes a permit for `ms` and tells when it got and left it. */
async function work(
  { clock, permits }: ReturnType<typeof setUp>,
  ms: number,
): Promise<string> {
  const permit = await permits.acquire();
  if (permit === "timeout") return `timeout ${clock.now()}`;
  const start = clock.now();
  await new Promise<void>((resolve) => void clock.after(ms, resolve));
  permit.release();
  return `${start}-${clock.now()}, waited ${permit.waitedMs}`;
}

describe("Permits", () => {
  test("no more than the limit at once, the others in order of arrival", async () => {
    const setup = setUp();
    const done = Promise.all([30, 10, 10, 10].map((ms) => work(setup, ms)));

    expect(setup.permits.waiting).toBe(2);
    await setup.clock.drive();

    expect(await done).toEqual([
      "0-30, waited 0",
      "0-10, waited 0",
      "10-20, waited 10",
      "20-30, waited 20",
    ]);
    expect([setup.permits.peak, setup.permits.used]).toEqual([2, 0]);
  });

  test("who waits too long leaves the line and holds nobody up", async () => {
    const setup = setUp({ limit: 1 });
    const done = Promise.all([150, 10, 10].map((ms) => work(setup, ms)));
    setup.clock.at(140, () => void late.push(work(setup, 5)));
    const late: Promise<string>[] = [];

    await setup.clock.drive();

    expect(await done).toEqual(["0-150, waited 0", "timeout 100", "timeout 100"]);
    expect(await late[0]).toBe("150-155, waited 10");
    expect(setup.permits.timeouts).toBe(2);
  });

  test("a wait of Infinity never ends in vain", async () => {
    const { clock, permits } = setUp({ limit: 1 });
    const first = permits.tryAcquire();
    const second = permits.acquire({ waitMs: Infinity });
    clock.after(1_000_000, () => first?.release());

    await clock.drive();

    expect(((await second) as Permit).waitedMs).toBe(1_000_000);
  });

  test("a permit released twice counts once", () => {
    const { permits } = setUp();
    const first = permits.tryAcquire();
    permits.tryAcquire();

    first?.release();
    first?.release();

    expect(permits.used).toBe(1);
  });

  test("nobody overtakes one who waits", () => {
    const { permits } = setUp({ limit: 1 });
    permits.tryAcquire()?.release();
    permits.tryAcquire();
    void permits.acquire();

    expect(permits.tryAcquire()).toBeNull();
  });

  test("one who gave up in line is passed over", async () => {
    const { permits } = setUp({ limit: 1 });
    const first = permits.tryAcquire();
    const second = permits.acquire({ isAbandoned: () => true });
    const third = permits.acquire();

    first?.release();

    expect(await second).toBe("timeout");
    expect(await third).not.toBe("timeout");
    expect(permits.used).toBe(1);
  });

  test("the leak loses every n-th release", () => {
    const { permits } = setUp({ limit: 10, leakEvery: 3 });
    for (let index = 0; index < 9; index += 1) permits.tryAcquire()?.release();

    expect(permits.used).toBe(3);
  });

  test("refuses a limit nobody could meet", () => {
    expect(() => setUp({ limit: 0 })).toThrow("limit");
  });
});
