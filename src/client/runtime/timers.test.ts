// @vitest-environment node
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";

import { DAY, SECOND, TIMER_STRETCH_MS } from "../../shared/constants.js";
import { TimerWheel, type TimerClock, type TimerHandle } from "./timers.js";

/** A platform whose timeouts can be counted and never be cleared. */
class FakePlatform implements TimerClock {
  nowMs = 1_000;
  armed: { dueMs: number; fn: () => void }[] = [];
  armedCount = 0;

  now(): number {
    return this.nowMs;
  }

  setTimeout(fn: () => void, delayMs: number): void {
    expect(delayMs).toBeGreaterThanOrEqual(0);
    expect(delayMs).toBeLessThanOrEqual(TIMER_STRETCH_MS);
    this.armed.push({ dueMs: this.nowMs + delayMs, fn });
    this.armedCount += 1;
  }

  /** Sets the clock; timeouts end when they would have. */
  jump(ms: number): void {
    this.nowMs += ms;
    for (const one of this.armed) one.dueMs += ms;
  }

  /** Fires what falls due up to `nowMs`, one macrotask after another. */
  advanceTo(nowMs: number): void {
    for (;;) {
      this.armed.sort((first, second) => first.dueMs - second.dueMs);
      const next = this.armed[0];
      if (next === undefined || next.dueMs > nowMs) break;
      this.armed.shift();
      this.nowMs = Math.max(this.nowMs, next.dueMs);
      next.fn();
    }
    this.nowMs = nowMs;
  }
}

function createWheel(
  onError: (error: unknown) => void = (error) => expect.fail(String(error)),
) {
  const platform = new FakePlatform();
  const wheel = new TimerWheel(platform, onError);
  const fired: string[] = [];
  const schedule = (name: string, dueMs: number) =>
    wheel.schedule(dueMs, () => fired.push(name));
  return { platform, wheel, fired, schedule };
}

describe("TimerWheel", () => {
  test("callbacks run at their due time, in order, equal ones in order of scheduling", () => {
    const { platform, wheel, fired, schedule } = createWheel();
    schedule("c", 3_000);
    schedule("a", 1_500);
    schedule("b1", 2_000);
    schedule("b2", 2_000);

    platform.advanceTo(1_999);
    expect(fired).toEqual(["a"]);
    expect(wheel.nextDueMs()).toBe(2_000);
    platform.advanceTo(10_000);

    expect(fired).toEqual(["a", "b1", "b2", "c"]);
    expect(wheel.nextDueMs()).toBeNull();
  });

  test("a due time in the past runs in the next macrotask, not at once", () => {
    const { platform, fired, schedule } = createWheel();

    schedule("past", 0);

    expect(fired).toEqual([]);
    platform.advanceTo(platform.nowMs);
    expect(fired).toEqual(["past"]);
  });

  test("later timers arm nothing, and short ones under a long one add no long sleeps", () => {
    const { platform, schedule } = createWheel();
    schedule("long", 1_000 + DAY);
    schedule("longer", 1_000 + 2 * DAY);
    expect(platform.armed).toHaveLength(1);

    for (let round = 0; round < 100; round += 1) {
      schedule("short", platform.nowMs + SECOND);
      platform.advanceTo(platform.nowMs + SECOND);
    }

    expect(platform.armed).toHaveLength(1);
    expect(platform.armedCount).toBe(101);
  });

  test("a wake that comes early or for a canceled timer runs nothing and arms what is left", () => {
    const { platform, wheel, fired, schedule } = createWheel();
    const first = schedule("first", 2_000);
    schedule("second", 3_000);
    wheel.cancel(first);

    platform.advanceTo(2_500);
    expect(fired).toEqual([]);
    expect(platform.armed.map(({ dueMs }) => dueMs)).toEqual([3_000]);
    platform.armed.shift()!.fn();
    expect(fired).toEqual([]);
    platform.advanceTo(3_000);

    expect(fired).toEqual(["second"]);
  });

  test("a long delay is slept in pieces, so that a clock set ahead makes none late", () => {
    const { platform, fired, schedule } = createWheel();
    const dueMs = 1_000 + 2.5 * TIMER_STRETCH_MS;
    schedule("far", dueMs);

    platform.advanceTo(Math.floor(dueMs) - 1);
    expect([fired, platform.armedCount]).toEqual([[], 3]);
    platform.advanceTo(Math.ceil(dueMs));

    expect(fired).toEqual(["far"]);
  });

  test("what a callback throws is reported, and the others still run", () => {
    const onError = vi.fn();
    const { platform, wheel, fired, schedule } = createWheel(onError);
    wheel.schedule(2_000, () => {
      throw new Error("broken");
    });
    schedule("next", 2_000);
    schedule("later", 2_001);

    platform.advanceTo(3_000);

    expect(onError.mock.calls).toEqual([[new Error("broken")]]);
    expect(fired).toEqual(["next", "later"]);
  });

  test("a callback that schedules itself for now leaves the wake to others", () => {
    const { platform, wheel, fired, schedule } = createWheel();
    const again = (): void => {
      fired.push("again");
      if (fired.length < 10) wheel.schedule(0, again);
    };
    wheel.schedule(2_000, again);
    schedule("other", 2_000);

    platform.nowMs = 2_000;
    platform.armed.shift()!.fn();

    expect(fired).toEqual(["again", "other"]);
    platform.advanceTo(2_000);
    expect(fired).toHaveLength(10);
  });

  test("a callback may cancel one that is due in the same wake", () => {
    const { platform, wheel, fired } = createWheel();
    const handles: TimerHandle[] = [];
    wheel.schedule(2_000, () => wheel.cancel(handles[0]!));
    handles.push(wheel.schedule(2_000, () => fired.push("canceled")));

    platform.advanceTo(3_000);

    expect(fired).toEqual([]);
  });

  test("canceling twice, after the fact or with another's handle does nothing", () => {
    const { platform, wheel, fired, schedule } = createWheel();
    const done = schedule("done", 1_500);
    platform.advanceTo(1_500);
    schedule("kept", 2_000);

    wheel.cancel(done);
    wheel.cancel(done);
    wheel.cancel(createWheel().schedule("foreign", 1));
    platform.advanceTo(2_000);

    expect(fired).toEqual(["done", "kept"]);
  });

  test("a closed wheel runs nothing, arms nothing and takes nothing", () => {
    const { platform, wheel, fired, schedule } = createWheel();
    schedule("dropped", 2_000);

    wheel.close();
    const late = schedule("late", 1);
    const nextDueMs = wheel.nextDueMs();
    wheel.cancel(late);
    platform.advanceTo(5_000);

    expect(fired).toEqual([]);
    expect(nextDueMs).toBeNull();
    expect(platform.armedCount).toBe(1);
  });

  test("a clock that is set back makes nothing later, and is told of once", () => {
    const platform = new FakePlatform();
    let told = 0;
    const wheel = new TimerWheel(
      platform,
      () => undefined,
      () => (told += 1),
    );
    const fired: string[] = [];
    const startedAt = platform.nowMs;
    wheel.schedule(startedAt + 30 * SECOND, () => fired.push("later"));
    wheel.schedule(startedAt + SECOND, () => fired.push("soon"));

    platform.jump(-DAY);
    platform.advanceTo(startedAt - DAY + SECOND);
    expect([fired, told]).toEqual([["soon"], 1]);
    platform.advanceTo(startedAt - DAY + 30 * SECOND);

    expect([fired, told]).toEqual([["soon", "later"], 1]);
  });

  test("a due time that is not a number is refused", () => {
    expect(() => createWheel().schedule("never", Number.NaN)).toThrow(RangeError);
  });
});

describe("TimerWheel memory", () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;

  /** A WeakRef keeps its target until the job that made it has ended. */
  const endJob = () => new Promise<void>((resolve) => setImmediate(resolve));

  /** In a function of its own, so that no frame keeps what it made alive. */
  function createGarbage(release: (wheel: TimerWheel, handle: TimerHandle) => void) {
    const platform = new FakePlatform();
    const wheel = new TimerWheel(platform, () => undefined);
    const { payload, fn } = createCallback();
    const handle = wheel.schedule(2_000, fn);
    release(wheel, handle);
    return { platform, handle, wheel: new WeakRef(wheel), payload };
  }

  function createCallback() {
    const payload = { runs: 0 };
    return { payload: new WeakRef(payload), fn: () => void (payload.runs += 1) };
  }

  test("a sleep that outlives a closed wheel keeps neither it nor its callbacks", async () => {
    const garbage = createGarbage((wheel) => wheel.close());
    await endJob();

    collectGarbage();

    expect(garbage.platform.armed).toHaveLength(1);
    expect([garbage.wheel.deref(), garbage.payload.deref()]).toEqual([
      undefined,
      undefined,
    ]);
  });

  test("a canceled callback is released while its sleep and its handle live on", async () => {
    const garbage = createGarbage((wheel, handle) => wheel.cancel(handle));
    await endJob();

    collectGarbage();

    expect(garbage.wheel.deref()).toBeDefined();
    expect(garbage.handle.dueMs).toBe(2_000);
    expect(garbage.payload.deref()).toBeUndefined();
  });
});

describe("TimerWheel matches a sorted list", () => {
  type Command =
    | { kind: "schedule"; inMs: number }
    | { kind: "cancel"; which: number }
    | { kind: "advance"; byMs: number };
  const command: fc.Arbitrary<Command> = fc.oneof(
    fc.record({
      kind: fc.constant("schedule" as const),
      inMs: fc.integer({ min: -5, max: 100 }),
    }),
    fc.record({ kind: fc.constant("cancel" as const), which: fc.nat(40) }),
    fc.record({ kind: fc.constant("advance" as const), byMs: fc.nat(12) }),
  );

  test("for any schedule, cancellations and passing of time", () => {
    fc.assert(
      fc.property(
        fc.array(command, { minLength: 20, maxLength: 120, size: "max" }),
        (commands) => {
          const { platform, wheel, fired, schedule } = createWheel();
          const model: { name: string; dueMs: number }[] = [];
          const expected: string[] = [];
          const handles: TimerHandle[] = [];
          for (const step of commands) {
            if (step.kind === "schedule") {
              const name = String(handles.length);
              const dueMs = platform.nowMs + step.inMs;
              handles.push(schedule(name, dueMs));
              model.push({ name, dueMs });
            } else if (step.kind === "cancel") {
              const handle = handles[step.which];
              if (handle !== undefined) wheel.cancel(handle);
              const position = model.findIndex(({ name }) => name === String(step.which));
              if (position !== -1) model.splice(position, 1);
            } else {
              platform.advanceTo(platform.nowMs + step.byMs);
              // A stable sort: equal due times stay in order of scheduling.
              model.sort((first, second) => first.dueMs - second.dueMs);
              while (model.length > 0 && model[0]!.dueMs <= platform.nowMs) {
                expected.push(model.shift()!.name);
              }
              model.sort((first, second) => Number(first.name) - Number(second.name));
            }
            expect(fired).toEqual(expected);
            const dues = model.map(({ dueMs }) => dueMs);
            expect(wheel.nextDueMs()).toBe(dues.length === 0 ? null : Math.min(...dues));
            const armedDues = platform.armed.map(({ dueMs }) => dueMs);
            expect(new Set(armedDues).size).toBe(armedDues.length);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
