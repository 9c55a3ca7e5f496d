/**
 * A gate that learns what its provider takes (P15): as much of the limit as can be used, with
 * few refusals, in order, and without a transaction more. The law alone: src/shared/pacing.test.ts.
 */
import { describe, expect, test } from "vitest";
import { GATE_TRADE_MS, MINUTE } from "../src/shared/constants.js";
import { PacingApp, Provider } from "./harness/provider.js";

const ONE_SEAT = { shards: 1, seats: 1 };
const THREE_SEATS = { shards: 3, seats: 3 };
const ADAPTIVE = { key: "g", adaptive: true };
/** Three times what the provider takes. */
const TOO_HIGH = { ...ADAPTIVE, rate: 15, per: 1_000 };
const PER_SECOND = 5;

/** By how many places a call was overtaken at most, refused ones at their last attempt. */
function overtakenMax(provider: Provider): number {
  const admitted = provider.arrivals.filter(({ isAdmitted }) => isAdmitted);
  let latest = 0;
  let most = 0;
  for (const { key } of admitted) {
    const number = Number(key.replace(/\D/g, ""));
    most = Math.max(most, latest - number);
    latest = Math.max(latest, number);
  }
  return most;
}

async function completed(app: PacingApp): Promise<number> {
  const rows = await app.rows<{ state: string }>("workflows");
  return rows.filter(({ state }) => state === "completed").length;
}

describe("an adaptive gate", () => {
  test("uses 95% of a limit that headers tell, with few refusals, in order, at no more trades", async () => {
    const provider = new Provider({ perSecond: PER_SECOND });
    const app = new PacingApp(provider, TOO_HIGH, THREE_SEATS);
    const transactions = new Set<string>();
    app.faults.onCall = (name) => void transactions.add(name);

    await app.beginMany(240);
    await app.runFor(10_000);
    const settledAt = app.now();
    await app.run();

    const last = provider.arrivals.at(-1)!.at;
    expect(await completed(app)).toBe(240);
    expect(provider.used(settledAt, last)).toBeGreaterThanOrEqual(0.95);
    expect(provider.refused(0, settledAt)).toBeLessThanOrEqual(2 * PER_SECOND);
    expect(provider.refused(settledAt)).toBeLessThanOrEqual(2);
    const seconds = (last - provider.arrivals[0]!.at) / GATE_TRADE_MS;
    expect(app.faults.count("executor:trade")).toBeLessThanOrEqual(3 * (seconds + 5));
    // What waits is refused at its own turn, and makes its way back to the head.
    expect(overtakenMax(provider)).toBeLessThanOrEqual(6 * PER_SECOND);
  });

  test("follows a limit that halves and doubles in the middle, without a herd", async () => {
    const provider = new Provider({ perSecond: 10 });
    const app = new PacingApp(
      provider,
      { ...ADAPTIVE, rate: 30, per: 1_000 },
      THREE_SEATS,
    );
    await app.beginMany(420);
    await app.runFor(15_000);

    provider.change(app.now(), 5);
    const halvedAt = app.now();
    await app.runFor(25_000);
    provider.change(app.now(), 10);
    const doubledAt = app.now();
    await app.runFor(20_000);

    expect(provider.refused(halvedAt, doubledAt)).toBeLessThanOrEqual(10);
    expect(provider.used(halvedAt + 10_000, doubledAt, 5)).toBeGreaterThanOrEqual(0.92);
    expect(provider.refused(doubledAt)).toBeLessThanOrEqual(2);
    expect(provider.used(doubledAt + 8_000, app.now(), 10)).toBeGreaterThanOrEqual(0.92);
    await app.run();
    expect(await completed(app)).toBe(420);
  });

  test("without a ceiling starts slowly, and is told the limit", async () => {
    const provider = new Provider({ perSecond: 20, level: 10 });
    const app = new PacingApp(provider, ADAPTIVE, ONE_SEAT);
    await app.beginMany(300);
    const startedAt = app.now();
    await app.runFor(900);
    expect(provider.arrivals.length).toBeLessThanOrEqual(12);
    await app.run();

    const last = provider.arrivals.at(-1)!.at;
    expect(await completed(app)).toBe(300);
    expect(provider.refused()).toBeLessThanOrEqual(20);
    expect(provider.used(startedAt + 4_000, last)).toBeGreaterThanOrEqual(0.95);
  });

  test("finds a limit from refusals alone, and few of its requests are refused", async () => {
    const provider = new Provider({ perSecond: PER_SECOND, hasHeaders: false });
    const app = new PacingApp(provider, { ...TOO_HIGH, rate: 7 }, THREE_SEATS);
    await app.beginMany(250);
    await app.runFor(20_000);
    const settledAt = app.now();
    await app.run();

    const last = provider.arrivals.at(-1)!.at;
    expect(await completed(app)).toBe(250);
    expect(provider.used(settledAt, last)).toBeGreaterThanOrEqual(0.85);
    expect(provider.refused(settledAt)).toBeLessThanOrEqual(10);
  });

  test("a storm of refusals at once is one refusal: it closes, and opens at an even pace", async () => {
    const provider = new Provider({ perSecond: 20, level: 20 });
    const app = new PacingApp(
      provider,
      { ...ADAPTIVE, rate: 20, per: 1_000 },
      THREE_SEATS,
    );
    await app.beginMany(200);
    await app.runUntil(() => provider.arrivals.length >= 40);

    // Somebody else has used it all up.
    provider.change(app.now(), 20, 0.5);
    await app.runFor(1_500);
    const refused = provider.refused();
    provider.change(app.now(), 20);
    const from = app.now();
    await app.run();

    expect(refused).toBeGreaterThan(3);
    expect(await completed(app)).toBe(200);
    const [pace] = await app.rows<{ pace: { refused?: { isAgain: boolean } } }>(
      "gateAllocations",
    );
    expect(pace?.pace.refused?.isAgain ?? false).toBe(false);
    const after = provider.arrivals.filter(({ at }) => at >= from).map(({ at }) => at);
    for (const at of after) {
      expect(
        after.filter((one) => one >= at && one < at + 500).length,
      ).toBeLessThanOrEqual(12);
    }
  });

  test("outlives its executors: what was learned is the next one's", async () => {
    const provider = new Provider({ perSecond: PER_SECOND });
    const app = new PacingApp(provider, TOO_HIGH, { ...ONE_SEAT, idleMs: 1_000 });
    await app.beginMany(60);
    await app.run();
    await app.beginMany(40, "later");
    const from = app.now();
    await app.run();

    expect(await completed(app)).toBe(100);
    expect(provider.refused(from)).toBeLessThanOrEqual(1);
  });

  test("is crash-safe: a leader that dies takes nothing with it that others know", async () => {
    const provider = new Provider({ perSecond: PER_SECOND });
    const app = new PacingApp(provider, TOO_HIGH, { shards: 2, seats: 2 });
    await app.beginMany(100);
    await app.runFor(10_000);
    const from = app.now();
    await app.crash(0);
    await app.run();

    expect(await completed(app)).toBe(100);
    expect(provider.refused(from)).toBeLessThanOrEqual(PER_SECOND);
  });
});

describe("operators", () => {
  const set = async (app: PacingApp, args: object) =>
    await app.call("mutation", app.component.gates.set, { key: "g", ...args });

  test("see what is declared, observed and let through, and since when", async () => {
    const provider = new Provider({ perSecond: PER_SECOND });
    const app = new PacingApp(provider, TOO_HIGH, ONE_SEAT);
    await app.beginMany(80);
    await app.runFor(12_000);

    const gate = await app.gate();
    expect(gate).toMatchObject({
      declared: { rate: 15, per: 1_000, adaptive: true },
      limits: { rate: 15, per: 1_000, adaptive: true },
      isOverridden: false,
      observed: { rate: 300, per: MINUTE },
    });
    const { observed, effective } = gate as Record<
      string,
      { rate: number; agoMs: number }
    >;
    expect(effective!.rate).toBeGreaterThan(285);
    expect(effective!.rate).toBeLessThanOrEqual(300);
    expect(effective!.agoMs).toBeLessThanOrEqual(GATE_TRADE_MS + 100);
    expect(observed!.agoMs).toBeLessThanOrEqual(5_000);
    const { gates, findings } = (await app.operate("diagnose")) as {
      gates: object[];
      findings: { code: string; advice: string }[];
    };
    expect(gates).toMatchObject([{ key: "g", observed: { rate: 300 } }]);
    expect(findings).toMatchObject([{ code: "GATE_BELOW_DECLARED" }]);
    expect(findings[0]!.advice).toContain("takes 300 a minute");
    await app.run();
  });

  test("win with a rate: it is the rate; as the most, it is learned under", async () => {
    const provider = new Provider({ perSecond: PER_SECOND });
    const app = new PacingApp(provider, TOO_HIGH, ONE_SEAT);
    await app.beginMany(120);
    await app.runFor(10_000);

    await set(app, { rate: 2, per: 1_000 });
    await app.runFor(3_000);
    const exactFrom = app.now();
    await app.runFor(10_000);
    expect(provider.used(exactFrom, app.now(), 1)).toBeCloseTo(2, 0);
    expect((await app.gate()).effective).toBeUndefined();

    await set(app, { rate: 50, per: 1_000, adaptive: true });
    await app.runFor(8_000);
    expect((await app.gate()).effective).toMatchObject({ per: MINUTE });
    const learnedFrom = app.now();
    await app.run();
    expect(provider.refused(learnedFrom)).toBeLessThanOrEqual(2);
    expect(await completed(app)).toBe(120);
  });
});
