// @vitest-environment node
/**
 * What the sandbox promises. `sandboxEdge.test.ts` runs the same in vitest's edge-runtime,
 * where users of convex-test are.
 */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import {
  createSandboxWorld,
  exitSandbox,
  installSandbox,
  isInSandbox,
  real,
  runInSandbox,
  type SandboxWorld,
  type SandboxWorldOptions,
} from "./sandbox.js";

const NOW_MS = Date.UTC(2001, 1, 3, 4, 5, 6, 7);

/** Captured before any patch, as a module loaded before the sandbox would have it. */
const CapturedDate = Date;

function createWorld(overrides: Partial<SandboxWorldOptions> = {}): SandboxWorld {
  return createSandboxWorld({
    nowMs: NOW_MS,
    seed: "workflow/1",
    log: () => undefined,
    ...overrides,
  });
}

function inside<T>(fn: () => T, world = createWorld()): T {
  return runInSandbox(world, fn);
}

/** Draws from every patched source of chance. */
function drawAll(): unknown[] {
  return [
    Math.random(),
    Math.random(),
    crypto.randomUUID(),
    [...crypto.getRandomValues(new Uint8Array(16))],
    [...crypto.getRandomValues(new Uint32Array(3))],
  ];
}

beforeEach(() => installSandbox());

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("the world", () => {
  test("the world follows a handler through its awaits, and only that one", async () => {
    const handler = async () => {
      const times: number[] = [Date.now()];
      await Promise.resolve();
      times.push(Date.now());
      await exitSandbox(() => new Promise<void>((resolve) => setTimeout(resolve, 0)));
      times.push(Date.now());
      return times;
    };

    const [first, second] = await Promise.all([
      inside(handler, createWorld({ nowMs: 1 })),
      inside(handler, createWorld({ nowMs: 2 })),
    ]);

    expect(first).toEqual([1, 1, 1]);
    expect(second).toEqual([2, 2, 2]);
    expect(isInSandbox()).toBe(false);
  });

  test("exitSandbox leaves the world, also after an await, and comes back", async () => {
    const seen = await inside(async () => {
      const outside = await exitSandbox(async () => {
        await Promise.resolve();
        return [isInSandbox(), Date.now() === NOW_MS];
      });
      return [...outside, isInSandbox()];
    });

    expect(seen).toEqual([false, false, true]);
  });

  test("another copy of the module shares the store and patches nothing twice", async () => {
    const patched = [Date, Math.random, fetch];
    vi.resetModules();
    const copy = (await import("./sandbox")) as {
      installSandbox: typeof installSandbox;
      isInSandbox: typeof isInSandbox;
    };

    copy.installSandbox();

    expect([Date, Math.random, fetch]).toEqual(patched);
    expect(copy.installSandbox).not.toBe(installSandbox);
    expect(inside(() => copy.isInSandbox())).toBe(true);
  });
});

describe("Date", () => {
  test("now is the world's, in every form, and moves with it", () => {
    const world = createWorld();
    const read = () => [
      Date.now(),
      new Date().getTime(),
      Date.parse(Date()),
      performance.now(),
    ];

    const before = inside(read, world);
    world.nowMs += 5_000;
    const after = inside(read, world);

    const wholeSecondMs = NOW_MS - (NOW_MS % 1000);
    expect(before).toEqual([NOW_MS, NOW_MS, wholeSecondMs, NOW_MS]);
    expect(after).toEqual(before.map((ms) => ms + 5_000));
  });

  test("a date with arguments, a subclass and the statics are the original's", () => {
    class Day extends Date {
      isDay = true;
    }
    const read = () => [
      new Date(5).getTime(),
      new Date(2020, 1, 2).getTime(),
      new Date("2020-01-01T00:00:00Z").getTime(),
      Date.UTC(2020, 1),
      Date.length,
      Date.name,
      new Day(7).getTime(),
      new Day(7).isDay,
      new Day(7) instanceof Day,
    ];

    const utc2020Ms = CapturedDate.UTC(2020, 0);
    const localMs = new CapturedDate(2020, 1, 2).getTime();
    const expected = [
      5,
      localMs,
      utc2020Ms,
      CapturedDate.UTC(2020, 1),
      7,
      "Date",
      7,
      true,
      true,
    ];
    expect(inside(read)).toEqual(expected);
    expect(read()).toEqual(expected);
    expect(inside(() => new Day().getTime())).toBe(NOW_MS);
  });

  test("instanceof and constructor hold in both directions", () => {
    const made = inside(() => new Date());
    const outer = new Date();

    expect(made instanceof Date).toBe(true);
    expect(made instanceof CapturedDate).toBe(true);
    expect(outer instanceof Date).toBe(true);
    expect(inside(() => outer instanceof Date)).toBe(true);
    expect(Date.prototype).toBe(CapturedDate.prototype);
    expect(outer.constructor).toBe(Date);
    expect(inside(() => CapturedDate.now())).toBe(NOW_MS);
  });

  test("outside a world the clock runs as before", () => {
    const beforeMs = CapturedDate.now();

    expect(Date.now()).toBeGreaterThanOrEqual(beforeMs);
    expect(new Date().getTime()).toBeGreaterThanOrEqual(beforeMs);
    expect(typeof Date()).toBe("string");
    expect(inside(() => real.now())).toBeGreaterThanOrEqual(beforeMs);
    expect(performance.now()).not.toBe(NOW_MS);
  });
});

describe("chance", () => {
  test("a new world of the same seed draws the same, another seed draws otherwise", () => {
    const first = inside(drawAll);

    expect(inside(drawAll)).toEqual(first);
    expect(inside(drawAll, createWorld({ seed: "workflow/2" }))).not.toEqual(first);
    expect(drawAll()).not.toEqual(first);
  });

  test("two handlers that interleave do not draw from each other", async () => {
    const handler = async () => {
      const drawn: number[] = [];
      for (let draw = 0; draw < 4; draw += 1) {
        drawn.push(Math.random());
        await Promise.resolve();
      }
      return drawn;
    };
    const alone = await inside(handler);

    const [first, second] = await Promise.all([inside(handler), inside(handler)]);

    expect(first).toEqual(alone);
    expect(second).toEqual(alone);
  });

  test("numbers lie in [0, 1) and spread, UUIDs are version 4 and distinct", () => {
    const numbers = inside(() => Array.from({ length: 1000 }, () => Math.random()));
    const uuids = inside(() => Array.from({ length: 100 }, () => crypto.randomUUID()));

    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
    expect(numbers.reduce((sum, number) => sum + number) / 1000).toBeCloseTo(0.5, 1);
    expect(new Set(uuids).size).toBe(100);
    for (const uuid of uuids) {
      expect(uuid).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
    }
  });

  test("getRandomValues fills only the view it is given, and returns it", () => {
    const buffer = new Uint8Array(64);
    const view = buffer.subarray(16, 48);

    const result = inside(() => crypto.getRandomValues(view));

    expect(result).toBe(view);
    expect(view.some((byte) => byte !== 0)).toBe(true);
    expect(
      [...buffer.subarray(0, 16), ...buffer.subarray(48)].every((byte) => byte === 0),
    ).toBe(true);
  });

  test("getRandomValues refuses what Web Crypto refuses", () => {
    const fill = (view: unknown) =>
      inside(() => crypto.getRandomValues(view as Uint8Array));

    expect(() => fill(new Float32Array(1))).toThrow(/typed array of integers/);
    expect(() => fill([1])).toThrow(/typed array of integers/);
    expect(() => fill(new Uint8Array(65_537))).toThrow(/at most 65536 bytes/);
  });
});

describe("fetch and timers", () => {
  test.each<[string, () => unknown, RegExp]>([
    ["fetch", () => fetch("https://example.com"), /step\.run.*step\.runAction/],
    ["setTimeout", () => setTimeout(() => undefined, 1), /step\.sleep/],
    ["setInterval", () => setInterval(() => undefined, 1), /step\.sleep/],
    ["setImmediate", () => setImmediate(() => undefined), /step\.sleep/],
    ["AbortSignal.timeout", () => AbortSignal.timeout(1), /step\.sleep/],
  ])("%s in a handler throws at the call and names the step", (name, call, advice) => {
    expect(() => inside(call)).toThrow(advice);
    expect(() => inside(call)).toThrow(name);
  });

  test("timers work in a step body and outside", async () => {
    const viaStep = inside(() =>
      exitSandbox(() => new Promise((resolve) => setTimeout(resolve, 0, "slept"))),
    );

    expect(await viaStep).toBe("slept");
    expect(inside(() => clearTimeout(undefined))).toBeUndefined();
  });

  test("a callback of real.setTimeout runs outside the handler that asked for it", async () => {
    const seen = await new Promise((resolve) => {
      inside(() => real.setTimeout(() => resolve(isInSandbox()), 0));
    });

    expect(seen).toBe(false);
  });
});

describe("the console", () => {
  test("a handler's lines go to its world by level, and others to the console", () => {
    const printed = vi.spyOn(console, "log").mockImplementation(() => undefined);
    installSandbox();
    const log = vi.fn();

    inside(() => {
      console.log("a", 1);
      console.warn("b");
      console.table([1]);
      console.assert(true, "unseen");
      console.assert(false, "seen");
      console.time("unseen");
    }, createWorld({ log }));
    console.log("outside");

    expect(log.mock.calls).toEqual([
      ["log", ["a", 1]],
      ["warn", ["b"]],
      ["log", [[1]]],
      ["error", ["Assertion failed", "seen"]],
    ]);
    expect(printed.mock.calls).toEqual([["outside"]]);
  });

  test("a replaying handler prints nothing and spends none of its lines", () => {
    const log = vi.fn();
    const world = createWorld({ log, isReplaying: true, linesLeft: 1 });

    inside(() => console.log("replayed"), world);
    world.isReplaying = false;
    inside(() => console.log("new"), world);

    expect(log.mock.calls).toEqual([["log", ["new"]]]);
  });

  test("a handler without lines left says so once", () => {
    const log = vi.fn<SandboxWorldOptions["log"]>();
    const print = () => [1, 2, 3, 4, 5].forEach((line) => console.info(line));

    inside(print, createWorld({ log, linesLeft: 2 }));

    expect(log.mock.calls.map(([level]) => level)).toEqual(["info", "info", "warn"]);
    expect(log.mock.calls[2]![1][0]).toMatch(/used up its console lines/);
  });

  test("a world's log may itself use the console", () => {
    const printed = vi.spyOn(console, "error").mockImplementation(() => undefined);
    installSandbox();

    inside(
      () => console.error("x"),
      createWorld({ log: (_level, args) => console.error("[w]", ...args) }),
    );

    expect(printed.mock.calls).toEqual([["[w]", "x"]]);
  });
});

describe("globals that others replace", () => {
  test("installing again changes nothing", () => {
    const patched = [
      Date,
      Date.now,
      Math.random,
      crypto.randomUUID,
      fetch,
      setTimeout,
      console.log,
    ];

    installSandbox();

    const again = [
      Date,
      Date.now,
      Math.random,
      crypto.randomUUID,
      fetch,
      setTimeout,
      console.log,
    ];
    expect(again.every((fn, index) => fn === patched[index])).toBe(true);
  });

  test("fake timers installed after us: outside is fake, and inside holds after a new install", () => {
    vi.useFakeTimers({ now: 42 });

    installSandbox();

    expect(Date.now()).toBe(42);
    expect(inside(() => [Date.now(), new Date().getTime()])).toEqual([NOW_MS, NOW_MS]);
    expect(inside(() => new Date()) instanceof CapturedDate).toBe(true);
    expect(() => inside(() => setTimeout(() => undefined, 1))).toThrow(/step\.sleep/);
  });

  test("fake timers drive the engine's real clock, and leave it when they go", () => {
    vi.useFakeTimers({ now: 42 });
    installSandbox();
    const fired = vi.fn();
    inside(() => real.setTimeout(() => void fired(real.now()), 100));

    vi.advanceTimersByTime(100);

    expect(fired.mock.calls).toEqual([[142]]);
    vi.useRealTimers();
    expect(inside(() => real.now())).toBeGreaterThan(NOW_MS);
    expect(inside(() => Date.now())).toBe(NOW_MS);
  });

  test("fake timers that come and go do not stack patches", () => {
    const patchedDate = Date;
    const patchedTimeout = setTimeout;
    for (let round = 0; round < 3; round += 1) {
      vi.useFakeTimers({ now: round });
      installSandbox();
      expect([Date.now(), inside(() => Date.now())]).toEqual([round, NOW_MS]);
      vi.useRealTimers();
      installSandbox();
    }

    expect(Date).toBe(patchedDate);
    expect(setTimeout).toBe(patchedTimeout);
    expect(new Date().constructor).toBe(Date);
  });

  test("a stubbed fetch is reached by steps, blocked in handlers, and still a mock", async () => {
    const stub = vi.fn(async () => new Response("said"));
    vi.stubGlobal("fetch", stub);

    installSandbox();

    const response = await inside(() => exitSandbox(() => fetch("https://example.com")));
    expect(await response.text()).toBe("said");
    expect(() => inside(() => fetch("https://example.com"))).toThrow(/step\.run/);
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  test("a spy on Date.now holds outside and is gone when restored", () => {
    const spy = vi.spyOn(Date, "now").mockReturnValue(7);
    installSandbox();

    expect([Date.now(), inside(() => Date.now())]).toEqual([7, NOW_MS]);
    spy.mockRestore();
    expect(Date.now()).toBeGreaterThan(NOW_MS);
    expect(inside(() => Date.now())).toBe(NOW_MS);
  });
});
