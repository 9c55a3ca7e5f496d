/** What a run remembers: its last events, digests of everything, counts by function. */
import { describe, expect, test } from "vitest";

import { VirtualClock } from "../clock/virtualClock.js";
import { digestDocuments, type DurableDocument } from "./digest.js";
import { Metrics } from "./metrics.js";
import { Trace } from "./trace.js";

describe("Trace", () => {
  const fill = (trace: Trace, count: number): Trace => {
    for (let index = 0; index < count; index += 1) trace.add("call", `f${index}`, index);
    return trace;
  };

  test("keeps the last events, oldest first", () => {
    const trace = fill(new Trace(new VirtualClock({ startAt: 5 }), 3), 7);

    expect(trace.count).toBe(7);
    expect(trace.events().map(({ name }) => name)).toEqual(["f4", "f5", "f6"]);
    expect(trace.events()[0]).toEqual({ at: 5, kind: "call", name: "f4", detail: "4" });
  });

  test("the digest covers the events that were dropped, and when it was asked for", () => {
    const clock = new VirtualClock();
    const asked = new Trace(clock, 3);
    asked.digest();
    fill(asked, 2_000).digest();
    const other = new Trace(clock, 3);
    other.add("first", "");

    expect(asked.digest()).toBe(fill(new Trace(clock, 100), 2_000).digest());
    expect(asked.digest()).not.toBe(fill(other, 2_000).digest());
  });

  test("time, kind, name and detail all count", () => {
    const digest = (add: (trace: Trace) => void, startAt = 0): string => {
      const trace = new Trace(new VirtualClock({ startAt }));
      add(trace);
      return trace.digest();
    };

    const digests = [
      digest((trace) => trace.add("a", "b", "c")),
      digest((trace) => trace.add("a", "b", "c"), 1),
      digest((trace) => trace.add("ab", "", "c")),
      digest((trace) => trace.add("a", "bc")),
    ];

    expect(new Set(digests).size).toBe(4);
  });
});

describe("digestDocuments", () => {
  const row = (id: string, json: string): DurableDocument => ({
    component: "",
    table: "t",
    id,
    json,
  });

  test("equals for equal documents, and tells apart what is not", () => {
    const rows = Array.from({ length: 5_000 }, (_, index) => row(`${index}`, "{}"));

    expect(digestDocuments(rows)).toBe(digestDocuments([...rows]));
    expect(digestDocuments(rows)).not.toBe(digestDocuments(rows.slice(1)));
    expect(digestDocuments([row("a", "bc")])).not.toBe(digestDocuments([row("ab", "c")]));
  });
});

describe("Metrics", () => {
  test("counts by function and in total", () => {
    const metrics = new Metrics();
    metrics.call("f");
    metrics.call("g");
    metrics.transaction("f", "outside");
    metrics.syscall("f");
    metrics.read("f", 3, 30);
    metrics.written("g", 2, 20);
    metrics.conflict("g");
    metrics.retry("g");
    metrics.permit("f", 0);
    metrics.permit("f", 5);
    metrics.permitTimeout("f");
    metrics.scheduled("g");
    metrics.schedulerDelay("g", 7);
    metrics.actionEnded("f", 40);

    expect(metrics.of("f")).toMatchObject({
      calls: 1,
      transactions: 1,
      syscalls: 1,
      documentsRead: 3,
      bytesRead: 30,
      permitWaits: 1,
      permitWaitMs: 5,
      permitTimeouts: 1,
      actions: 1,
      actionMs: 40,
    });
    expect(metrics.of("g")).toMatchObject({
      documentsWritten: 2,
      bytesWritten: 20,
      conflicts: 1,
      retries: 1,
      scheduled: 1,
      schedulerDelayMs: 7,
    });
    expect(metrics.total.calls).toBe(2);
    expect(metrics.of("unknown").calls).toBe(0);
  });

  test("a snapshot stays as it was, and can be counted from", () => {
    const metrics = new Metrics();
    metrics.call("f");
    const before = metrics.snapshot();
    metrics.call("f");
    metrics.call("g");

    expect(before.total.calls).toBe(1);
    const since = metrics.snapshot(before);
    expect(since.total.calls).toBe(2);
    expect([since.functions.f?.calls, since.functions.g?.calls]).toEqual([1, 1]);
  });
});
