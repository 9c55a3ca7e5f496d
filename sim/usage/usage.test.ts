import { describe, expect, test } from "vitest";
import { convexTestUsage, formatBytes } from "./rules.js";
import { Usage } from "./usage.js";

describe("Usage", () => {
  test("the overage counts, and the backend's words name the limit", () => {
    const usage = new Usage({ limits: { documentsRead: 1, bytesWritten: 2 ** 20 } });
    usage.recordRead(10);

    expect(() => usage.recordRead(10)).toThrow(
      "Too many documents read in a single function execution (limit: 1). Consider using " +
        "smaller limits in your queries, paginating your queries, or using indexed queries " +
        "with a selective index range expressions.",
    );
    expect(() => usage.recordWrite(2 ** 20 + 1)).toThrow(
      "Too many bytes written in a single function execution (limit: 1 MiB)",
    );
    expect(usage.metrics().documentsRead).toEqual({ used: 2, remaining: -1 });
  });

  test("a nested call has its budget on top of what is used, below the parent's ceiling", () => {
    const usage = new Usage({ limits: { documentsRead: 10 } });
    usage.recordRead(1);
    usage.beginNested({ documentsRead: 2 });
    expect(usage.metrics().documentsRead).toEqual({ used: 1, remaining: 2 });
    usage.beginNested({ documentsRead: 100 });
    expect(usage.metrics().documentsRead.remaining).toBe(2);
    usage.commitNested();
    usage.commitNested();

    expect(usage.metrics().documentsRead).toEqual({ used: 1, remaining: 9 });
  });

  test.each([
    ["platform", undefined, 1],
    ["convex-test", convexTestUsage, 0],
  ])("%s: a rollback takes writes back and keeps reads", (_name, rules, scheduled) => {
    const usage = new Usage({ rules });
    usage.beginNested();
    usage.recordRead(5);
    usage.recordWrite(7);
    usage.recordSchedule(3);
    usage.rollbackNested();

    const metrics = usage.metrics();
    expect(metrics.documentsRead.used).toBe(1);
    expect(metrics.bytesWritten.used).toBe(0);
    expect(metrics.functionsScheduled.used).toBe(scheduled);
  });

  test("the platform refuses a schedule beyond the limit without counting it", () => {
    const usage = new Usage({ limits: { functionsScheduled: 0 } });

    expect(() => usage.recordSchedule(3)).toThrow(
      "Too many functions scheduled by this mutation (limit: 0)",
    );
    expect(usage.metrics().functionsScheduled.used).toBe(0);
  });

  test("queries are the read set's intervals when those are known", () => {
    let intervals = 0;
    const usage = new Usage({
      limits: { databaseQueries: 2 },
      intervals: () => intervals,
    });
    intervals = 2;
    usage.recordQuery();
    expect(usage.metrics().databaseQueries).toEqual({ used: 2, remaining: 0 });
    intervals = 3;

    expect(() => usage.recordQuery()).toThrow("Too many reads in a single function");
  });

  test("convex-test only counts unless a nested call brings limits", () => {
    const usage = new Usage({ rules: convexTestUsage, enforces: false });
    usage.beginNested();
    usage.recordRead(2 ** 30);
    usage.commitNested();
    usage.beginNested({ documentsRead: 0 });

    expect(() => usage.recordRead(1)).toThrow("Read too much data in a single function");
  });

  test.each([
    [2 ** 24, "16 MiB"],
    [1_534, "1534 bytes"],
    [1_000, "1 KB"],
    [4_718_592, "4.5 MiB"],
  ])("%i bytes print as %s", (bytes, words) => {
    expect(formatBytes(bytes)).toBe(words);
  });
});
