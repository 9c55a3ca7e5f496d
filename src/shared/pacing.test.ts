import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  GATE_AHEAD_MS_MIN,
  GATE_RAMP_START,
  GATE_TRADE_MS,
  MINUTE,
  PACE_FORGET_MS,
  PACE_MIN,
  PACE_RISE,
  SECOND,
} from "./constants.js";
import { expandRuns } from "./gateRuns.js";
import { planAllocation } from "./gates.js";
import { pickNewest, resolveLimitReport, type ToldLimit } from "./limits.js";
import { stepPace, type Pace } from "./pacing.js";

const NOW = 1_000_000_000;

/** What a simulated fleet and its provider are. */
type Setup = {
  ceiling?: number;
  perSecond: number;
  /** Requests that the provider saves up; it begins with none. */
  capacity?: number;
  hasHeaders?: boolean;
  latencyMs?: number;
  /** By how much a request may be later than its grant. */
  jitterMs?: number;
  /** Until a refusal has closed the gate for all. */
  closingMs?: number;
};

/**
 * A gate at which somebody always waits, its provider, and time: each second an allocation as
 * the component makes it, each grant a request, each answer a report.
 */
class Fleet {
  now = NOW;
  pace: Pace | null = null;
  perSecond: number;
  readonly requests: { at: number; isAdmitted: boolean }[] = [];
  readonly paces: Pace[] = [];
  #nextAt = 0;
  #closedUntil = 0;
  #refusedAt = 0;
  #isSaturated = false;
  #level = 0;
  #filledAt = NOW;
  #due: number[] = [];
  #news: { at: number; take: () => void }[] = [];
  #told: ToldLimit[] = [];
  #draw = 1;

  constructor(private readonly setup: Setup) {
    this.perSecond = setup.perSecond;
  }

  run(seconds: number): this {
    for (let second = 0; second < seconds; second += 1) {
      this.#allocate();
      const end = this.now + GATE_TRADE_MS;
      while (this.now < end) this.#tick();
    }
    return this;
  }

  /** Requests that were refused since, and the share of the limit that was used. */
  since(from: number): { refused: number; used: number } {
    const own = this.requests.filter(({ at }) => at >= from);
    const admitted = own.filter(({ isAdmitted }) => isAdmitted).length;
    const offered = ((this.now - from) / SECOND) * this.perSecond;
    return { refused: own.length - admitted, used: admitted / offered };
  }

  #allocate(): void {
    const { now, setup } = this;
    this.pace = stepPace(this.pace, {
      now,
      ceiling: setup.ceiling ?? Infinity,
      isSaturated: this.#isSaturated,
      told: this.#told,
      refusedAt: this.#refusedAt,
      settleMs: GATE_AHEAD_MS_MIN,
    });
    this.paces.push(this.pace);
    const plan = planAllocation({
      now,
      limits: { rate: this.pace.perSecond, per: SECOND },
      closedUntil: this.#closedUntil,
      nextAt: this.#nextAt,
      burstMs: 0,
      kept: 0,
      isFirst: false,
      seats: 1,
      accounts: [{ executor: "e", granted: 0, released: 0 }],
      demands: [
        { executor: "e", seen: 0, waiting: [{ createdAt: 0, weight: 1, count: 10_000 }] },
      ],
    });
    this.#nextAt = plan.nextAt;
    this.#isSaturated = this.#closedUntil <= now && plan.nextAt > now + GATE_AHEAD_MS_MIN;
    for (const { dueAt } of expandRuns(plan.runs.get("e") ?? [])) this.#due.push(dueAt);
  }

  #tick(): void {
    this.now += 10;
    const news = this.#news.filter(({ at }) => at <= this.now);
    this.#news = this.#news.filter(({ at }) => at > this.now);
    for (const { take } of news) take();
    const due = this.#due.filter((at) => at <= this.now);
    this.#due = this.#due.filter((at) => at > this.now);
    for (const at of due) this.#request(at);
  }

  #request(dueAt: number): void {
    const { latencyMs = 2_000, jitterMs = 50, capacity = this.perSecond } = this.setup;
    this.#draw = (this.#draw * 16_807) % 2_147_483_647; // of its own, so that it repeats
    const at = Math.max(this.now, dueAt) + (this.#draw % (jitterMs + 1));
    const gained = (Math.max(0, at - this.#filledAt) * this.perSecond) / SECOND;
    this.#level = Math.min(capacity, this.#level + gained);
    this.#filledAt = Math.max(at, this.#filledAt);
    const isAdmitted = this.#level >= 1;
    if (isAdmitted) this.#level -= 1;
    this.requests.push({ at, isAdmitted });
    const { perSecond } = this;
    const remaining = Math.floor(this.#level);
    const answeredAt = at + (isAdmitted ? latencyMs : 50);
    if (this.setup.hasHeaders ?? true) {
      const take = () => this.#told.push({ perSecond, remaining, at });
      this.#news.push({ at: answeredAt, take });
    }
    if (isAdmitted) return;
    const { closingMs = 500 } = this.setup;
    const waitMs = Math.ceil((1 - this.#level) / perSecond) * SECOND;
    this.#news.push({ at: answeredAt + closingMs, take: () => this.#close(at, waitMs) });
  }

  /** As `closeGate`: what was dealt is void. */
  #close(sentAt: number, forMs: number): void {
    if (this.now + forMs < this.#closedUntil + SECOND) return;
    this.#closedUntil = this.now + forMs;
    this.#refusedAt = sentAt;
    this.#nextAt = this.now;
    this.#due = [];
  }
}

const limits = fc.integer({ min: 5, max: 60 });

describe("the pace of a gate whose provider tells its limit", () => {
  test("uses at least 95% of it, with hardly a refusal", () => {
    fc.assert(
      fc.property(limits, fc.integer({ min: 100, max: 300 }), (perSecond, percent) => {
        const fleet = new Fleet({ perSecond, ceiling: (perSecond * percent) / 100 });
        fleet.run(120);
        expect(fleet.since(NOW + 10 * SECOND).used).toBeGreaterThanOrEqual(0.95);
        expect(fleet.since(NOW + 10 * SECOND).refused).toBeLessThanOrEqual(4);
        expect(fleet.since(NOW).refused).toBeLessThanOrEqual(4 + 4 * perSecond);
      }),
      { numRuns: 15 },
    );
  });

  test("follows a limit that halves, and one that doubles, within seconds", () => {
    fc.assert(
      fc.property(limits, fc.boolean(), (perSecond, isHalved) => {
        const fleet = new Fleet({ perSecond, ceiling: 400 }).run(60);
        fleet.perSecond = isHalved ? perSecond / 2 : perSecond * 2;
        const changedAt = fleet.now;
        fleet.run(10);
        const settledAt = fleet.now;
        fleet.run(90);

        expect(fleet.since(settledAt).used).toBeGreaterThanOrEqual(0.93);
        expect(fleet.since(settledAt).refused).toBeLessThanOrEqual(4);
        expect(fleet.since(changedAt).refused).toBeLessThanOrEqual(4 + 2 * perSecond);
      }),
      { numRuns: 15 },
    );
  });

  test("starts without any ceiling at a pace that doubles, and settles", () => {
    const fleet = new Fleet({ perSecond: 67, latencyMs: 4_000 }).run(120);

    expect(fleet.paces[0]!.perSecond).toBe(GATE_RAMP_START);
    expect(fleet.since(NOW + 15 * SECOND).used).toBeGreaterThanOrEqual(0.95);
    expect(fleet.since(NOW).refused).toBeLessThanOrEqual(67);
  });

  test("is not moved by an answer that is older than what it knows", () => {
    const input = { ceiling: 100, isSaturated: true, refusedAt: 0, settleMs: 0 };
    const step = (before: Pace | null, told: ToldLimit[], at: number) =>
      stepPace(before, { ...input, now: at, told });
    const low = step(null, [{ perSecond: 20, at: NOW }], NOW + 100);
    const late = step(low, [{ perSecond: 40, at: NOW - 5_000 }], NOW + 1_100);

    expect([low.perSecond, late.perSecond]).toEqual([20, 20]);
    expect(step(late, [{ perSecond: 40, at: NOW + 1 }], NOW + 2_100).perSecond).toBe(40);
  });
});

describe("the pace of a gate that is only ever refused", () => {
  test("finds a limit that nobody tells, and stays near it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 5, max: 80 }), fc.boolean(), (perSecond, isBlind) => {
        const ceiling = isBlind ? Infinity : perSecond * 2;
        const fleet = new Fleet({ perSecond, ceiling, hasHeaders: false }).run(400);
        const settledAt = NOW + 100 * SECOND;

        expect(fleet.since(settledAt).used).toBeGreaterThanOrEqual(0.87);
        const all = fleet.requests.filter(({ at }) => at >= settledAt).length;
        expect(fleet.since(settledAt).refused / all).toBeLessThanOrEqual(0.02);
      }),
      { numRuns: 10 },
    );
  });

  test("finds one that halves or doubles in the middle within minutes", () => {
    for (const factor of [0.5, 2]) {
      const fleet = new Fleet({ perSecond: 20, ceiling: 80, hasHeaders: false }).run(120);
      fleet.perSecond *= factor;
      fleet.run(150);
      const settledAt = fleet.now;
      fleet.run(200);
      expect(fleet.since(settledAt).used).toBeGreaterThanOrEqual(0.9);
    }
  });
});

describe("stepPace", () => {
  const told = fc.record({
    perSecond: fc.double({ min: 0.01, max: 200, noNaN: true }),
    remaining: fc.nat(200),
    at: fc.integer({ min: NOW - 20 * MINUTE, max: NOW + 20 * MINUTE }),
  });
  const steps = fc.array(
    fc.record({
      byMs: fc.integer({ min: -MINUTE, max: 5 * MINUTE }),
      isSaturated: fc.boolean(),
      told: fc.array(told, { maxLength: 3 }),
      refusedAgoMs: fc.option(fc.integer({ min: -1_000, max: 20_000 }), { nil: null }),
    }),
    { minLength: 1, maxLength: 30 },
  );
  const ceilings = fc.oneof(
    fc.constant(Infinity),
    fc.double({ min: 0.001, max: 100, noNaN: true }),
  );

  test("never exceeds the ceiling, nor what was told last, nor rises faster than it may (C1, C2)", () => {
    fc.assert(
      fc.property(ceilings, steps, (ceiling, all) => {
        let now = NOW;
        let pace: Pace | null = null;
        for (const { byMs, refusedAgoMs, ...rest } of all) {
          now += byMs;
          const refusedAt = refusedAgoMs === null ? 0 : now - refusedAgoMs;
          const before: Pace | null = pace;
          pace = stepPace(before, { now, ceiling, refusedAt, settleMs: SECOND, ...rest });
          expect(pace.perSecond).toBeLessThanOrEqual(ceiling);
          expect(pace.perSecond).toBeLessThanOrEqual(pace.told?.perSecond ?? Infinity);
          expect(pace.perSecond).toBeGreaterThan(0);
          if (before && before.perSecond > PACE_MIN) {
            const most = before.perSecond * PACE_RISE ** 2;
            expect(pace.perSecond).toBeLessThanOrEqual(most * 1.000_001);
          }
        }
      }),
    );
  });

  test("heeds a refusal once, however often and late it is told (C3)", () => {
    const input = { ceiling: 100, isSaturated: true, told: [], settleMs: 2_000 };
    const first = stepPace(null, { ...input, now: NOW, refusedAt: 0 });
    const cut = stepPace(first, { ...input, now: NOW + 1_000, refusedAt: NOW + 900 });
    const same = stepPace(cut, { ...input, now: NOW + 2_000, refusedAt: NOW + 900 });
    const late = stepPace(same, { ...input, now: NOW + 3_000, refusedAt: NOW + 1_500 });

    expect(first.perSecond).toBe(100);
    expect(cut.perSecond).toBeCloseTo(90);
    expect(late.perSecond).toBeGreaterThan(cut.perSecond);
    expect(late.refused).toEqual(cut.refused);
  });

  test("keeps to how far ahead was dealt when a refusal was heeded (C3)", () => {
    const input = { ceiling: 100, isSaturated: true, told: [] };
    const first = stepPace(null, { ...input, settleMs: 0, now: NOW, refusedAt: 0 });
    const step = (before: Pace, afterMs: number, settleMs: number, refusedMs: number) =>
      stepPace(before, {
        ...input,
        settleMs,
        now: NOW + afterMs,
        refusedAt: NOW + refusedMs,
      });

    const heeded = step(first, 1_000, 5_500, 900);
    const excused = step(heeded, 6_000, 5_500, 5_000);
    const near = step(excused, 7_000, 2_500, 5_000);

    expect(near.refused).toEqual(heeded.refused);
    expect(near.perSecond).toBeGreaterThanOrEqual(excused.perSecond);
  });

  test("takes what was dealt before a refusal was heeded for no second one (C3)", () => {
    const told = { perSecond: 40, remaining: 0 };
    const input = { ceiling: Infinity, isSaturated: true, settleMs: 5_500 };
    const fast = stepPace(null, {
      ...input,
      now: NOW,
      told: [{ perSecond: 67, at: NOW }],
      refusedAt: 0,
    });
    const fallen = stepPace(fast, {
      ...input,
      now: NOW + 2_000,
      told: [{ ...told, at: NOW + 1_900 }],
      refusedAt: NOW + 1_900,
    });
    const stepLater = (sentMs: number) =>
      stepPace(fallen, {
        ...input,
        now: NOW + 2_000 + sentMs + 100,
        told: [{ ...told, at: NOW + 2_000 + sentMs }],
        refusedAt: NOW + 2_000 + sentMs,
      });

    expect(fallen.perSecond).toBeCloseTo(36);
    expect(stepLater(5_500).perSecond).toBeGreaterThanOrEqual(36);
    expect(stepLater(5_501).perSecond).toBeLessThan(30);
  });

  test("does not rise while the pace holds nobody back", () => {
    const input = {
      ceiling: Infinity,
      isSaturated: false,
      told: [],
      refusedAt: 0,
      settleMs: 0,
    };
    let pace = stepPace(null, { ...input, now: NOW });
    for (let second = 1; second < 100; second += 1) {
      pace = stepPace(pace, { ...input, now: NOW + second * SECOND });
    }
    expect(pace.perSecond).toBe(GATE_RAMP_START);
  });

  test("forgets what nobody has confirmed for long, also if the clock was set back", () => {
    const told = { perSecond: 5, at: NOW };
    const input = { ceiling: 100, isSaturated: true, refusedAt: 0, settleMs: 0 };
    const low = stepPace(null, { ...input, now: NOW, told: [told] });
    const back = stepPace(low, { ...input, now: NOW - 60 * MINUTE, told: [] });
    const later = stepPace(low, {
      ...input,
      now: NOW + PACE_FORGET_MS + 1,
      told: [told],
    });

    expect(back.told).toEqual({ ...told, at: NOW - 60 * MINUTE });
    expect(later.told).toBeUndefined();
    expect(later.perSecond).toBeGreaterThan(5);
  });

  test("one refusal leads to no more requests in a second than the pace has (C3)", () => {
    fc.assert(
      fc.property(limits, fc.boolean(), (perSecond, hasHeaders) => {
        const fleet = new Fleet({ perSecond, ceiling: perSecond * 4, hasHeaders }).run(
          60,
        );
        const refusals = fleet.requests.filter(({ isAdmitted }) => !isAdmitted);
        for (const { at } of refusals) {
          const from = at + 1_550 + 50; // closed for all, and open again
          const inSecond = fleet.requests.filter(
            (one) => one.at >= from && one.at < from + SECOND,
          );
          expect(inSecond.length).toBeLessThanOrEqual(perSecond * 4 + 1);
        }
      }),
      { numRuns: 10 },
    );
  });
});

describe("a report of limits", () => {
  const at = { now: NOW, sentAt: NOW - 2_000 };

  test("says a rate, what is left, and when the request was sent", () => {
    const { told, closeForMs } = resolveLimitReport({ limit: 4_000, remaining: 12 }, at);
    expect(told).toEqual({ perSecond: 4_000 / 60, remaining: 12, at: NOW - 2_000 });
    expect(closeForMs).toBeNull();
    expect(
      resolveLimitReport({ limit: 5, per: 1_000, sentAt: NOW - 1 }, at).told,
    ).toEqual({
      perSecond: 5,
      at: NOW - 1,
    });
  });

  test("closes the gate by retry-after, or until a reset if nothing is left of an unknown limit", () => {
    expect(resolveLimitReport({ retryAfterMs: 3_000 }, at).closeForMs).toBe(3_000);
    const reset = { remaining: 0, resetAt: NOW + 9_000 };
    expect(resolveLimitReport(reset, at).closeForMs).toBe(9_000);
    expect(resolveLimitReport({ ...reset, limit: 10 }, at).closeForMs).toBeNull();
  });

  test("that makes no sense says nothing, and never throws", () => {
    const nothing = { told: null, closeForMs: null };
    for (const value of [Number.NaN, -1, Infinity, 0, "12", null]) {
      const report = { limit: value, per: value, resetAt: value, retryAfterMs: value };
      expect(resolveLimitReport(report as never, at)).toMatchObject(nothing);
    }
    expect(resolveLimitReport(undefined as never, at)).toMatchObject(nothing);
    expect(resolveLimitReport({ limit: 5, sentAt: NOW + MINUTE }, at).told?.at).toBe(NOW);
  });

  test("of two the newest counts, and of equally old ones the lower", () => {
    const old = { perSecond: 1, at: 1 };
    const low = { perSecond: 2, at: 2 };
    const high = { perSecond: 3, at: 2 };
    expect([pickNewest(old, high), pickNewest(low, old), pickNewest(high, low)]).toEqual([
      high,
      low,
      low,
    ]);
    expect(pickNewest(null, undefined)).toBeNull();
  });
});
