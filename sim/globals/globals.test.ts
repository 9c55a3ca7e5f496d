/** The mechanism: scopes, assignments, fake timers, and being installed over and over. */
import { afterEach, describe, expect, test, vi } from "vitest";

import { installGlobals, runWithGlobals, runWithoutGlobals } from "./globals.js";

const NAME = "simulatedGlobal";
const holder = globalThis as unknown as Record<string, unknown>;

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  delete holder[NAME];
});

describe("installGlobals", () => {
  test("outside a scope reads and assignments mean the original", () => {
    holder[NAME] = "original";
    installGlobals([NAME]);

    expect(holder[NAME]).toBe("original");
    holder[NAME] = "changed";
    expect(holder[NAME]).toBe("changed");
  });

  test("inside a scope reads give its value, and an assignment stays in it", async () => {
    holder[NAME] = "original";
    installGlobals([NAME]);
    const scope = { overrides: Object.create({ [NAME]: "inherited" }) as typeof holder };

    await runWithGlobals(scope, async () => {
      expect(holder[NAME]).toBe("inherited");
      holder[NAME] = "assigned";
      await Promise.resolve();
      expect(holder[NAME]).toBe("assigned");
      expect(runWithoutGlobals(() => holder[NAME])).toBe("original");
    });

    expect(holder[NAME]).toBe("original");
    runWithGlobals({ overrides: {} }, () => {
      expect(holder[NAME]).toBe("original");
      holder[NAME] = "assigned";
    });
    expect(holder[NAME]).toBe("original");
  });

  test("an accessor beneath is asked each time, and may refuse assignments", () => {
    let reads = 0;
    Object.defineProperty(holder, NAME, {
      get: () => ++reads,
      configurable: true,
      enumerable: true,
    });
    installGlobals([NAME]);

    expect([holder[NAME], holder[NAME]]).toEqual([1, 2]);
    expect(() => (holder[NAME] = 5)).toThrow("read only");
  });

  test("a replacement from outside is wrapped once, a fixed or missing one left alone", () => {
    holder[NAME] = "original";
    installGlobals([NAME]);
    Object.defineProperty(holder, NAME, {
      value: "replacement",
      writable: true,
      configurable: true,
    });

    installGlobals([NAME]);
    const installed = Object.getOwnPropertyDescriptor(holder, NAME);
    installGlobals([NAME, "noSuchGlobal", "NaN"]);

    expect(holder[NAME]).toBe("replacement");
    expect(Object.getOwnPropertyDescriptor(holder, NAME)).toEqual(installed);
    expect("noSuchGlobal" in globalThis).toBe(false);
    runWithGlobals({ overrides: { [NAME]: "own" } }, () => {
      expect(holder[NAME]).toBe("own");
    });
  });

  test("fake timers and stubs work outside of scopes, and come off", () => {
    installGlobals();
    const original = globalThis.Date;
    const fetch = vi.fn();

    vi.useFakeTimers({ now: 1_000 });
    vi.stubGlobal("fetch", fetch);
    expect(Date.now()).toBe(1_000);
    expect(new Date().getTime()).toBe(1_000);
    expect(globalThis.fetch).toBe(fetch);
    let hasFired = false;
    setTimeout(() => (hasFired = true), 5);
    vi.advanceTimersByTime(5);
    vi.useRealTimers();
    vi.unstubAllGlobals();

    expect(hasFired).toBe(true);
    expect(globalThis.Date).toBe(original);
    expect(globalThis.fetch).not.toBe(fetch);
    installGlobals();
  });
});
