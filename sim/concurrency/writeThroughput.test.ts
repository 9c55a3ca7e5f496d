/** Write throughput: what counts, for how long, and that a check never writes. */
import { describe, expect, test } from "vitest";

import { VirtualClock } from "../clock/virtualClock.js";
import { WriteThroughput } from "./writeThroughput.js";

describe("WriteThroughput", () => {
  test("is exceeded beyond the limit, not at it", () => {
    const throughput = new WriteThroughput(new VirtualClock(), 100);
    throughput.record(60);
    throughput.record(40);

    expect(throughput.isExceeded).toBe(false);
    throughput.record(1);
    expect(throughput.isExceeded).toBe(true);
  });

  test("a write counts for a second, both ends included", async () => {
    const clock = new VirtualClock({ startAt: 0 });
    const throughput = new WriteThroughput(clock, 100);
    throughput.record(80);
    await clock.drive({ to: 400 });
    throughput.record(70);

    await clock.drive({ to: 1_000 });
    expect([throughput.isExceeded, throughput.bytes]).toEqual([true, 150]);
    await clock.drive({ to: 1_000.1 });
    expect([throughput.isExceeded, throughput.bytes]).toEqual([false, 70]);
    await clock.drive({ to: 5_000 });
    expect(throughput.bytes).toBe(0);
  });

  test("equals a naive sum over thousands of writes", async () => {
    const clock = new VirtualClock({ startAt: 0 });
    const throughput = new WriteThroughput(clock, 100);
    const writes: { time: number; bytes: number }[] = [];
    for (let index = 0; index < 3_000; index += 1) {
      await clock.drive({ to: clock.now() + ((index * 37) % 11) });
      const bytes = (index * 53) % 17;
      throughput.record(bytes);
      writes.push({ time: clock.now(), bytes });
    }
    const naive = writes
      .filter(({ time }) => time >= clock.now() - 1_000)
      .reduce((sum, { bytes }) => sum + bytes, 0);

    expect(throughput.bytes).toBe(naive);
  });
});
