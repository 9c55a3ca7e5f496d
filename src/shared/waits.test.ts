import { describe, expect, test } from "vitest";

import { resolveWait } from "./waits.js";

const ROW = { kind: "action" as const, startedAt: 5, failures: 0 };

describe("what an open step waits for", () => {
  test.each([
    ["attempt", ROW, true],
    ["gate", ROW, true, true],
    ["gate", { ...ROW, refusals: 1, dueAt: 4 }, true, true],
    ["attempt", { ...ROW, refusals: 1, dueAt: 4 }, true],
    ["timer", { ...ROW, refusals: 1, dueAt: 4, isFar: true }, true, true],
    ["executor", ROW, false, true],
    ["executor", ROW, false],
    ["backoff", { ...ROW, failures: 1, dueAt: 9 }, true],
    ["timer", { ...ROW, dueAt: 9 }, true],
    ["timer", { ...ROW, kind: "sleep" as const, dueAt: 9 }, false],
    ["event", { ...ROW, kind: "event" as const, dueAt: 9 }, false],
    ["child", { ...ROW, kind: "workflow" as const }, true],
    ["pool", { ...ROW, kind: "isolated" as const }, true],
  ])("is %s", (waitsFor, row, isHeld, isAtGate = false) => {
    expect(resolveWait(row, { isHeld, isAtGate })).toEqual({ waitsFor, since: 5 });
  });

  test("counts from its last attempt, not from its first", () => {
    expect(
      resolveWait({ ...ROW, since: 70 }, { isHeld: true, isAtGate: false }).since,
    ).toBe(70);
  });
});
