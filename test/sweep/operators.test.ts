/** What operators do while executors die, leave and come back. */
import { vi } from "vitest";
import { operators } from "./scenarios/operators.js";
import { sweepScenario } from "./sweep.js";

vi.mock("../../src/shared/constants.js", async (load) => {
  const { lower } = await import("./lowered.js");
  return await lower(load, () => "operators");
});

sweepScenario(operators);
