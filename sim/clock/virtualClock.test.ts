/** The virtual clock: order, draining, holds, limits, several drivers, jumps, contexts. */
import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate as afterTurn } from "node:timers";

import { afterEach, describe, expect, test, vi } from "vitest";

import { START_AT_MS } from "../constants/clock.js";
import { VirtualClock } from "./virtualClock.js";

afterEach(() => void vi.useRealTimers());

/** A clock at zero and a log of what happened, with the time. */
function setUp(): { clock: VirtualClock; log: string[]; note: (name: string) => void } {
  const clock = new VirtualClock({ startAt: 0 });
  const log: string[] = [];
  return { clock, log, note: (name) => void log.push(`${clock.now()} ${name}`) };
}

describe("VirtualClock order", () => {
  test("starts at a fixed date", () => {
    expect(new VirtualClock().now()).toBe(START_AT_MS);
  });

  test("events run by time, then by insertion", async () => {
    const { clock, log, note } = setUp();
    for (const [time, name] of [
      [20, "d"],
      [10, "a"],
      [10, "b"],
      [15.5, "c"],
    ] as const) {
      clock.at(time, () => note(name));
    }

    const end = await clock.drive();

    expect(end).toBe("idle");
    expect(log).toEqual(["10 a", "10 b", "15.5 c", "20 d"]);
  });

  test("an event in the past runs now, after those that wait for now", async () => {
    const { clock, log, note } = setUp();
    clock.at(10, () => {
      clock.after(0, () => note("first"));
      clock.at(3, () => note("second"));
    });

    await clock.drive();

    expect(log).toEqual(["10 first", "10 second"]);
  });

  test("a canceled timer does not run, and canceling again changes nothing", async () => {
    const { clock, log, note } = setUp();
    const timers = Array.from({ length: 1_000 }, (_, index) =>
      clock.at(1_000 - index, () => note("no")),
    );
    clock.at(500, () => note("yes"));

    for (const timer of [...timers, ...timers]) clock.cancel(timer);

    expect(clock.pending).toBe(1);
    await clock.drive();
    expect(log).toEqual(["500 yes"]);
  });

  test("thousands of events at random times come out sorted", async () => {
    const { clock } = setUp();
    const seen: number[] = [];
    for (let index = 0; index < 5_000; index += 1) {
      clock.at((index * 7_919) % 1_009, () => void seen.push(clock.now()));
    }

    await clock.drive();

    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(clock.eventsRun).toBe(5_000);
  });

  test("refuses what is no time", () => {
    const { clock } = setUp();

    expect(() => clock.after(Infinity, () => {})).toThrow("cannot wait");
    expect(() => clock.at(Number.NaN, () => {})).toThrow("cannot wait");
  });
});

describe("VirtualClock draining", () => {
  test("the next event waits for all microtasks and ticks of the former", async () => {
    const { clock, log, note } = setUp();
    clock.at(10, () => {
      note("event");
      void (async () => {
        for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
        await new Promise<void>((resolve) => process.nextTick(resolve));
        for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
        note("drained");
      })();
    });
    for (let index = 0; index < 100; index += 1) clock.at(11, () => note("next"));

    await clock.drive();

    expect(log.slice(0, 3)).toEqual(["10 event", "10 drained", "11 next"]);
  });

  test("works while vitest fakes all timers", async () => {
    vi.useFakeTimers({ toFake: ["setImmediate", "setTimeout", "Date"] });
    const { clock, log, note } = setUp();
    clock.after(5, () => note("event"));

    await clock.drive();

    expect(log).toEqual(["5 event"]);
  });

  test("an event that throws fails those who drive, and the clock goes on", async () => {
    const { clock, log, note } = setUp();
    clock.after(1, () => {
      throw new Error("broken");
    });
    clock.after(2, () => note("later"));

    await expect(clock.drive()).rejects.toThrow("broken");
    await clock.drive();

    expect(log).toEqual(["2 later"]);
  });
});

describe("VirtualClock drive", () => {
  test("a condition is checked at once and after each event", async () => {
    const { clock, log, note } = setUp();
    clock.at(1, () => note("a"));
    clock.at(2, () => note("b"));

    expect(await clock.drive({ until: () => true })).toBe("until");
    expect(log).toEqual([]);
    expect(await clock.drive({ until: () => log.length === 1 })).toBe("until");
    expect(log).toEqual(["1 a"]);
    expect(await clock.drive({ until: () => false })).toBe("idle");
  });

  test("a promise is waited for, whichever way it settles", async () => {
    const { clock } = setUp();
    const fails = new Promise<void>((_, reject) => clock.after(5, () => reject(Error())));
    clock.after(10, () => {});

    expect(await clock.drive({ until: fails })).toBe("until");

    expect(clock.now()).toBe(5);
    expect(await clock.drive({ until: new Promise(() => {}) })).toBe("idle");
  });

  test("a limit is inclusive, and is reached even if nothing is scheduled", async () => {
    const { clock, log, note } = setUp();
    clock.at(10, () => note("at"));
    clock.at(11, () => note("after"));

    expect(await clock.drive({ to: 10 })).toBe("time");
    expect(log).toEqual(["10 at"]);
    expect(await clock.drive({ to: 10.5 })).toBe("time");
    expect(clock.now()).toBe(10.5);
    expect(await clock.drive({ to: 50 })).toBe("time");
    expect(clock.now()).toBe(50);
    expect(await clock.drive({ to: 90, until: () => false })).toBe("idle");
    expect(clock.now()).toBe(50);
  });

  test("several callers share one loop, each with its own end", async () => {
    const { clock, log, note } = setUp();
    for (const time of [10, 20, 30]) clock.at(time, () => note("event"));

    const ends = await Promise.all([
      clock.drive({ to: 15 }).then((end) => `${end} ${clock.now()}`),
      clock
        .drive({ until: () => log.length === 2 })
        .then((end) => `${end} ${clock.now()}`),
      clock.drive().then((end) => `${end} ${clock.now()}`),
    ]);

    expect(ends).toEqual(["time 15", "until 20", "idle 30"]);
    expect(log).toHaveLength(3);
  });

  test("who is let go at a limit acts before time moves on", async () => {
    const { clock, log, note } = setUp();
    clock.at(20, () => note("late"));

    await Promise.all([
      clock.drive(),
      clock.drive({ to: 10 }).then(() => clock.after(1, () => note("early"))),
    ]);

    expect(log).toEqual(["11 early", "20 late"]);
  });
});

describe("VirtualClock holds", () => {
  test("nothing happens while something is held, and a release wakes the loop", async () => {
    const { clock, log, note } = setUp();
    clock.at(0, () => note("event"));
    const releases = [clock.hold(), clock.hold()];
    const done = clock.drive();

    for (const release of releases) {
      await new Promise((resolve) => afterTurn(resolve));
      expect(log).toEqual([]);
      release();
      release();
    }

    expect(await done).toBe("idle");
    expect(log).toEqual(["0 event"]);
    expect(clock.isHeld).toBe(false);
  });

  test("what follows a release runs before the next event", async () => {
    const { clock, log, note } = setUp();
    clock.at(1, () => {
      const release = clock.hold();
      void new Promise((resolve) => afterTurn(resolve)).then(release).then(() => {
        note("outside is back");
        clock.after(1, () => note("follows"));
      });
    });
    clock.at(3, () => note("late"));

    await clock.drive();

    expect(log).toEqual(["1 outside is back", "2 follows", "3 late"]);
  });
});

describe("VirtualClock jump", () => {
  test("moves times of day nearer and leaves delays as they were", async () => {
    const { clock, log, note } = setUp();
    clock.at(100, () => note("at"));
    clock.after(10, () => note("after"));

    clock.jump(200);
    await clock.drive();

    expect(log).toEqual(["200 at", "210 after"]);
  });

  test("a jump back makes times of day farther", async () => {
    const { clock, log, note } = setUp();
    clock.at(10, () => note("at"));
    clock.after(10, () => note("after"));

    clock.jump(-5);
    await clock.drive();

    expect(log).toEqual(["5 after", "10 at"]);
  });
});

describe("VirtualClock contexts", () => {
  test("an event sees no context of who drives or who set it", async () => {
    const storage = new AsyncLocalStorage<string>();
    const { clock } = setUp();
    const seen: (string | undefined)[] = [];
    const look = (): void => void seen.push(storage.getStore());

    await storage.run("user", async () => {
      clock.after(1, () => {
        look();
        clock.after(1, look);
      });
      const release = clock.hold();
      const done = clock.drive();
      afterTurn(() => release());
      await done;
      expect(storage.getStore()).toBe("user");
    });

    expect(seen).toEqual([undefined, undefined]);
  });
});
