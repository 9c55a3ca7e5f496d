/** What transactions and actions see: time, chance, members of their own, the log. */
import { describe, expect, test, vi } from "vitest";

import { LOG_LINES_MAX } from "../constants/globals.js";
import { runWithGlobals } from "./globals.js";
import { createTransactionScope } from "./scopes.js";
import { actionScope, START, transactionScope } from "./testScopes.js";

const later = (ms: number): Promise<void> =>
  new Promise((resolve) => void setTimeout(resolve, ms));

describe("Date", () => {
  test("stands still in a transaction, whatever form asks", async () => {
    const scope = transactionScope({ startedAt: START + 0.7 });

    await scope.run(async () => {
      scope.clock.jump(500);
      expect(Date.now()).toBe(START);
      expect(new Date().getTime()).toBe(START);
      expect(Date()).toBe(new Date(START).toString());
      expect(new Date("2020-02-02").toISOString()).toBe("2020-02-02T00:00:00.000Z");
      expect(Date.UTC(2020, 1)).toBe(Date.parse("2020-02-01T00:00:00Z"));
    });
  });

  test("moves in an action", async () => {
    const scope = actionScope();

    const times = await scope.run(async () => {
      const before = Date.now();
      await later(25);
      return [before, Date.now(), new Date().getTime()];
    });

    expect(times).toEqual([START, START + 25, START + 25]);
  });

  test("subclasses and instanceof work across the border", async () => {
    const outside = new Date(5);

    const inside = await transactionScope().run(() => {
      class Day extends Date {
        get day(): number {
          return this.getTime() / 2;
        }
      }
      expect(new Day().day).toBe(START / 2);
      expect(new Day(8).day).toBe(4);
      expect(Day.now()).toBe(START);
      expect(outside instanceof Date).toBe(true);
      expect(new Day() instanceof Date).toBe(true);
      return new Date();
    });

    expect(inside instanceof Date).toBe(true);
    expect(inside).toEqual(new Date(START));
  });

  test("a function's Date that is left behind can be wrapped by anybody", async () => {
    const left = await transactionScope().run(() => Date);
    const original = left.now;

    left.now = () => original();
    try {
      expect(Number.isInteger(left.now())).toBe(true);
      expect(await transactionScope().run(() => left.now())).toBe(START);
    } finally {
      left.now = original;
    }
  });

  test("fake timers of the test do not reach a function", async () => {
    vi.useFakeTimers({ now: 77 });
    try {
      expect(await actionScope().run(() => Date.now())).toBe(START);
      expect(Date.now()).toBe(77);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("chance", () => {
  const drawAll = (): unknown[] => [
    Math.random(),
    crypto.randomUUID(),
    [...crypto.getRandomValues(new Uint16Array(3))],
  ];

  test("is a function of the seed", async () => {
    const first = await transactionScope().run(drawAll);

    expect(await transactionScope().run(drawAll)).toEqual(first);
    expect(await actionScope().run(drawAll)).toEqual(first);
    expect(drawAll()).not.toEqual(first);
    expect(first[1]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab]/);
  });

  test("crypto refuses what Web Crypto refuses, in both worlds", async () => {
    for (const scope of [transactionScope(), actionScope()]) {
      await scope.run(() => {
        expect(() => crypto.getRandomValues(new Uint8Array(65_537))).toThrow("65537");
        expect(() => crypto.getRandomValues(new Float64Array(1))).toThrow("integer");
      });
    }
  });

  test("Math keeps everything else", async () => {
    await transactionScope().run(() => {
      expect(Math.max(1, 2) + Math.PI).toBeGreaterThan(5);
      expect(Object.prototype.toString.call(Math)).toBe("[object Math]");
      expect("hypot" in Math).toBe(true);
    });
  });

  test("crypto.subtle is the real one, and time waits for it", async () => {
    const scope = actionScope();

    const events = await scope.run(async () => {
      const seen: string[] = [];
      const timer = later(1).then(() => seen.push("timer"));
      const digests = [1_000_000, 1, 10].map(async (length) => {
        const digest = await crypto.subtle.digest("SHA-256", new Uint8Array(length));
        seen.push(`${length}: ${digest.byteLength}, ${Date.now() - START}`);
      });
      await Promise.all([timer, ...digests]);
      return seen;
    });

    expect(events).toEqual(["1000000: 32, 0", "1: 32, 0", "10: 32, 0", "timer"]);
  });

  test("a transaction may not make keys", async () => {
    const makeKey = (): Promise<unknown> =>
      crypto.subtle.generateKey({ name: "AES-GCM", length: 128 }, true, ["encrypt"]);

    await expect(transactionScope().run(makeKey)).rejects.toThrow("randomness");
    await expect(actionScope().run(makeKey)).resolves.toBeDefined();
  });
});

describe("assignments", () => {
  test("to a global and to a member of one stay in the function", async () => {
    const original = { random: Math.random, now: Date.now, fetch: globalThis.fetch };

    await transactionScope().run(() => {
      Math.random = () => 0.25;
      Object.defineProperty(Date, "now", { value: () => 9 });
      globalThis.fetch = async () => new Response("mine");
      expect(Math.random()).toBe(0.25);
      expect([Date.now(), new Date().getTime()]).toEqual([9, 9]);
      expect(Object.getOwnPropertyDescriptor(Math, "random")?.writable).toBe(true);
    });

    await transactionScope().run(() => {
      expect(Math.random()).not.toBe(0.25);
      expect(Date.now()).toBe(START);
    });
    expect({ random: Math.random, now: Date.now, fetch: globalThis.fetch }).toEqual(
      original,
    );
  });

  test("spies on members work inside a function and end with it", async () => {
    await actionScope().run(() => {
      const spy = vi.spyOn(Math, "random").mockReturnValue(0.5);
      expect(Math.random()).toBe(0.5);
      spy.mockRestore();
      expect(Math.random()).not.toBe(0.5);
    });

    expect(vi.isMockFunction(Math.random)).toBe(false);
  });

  test("a method kept by a module follows the function that calls it", async () => {
    const kept = await transactionScope().run(() => [Date.now, Math.random] as const);

    const again = await transactionScope({ startedAt: 5 }).run(() => [
      kept[0](),
      kept[1](),
    ]);

    expect(again[0]).toBe(5);
    expect(again[1]).toBe(await transactionScope().run(() => Math.random()));
  });
});

describe("process and what is absent", () => {
  test("process is its environment only", async () => {
    await actionScope({ env: { KEY: "value" } }).run(() => {
      expect(process.env.KEY).toBe("value");
      expect(process.env.PATH).toBeUndefined();
      expect(Object.keys(process)).toEqual(["env"]);
    });

    expect(process.version).toBeDefined();
  });

  test("what the platform lacks is not there", async () => {
    await actionScope().run(() => {
      expect(typeof setImmediate).toBe("undefined");
      expect(typeof MessageChannel).toBe("undefined");
      const target = {};
      expect(new WeakRef(target).deref()).toBe(target);
      expect(() => new FinalizationRegistry(() => {}).register({}, 1)).not.toThrow();
    });

    expect(typeof setImmediate).toBe("function");
  });

  test("a module is loaded and Node's own classes work inside a function", async () => {
    await actionScope().run(async () => {
      const loaded = await import("./refusal.js");
      expect(loaded.refusal("x").message).toContain("Can't use x");
      expect(await new Response(new Blob(["a", "b"])).text()).toBe("ab");
      expect(structuredClone(new Map([[1, 2]])).get(1)).toBe(2);
    });
  });
});

describe("performance", () => {
  test("moves in mutations and actions, not in queries, in steps of 0.1 ms", async () => {
    const times = async (scope: ReturnType<typeof actionScope>): Promise<number[]> =>
      await scope.run(async () => {
        const before = performance.now();
        await scope.clock.drive({ to: START + 3.14 });
        return [before, performance.now(), performance.timeOrigin];
      });
    const deployedAt = START - 10;

    expect(await times(transactionScope({ isQuery: true, deployedAt }))).toEqual([
      10,
      10,
      deployedAt,
    ]);
    expect(await times(transactionScope({ deployedAt }))).toEqual([10, 13.1, deployedAt]);
    expect(await times(actionScope())).toEqual([0, 3.1, START]);
  });
});

describe("console", () => {
  test("lines go to the sink with level and time, not to the terminal", async () => {
    const scope = actionScope();

    await scope.run(async () => {
      globalThis.console.log("a", 1, { b: [2] });
      await later(5);
      globalThis.console.warn("late");
      globalThis.console.time("nothing");
      expect(Reflect.get(console, "table")).toBeUndefined();
    });

    expect(scope.lines).toEqual([
      { level: "log", text: "a 1 { b: [ 2 ] }", at: START },
      { level: "warn", text: "late", at: START + 5 },
    ]);
  });

  test("the last line the platform keeps says that others were dropped", async () => {
    const scope = transactionScope();

    await scope.run(() => {
      for (let index = 0; index < LOG_LINES_MAX + 50; index += 1)
        globalThis.console.log(index);
    });

    expect(scope.lines).toHaveLength(LOG_LINES_MAX);
    expect(scope.lines.at(-1)).toMatchObject({
      level: "error",
      text: expect.stringContaining("omitted") as string,
    });
  });
});

describe("cost", () => {
  test("a scope costs no more than an object or two", () => {
    const { clock } = transactionScope();
    const scopes = Array.from({ length: 10_000 }, () =>
      createTransactionScope({
        clock,
        startedAt: 1,
        random: undefined as never,
        isQuery: false,
        onUncaught: () => {},
      }),
    );

    expect(scopes.every(({ overrides }) => Object.keys(overrides).length === 1)).toBe(
      true,
    );
    expect(runWithGlobals(scopes[0]!, () => Date.now())).toBe(1);
  });
});
