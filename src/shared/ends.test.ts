import { describe, expect, test } from "vitest";

import { isOverdue } from "./ends.js";

describe("a workflow is overdue", () => {
  test.each([
    { title: "from its time on", of: { timeoutAt: 5 }, isIt: true },
    { title: "not before", of: { timeoutAt: 6 }, isIt: false },
    { title: "not without a timeout", of: {}, isIt: false },
    { title: "not if it is being ended", of: { timeoutAt: 5, ending: {} }, isIt: false },
  ])("$title", ({ of, isIt }) => {
    expect(isOverdue(of, 5)).toBe(isIt);
  });
});
