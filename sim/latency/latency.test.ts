/** The latency model: defaults, overrides, none at all, the same for a seed. */
import { describe, expect, test } from "vitest";

import { Random } from "../clock/random.js";
import { READ_MS } from "../constants/latency.js";
import { Latency } from "./latency.js";

describe("Latency", () => {
  test("half of the reads take less than their median", () => {
    const latency = new Latency({}, new Random(1));
    const draws = Array.from({ length: 2_000 }, () => latency.read());

    const below = draws.filter((ms) => ms < READ_MS).length;
    expect(below / draws.length).toBeCloseTo(0.5, 1);
  });

  test("an override replaces its own parameter only", () => {
    const latency = new Latency({ commitMs: 30, sigma: 0 }, new Random(1));

    expect([latency.commit(), latency.read()]).toEqual([30, READ_MS]);
  });

  test('"none" takes no time and draws nothing', () => {
    const random = new Random(1);
    const latency = new Latency("none", random);

    const delays = [
      latency.read(),
      latency.write(),
      latency.syscall(),
      latency.commit(),
      latency.start(),
      latency.nestedCall(),
      latency.actionCall(),
      latency.pickUp(),
    ];

    expect(new Set(delays)).toEqual(new Set([0]));
    expect(random.next()).toBe(new Random(1).next());
  });

  test("the same seed gives the same delays", () => {
    const delays = (): number[] => {
      const latency = new Latency({}, new Random(5));
      return [latency.read(), latency.commit(), latency.pickUp()];
    };

    expect(delays()).toEqual(delays());
  });

  test("refuses a negative delay", () => {
    expect(() => new Latency({ readMs: -1 }, new Random(1))).toThrow("readMs");
  });
});
