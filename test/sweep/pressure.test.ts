/** Memory that runs short: what only waits is let go of, and nothing is lost with it. */
import { expect, test, vi } from "vitest";
import type { Convex } from "../../sim/index.js";
import { Play } from "./play.js";
import { pressure } from "./scenarios/pressure.js";
import { sweepScenario } from "./sweep.js";

vi.mock("../../src/shared/constants.js", async (load) => {
  const { lower } = await import("./lowered.js");
  return await lower(load, () => "waits without room");
});

test("some waits are left to timers, and some are kept", async () => {
  const deferred = new Set<unknown>();
  const prepare = (convex: Convex) =>
    convex.onCommit((rows) => {
      for (const { table, before, after } of rows)
        if (table === "timers" && !before && after) deferred.add(after.value.workflow);
    });

  const play = await Play.run(pressure, {}, { prepare });

  // Every wait is near: nobody but who runs out of memory makes a timer for one.
  expect(deferred.size).toBeGreaterThan(1);
  expect(deferred.size).toBeLessThan(play.rows("workflows").length);
});

sweepScenario(pressure);
