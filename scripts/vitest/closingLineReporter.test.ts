import { describe, expect, test } from "vitest";

import { renderClosingLine } from "./closingLineReporter.js";

describe("renderClosingLine", () => {
  test("names skipped tests only when there are any", () => {
    expect(renderClosingLine({ passed: 3, failed: 1, skipped: 0 })).toBe(
      "3 passed, 1 failed",
    );
    expect(renderClosingLine({ passed: 3, failed: 0, skipped: 2 })).toBe(
      "3 passed, 0 failed, 2 skipped",
    );
  });
});
