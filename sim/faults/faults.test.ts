/** Faults: off by default, drawn from the seed, hit exactly where they were scheduled. */
import { describe, expect, test } from "vitest";

import { Random } from "../clock/random.js";
import { VirtualClock } from "../clock/virtualClock.js";
import { COMMIT_SURVIVAL, SLOW_SYSCALL_FACTOR } from "../constants/faults.js";
import { FaultPlan } from "./faults.js";
import type { FaultOptions } from "./options.js";
import type { Backend } from "./timeline.js";

const clockAtZero = (): VirtualClock => new VirtualClock({ startAt: 0 });

const plan = (options: FaultOptions, clock = clockAtZero(), seed = 1): FaultPlan =>
  new FaultPlan(options, new Random(seed).fork("faults"), clock);

const times = <T>(count: number, ask: () => T): T[] => Array.from({ length: count }, ask);

describe("FaultPlan draws", () => {
  test("nothing goes wrong by default", () => {
    const faults = plan({});

    expect(faults.atCall("f")).toBeNull();
    expect(faults.atCommit("f")).toBeNull();
    expect(faults.slowness("f")).toBe(1);
    expect(faults.crashes({ label: "f" }, "mutation", "before")).toBe(false);
    expect(faults.counts).toEqual({});
  });

  test("occasions are counted by function once that is asked for", () => {
    const faults = plan({});
    faults.atCommit("before");
    faults.recordOccasions();
    times(2, () => faults.atCommit("f"));
    faults.atCall("g");

    expect(faults.occasions).toEqual({
      conflict: { f: 2 },
      commitLost: { f: 2 },
      commitUnheard: { f: 2 },
      permit: { g: 1 },
      overload: { g: 1 },
    });
  });

  test("the same seed gives the same faults, at about the probability", () => {
    const options: FaultOptions = { conflict: { probability: 0.2 } };
    const draw = (seed: number): (string | null)[] => {
      const faults = plan(options, clockAtZero(), seed);
      return times(1_000, () => faults.atCommit("f"));
    };

    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    const hits = draw(1).filter((fault) => fault === "conflict").length;
    expect(hits / 1_000).toBeCloseTo(0.2, 1);
  });

  test("switching one fault on does not move another", () => {
    const slow = { slowSyscall: { probability: 0.3 } };
    const alone = plan(slow);
    const besides = plan({ ...slow, conflict: { probability: 0.5 }, crash: {} });

    const draw = (faults: FaultPlan): number[] =>
      times(200, () => {
        faults.atCommit("f");
        faults.crashes({ label: "f" }, "timer", "after");
        return faults.slowness("f");
      });

    expect(draw(besides)).toEqual(draw(alone));
    expect(new Set(draw(alone))).toEqual(new Set([1, SLOW_SYSCALL_FACTOR]));
  });

  test("a probability may be meant for some functions only", () => {
    const faults = plan({ permit: { probability: 1, functions: ["a:f", "pool/*"] } });

    expect(["a:f", "a:g", "pool/loop:run"].map((name) => faults.atCall(name))).toEqual([
      "permit",
      null,
      "permit",
    ]);
  });

  test("each kind of call and commit fault has its name", () => {
    const certain = { probability: 1 };

    expect(plan({ overload: certain }).atCall("f")).toBe("overload");
    expect(plan({ conflict: certain }).atCommit("f")).toBe("conflict");
    expect(plan({ commitLost: certain }).atCommit("f")).toBe("lost");
    expect(plan({ commitUnheard: certain }).atCommit("f")).toBe("unheard");
    expect(plan({ slowSyscall: { ...certain, factor: 3 } }).slowness("f")).toBe(3);
  });

  test("about half of the commits under way survive a restart, or as many as said", () => {
    const survivals = (options: FaultOptions): number => {
      const faults = plan(options);
      return times(1_000, () => faults.survivesRestart()).filter(Boolean).length / 1_000;
    };

    expect(survivals({})).toBeCloseTo(COMMIT_SURVIVAL, 1);
    expect(survivals({ restart: { commitSurvival: 0 } })).toBe(0);
  });

  test("refuses what is no probability", () => {
    expect(() => plan({ conflict: { probability: 2 } })).toThrow("probability");
    expect(() => plan({ crash: { probability: -1 } })).toThrow("probability");
  });
});

describe("FaultPlan schedules", () => {
  test("a function's n-th occasion, once", () => {
    const faults = plan({ conflict: { schedule: [{ function: "f", nth: 2 }] } });

    expect(["f", "g", "f", "f"].map((name) => faults.atCommit(name))).toEqual([
      null,
      null,
      "conflict",
      null,
    ]);
    expect(faults.counts).toEqual({ conflict: 1 });
  });

  test("the first occasion at a time or later", async () => {
    const clock = new VirtualClock();
    const faults = plan({ overload: { schedule: [{ atMs: 10, function: "f" }] } }, clock);

    expect(faults.atCall("f")).toBeNull();
    await clock.drive({ to: clock.now() + 15 });
    expect(["g", "f", "f"].map((name) => faults.atCall(name))).toEqual([
      null,
      "overload",
      null,
    ]);
  });

  test("what is scheduled does not move what is drawn", () => {
    const drawn = { probability: 0.1 };
    const both = plan({
      conflict: { ...drawn, schedule: [{ function: "f", nth: 5 }] },
    });
    const one = plan({ conflict: drawn });

    const draw = (faults: FaultPlan): (string | null)[] =>
      times(300, () => faults.atCommit("f"));
    const [withSchedule, without] = [draw(both), draw(one)];

    without[4] = "conflict";
    expect(withSchedule).toEqual(without);
  });

  test("faults end when the plan is stopped", () => {
    const faults = plan({ conflict: { probability: 1 }, crash: { probability: 1 } });
    faults.stop();

    expect(faults.atCommit("f")).toBeNull();
    expect(faults.crashes({ label: "f" }, "timer", "before")).toBe(false);
  });
});

describe("FaultPlan crashes", () => {
  /** Two runs of an action of three operations each; where it crashed, if it did. */
  function runTwice(faults: FaultPlan): string[] {
    const crashed: string[] = [];
    for (const run of [1, 2]) {
      const running = { label: "executor:run" };
      for (const operation of ["query", "mutation", "timer"]) {
        for (const phase of ["before", "after"] as const) {
          if (faults.crashes(running, operation, phase)) {
            crashed.push(`${run} ${phase} ${operation}`);
          }
        }
      }
    }
    return crashed;
  }

  test("hits one place of one run", () => {
    const at = { function: "executor:run", nth: 2 };

    expect(runTwice(plan({ crash: { schedule: [at] } }))).toEqual(["1 before mutation"]);
    expect(
      runTwice(plan({ crash: { schedule: [{ ...at, run: 2, phase: "after" }] } })),
    ).toEqual(["2 after mutation"]);
  });

  test("a sweep hits each recorded place in turn", () => {
    const dry = plan({});
    dry.recordCrashPlaces();
    expect(runTwice(dry)).toEqual([]);

    const hits = dry.crashPlaces.map((place) =>
      runTwice(plan({ crash: { schedule: [place] } })),
    );

    expect(hits).toHaveLength(12);
    expect(hits).toEqual(
      dry.crashPlaces.map(({ run, phase, operation }) => [
        `${run} ${phase} ${operation}`,
      ]),
    );
  });

  test("the probability may be meant for some operations and one phase", () => {
    const faults = plan({
      crash: { probability: 1, operations: ["mutation"], phase: "after" },
    });

    expect(runTwice(faults)).toEqual(["1 after mutation", "2 after mutation"]);
  });

  test("hits whatever operation comes at a time", () => {
    expect(runTwice(plan({ crash: { schedule: [{ atMs: 0 }] } }))).toEqual([
      "1 before query",
    ]);
  });
});

describe("FaultPlan timeline", () => {
  function record(clock: VirtualClock): { log: string[]; backend: Backend } {
    const log: string[] = [];
    const note = (text: string): void => void log.push(`${clock.now()} ${text}`);
    const backend = {
      stallScheduler: (ms: number) => note(`stall ${ms}`),
      setPaused: (isPaused: boolean) => note(`paused ${isPaused}`),
      jumpClock: (ms: number) => note(`jump ${ms}`),
      restart: () => note("restart"),
      deploy: (index: number) => note(`deploy ${index}`),
    };
    return { log, backend };
  }

  test("faults of the backend come at their times", async () => {
    const clock = clockAtZero();
    const { log, backend } = record(clock);
    const faults = plan(
      {
        schedulerStall: { atMs: [10], ms: 7 },
        pause: { atMs: [20], ms: 5 },
        clockJump: { atMs: [30], ms: -2 },
        restart: { atMs: [40, 50] },
        deploy: { atMs: [45, 60] },
      },
      clock,
    );

    faults.start(backend);
    await clock.drive();

    expect(log).toEqual([
      "10 stall 7",
      "20 paused true",
      "25 paused false",
      "30 jump -2",
      "40 restart",
      "45 deploy 0",
      "50 restart",
      "60 deploy 1",
    ]);
  });

  test("drawn ones are as many as said, and the same for a seed", async () => {
    const run = async (): Promise<string[]> => {
      const clock = clockAtZero();
      const { log, backend } = record(clock);
      plan({ restart: { meanIntervalMs: 1_000, count: 5 } }, clock).start(backend);
      await clock.drive();
      return log;
    };

    expect(await run()).toHaveLength(5);
    expect(await run()).toEqual(await run());
  });

  test("a plan that is stopped has none left, and unpauses what it paused", async () => {
    const clock = clockAtZero();
    const { log, backend } = record(clock);
    const faults = plan({ pause: { atMs: [1], ms: 9 }, restart: { atMs: [5] } }, clock);
    faults.start(backend);
    await clock.drive({ to: 2 });

    faults.stop();
    await clock.drive();

    expect(log).toEqual(["1 paused true", "10 paused false"]);
  });
});
