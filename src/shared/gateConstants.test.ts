import { describe, expect, test } from "vitest";

import * as constants from "./constants.js";

/** The most bytes, documents and so on that a transaction of ours may use (I9). */
const allowed = (platform: number): number => platform * constants.LIMIT_SHARE_MAX;

describe("gates", () => {
  test("a grant arrives before it is due: two rounds of trades, and time to read them", () => {
    expect(constants.GATE_AHEAD_MS_MIN).toBeGreaterThan(2 * constants.GATE_TRADE_MS);
    expect(constants.GATE_AHEAD_MS_MAX).toBeGreaterThan(constants.GATE_AHEAD_MS_MIN);
  });

  test("who rides until what was dealt is about to be due still counts among those who wait", () => {
    expect(constants.GATE_FRESH_MS).toBeGreaterThanOrEqual(
      constants.GATE_AHEAD_MS_MAX + constants.GATE_TRADE_MS,
    );
  });

  test("a refusal says that a pace was far too fast for a while after void grants are gone", () => {
    expect(constants.PACE_AGAIN_MS).toBeGreaterThanOrEqual(
      2 * constants.GATE_AHEAD_MS_MAX,
    );
  });

  test("a leader that trades each second is not given up, a dead one soon", () => {
    expect(constants.GATE_TAKEOVER_MS).toBeGreaterThan(constants.GATE_TRADE_MS * 1.5);
    expect(constants.GATE_TAKEOVER_MS).toBeLessThan(constants.GATE_AHEAD_MS_MIN);
    expect(constants.GATE_REOPEN_MS).toBeLessThan(constants.GATE_TRADE_MS);
  });

  test("what an executor asked for counts until it asks again, however slowly", () => {
    expect(constants.GATE_FRESH_MS).toBeGreaterThan(constants.GATE_POLL_MS_MAX);
  });

  test("an allocation fits into a transaction, with every executor and every group", () => {
    const groupBytes = 64;
    const executorBytes = 1_024 + 2 * constants.GATE_GROUPS_MAX * groupBytes;

    expect(constants.GATE_EXECUTORS_MAX * executorBytes).toBeLessThanOrEqual(
      allowed(constants.PLATFORM_TRANSACTION_BYTES),
    );
    const documents = 3 * constants.GATE_EXECUTORS_MAX + constants.GATE_MOVES_PAGE;
    expect(documents).toBeLessThanOrEqual(allowed(constants.PLATFORM_DOCUMENTS_WRITTEN));
    expect(constants.GATE_EXECUTORS_MAX).toBeGreaterThanOrEqual(2 * constants.SEATS_MAX);
  });
});
