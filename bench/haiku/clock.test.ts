/**
 * The real clock, on fake timers.
 */

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { realClock } from "./clock.js";

describe("realClock", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("sleeps as long as asked, with and without a signal", async () => {
    const { signal } = new AbortController();
    const startMs = realClock.now();

    const sleeps = [realClock.sleep(300), realClock.sleep(300, signal)];
    await vi.advanceTimersByTimeAsync(299);
    expect(vi.getTimerCount()).toBe(2);
    await vi.advanceTimersByTimeAsync(1);

    await Promise.all(sleeps);
    expect(realClock.now() - startMs).toBe(300);
  });

  test("an abort rejects with the signal's reason and stops the timer", async () => {
    const reason = new Error("stop");
    const controller = new AbortController();

    const sleep = realClock.sleep(300, controller.signal);
    controller.abort(reason);

    await expect(sleep).rejects.toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("a signal that is aborted beforehand starts no timer", async () => {
    const reason = new Error("stop");

    const sleep = realClock.sleep(300, AbortSignal.abort(reason));

    await expect(sleep).rejects.toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("a sleep that ended leaves no listener on the signal", async () => {
    const { signal } = new AbortController();
    const removed = vi.spyOn(signal, "removeEventListener");
    const added = vi.spyOn(signal, "addEventListener");

    const sleep = realClock.sleep(300, signal);
    await vi.advanceTimersByTimeAsync(300);
    await sleep;

    expect(removed.mock.calls.map((call) => call[1])).toEqual(
      added.mock.calls.map((call) => call[1]),
    );
  });
});
